/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Keras' layers that change axes, and nothing about the numbers: Reshape, Permute and Flatten, as a shuffle of channels
 * is written in them. What they make need be no map as long as a later one makes a map of it again. */
#include <string.h>

#include "format/keras_build.h"

#define MAX_AXES    8
#define MAX_FACTORS 16
#define MAX_NUMBERS 16

typedef enum {
  ROLE_HEIGHT,
  ROLE_WIDTH,
  ROLE_CHANNELS,
  N_ROLES,
} Role;

/* A digit of a row's, column's or channel's number. @stride: what it counts in that */
typedef struct {
  Role role;
  guint64 size, stride;
} Factor;

/* What the numbers of a map are as a tensor of other axes: each is made of some factors, in order, the last of which
 * counts in ones. An axis of one has none.
 * @ends: of each axis: the first factor behind it */
typedef struct {
  guint n_factors, n_axes;
  Factor factors[MAX_FACTORS];
  guint ends[MAX_AXES];
} View;

static void
add_factor (View *view, Role role, guint64 size, guint64 stride)
{
  if (size > 1)
    view->factors[view->n_factors++] = (Factor){role, size, stride};
}

/* That of the input: [height][width][channels], or [channels][height][width], unless a layer before has made another
 * one. */
static View
get_view (const GbpKerasCall *call)
{
  const GbpShape *shape = gbp_keras_get_input_shape (call);
  const guint sizes[N_ROLES] = {shape->height, shape->width, shape->channels};
  const View *found = gbp_keras_find_view (call);
  View view = {0};

  if (found != NULL)
    return *found;
  for (guint i = 0; i < N_ROLES; i++) {
    guint role = call->keras->is_channels_first ? (i + ROLE_CHANNELS) % N_ROLES : i;

    add_factor (&view, (Role) role, sizes[role], 1);
    view.ends[view.n_axes++] = view.n_factors;
  }
  return view;
}

/* Moves factors that make @size from @view's from @at (inout) on to the next axis of @made, and takes the last one
 * apart where need be. */
static gboolean
take_factors (View *view, guint *at, guint64 size, View *made)
{
  while (size > 1) {
    Factor *factor = &view->factors[*at];
    guint64 taken;

    if (*at == view->n_factors || made->n_factors == MAX_FACTORS)
      return FALSE;
    taken = MIN (factor->size, size);
    if (factor->size % taken != 0 || size % taken != 0)
      return FALSE;
    add_factor (made, factor->role, taken, factor->stride * (factor->size / taken));
    factor->size /= taken;
    size /= taken;
    *at += factor->size == 1;
  }
  made->ends[made->n_axes++] = made->n_factors;
  return TRUE;
}

/* @sizes: [n]: whose product is that of the factors */
static gboolean
reshape_view (View *view, const guint64 *sizes, guint n)
{
  View made = {0};
  guint at = 0;

  for (guint i = 0; i < n; i++)
    if (!take_factors (view, &at, sizes[i], &made))
      return FALSE;
  *view = made;
  return TRUE;
}

/* @order: [n_axes]: which one comes to each place */
static void
permute_view (View *view, const guint *order)
{
  View made = {.n_axes = view->n_axes};

  for (guint i = 0; i < view->n_axes; i++) {
    guint first = order[i] > 0 ? view->ends[order[i] - 1] : 0;

    for (guint f = first; f < view->ends[order[i]]; f++)
      made.factors[made.n_factors++] = view->factors[f];
    made.ends[i] = made.n_factors;
  }
  *view = made;
}

/* Whether factors @first … @end − 1 are all of one role. */
static gboolean
is_of_role (const View *view, guint first, guint end, Role role)
{
  for (guint f = first; f < end; f++)
    if (view->factors[f].role != role)
      return FALSE;
  return TRUE;
}

/* Whether factors @first … @end − 1 count up as a map's numbers lie: rows, columns, channels, each in its order. */
static gboolean
is_in_order (const View *view, guint first, guint end)
{
  for (guint f = first; f + 1 < end; f++) {
    const Factor *factor = &view->factors[f], *next = factor + 1;

    if (factor->role > next->role
        || (factor->role == next->role && factor->stride != next->size * next->stride))
      return FALSE;
  }
  return TRUE;
}

/* Whether it is a map's again, but for the order of the channels. */
static gboolean
is_map (const View *view)
{
  return view->n_axes == N_ROLES && is_of_role (view, 0, view->ends[0], ROLE_HEIGHT)
         && is_of_role (view, view->ends[0], view->ends[1], ROLE_WIDTH)
         && is_of_role (view, view->ends[1], view->n_factors, ROLE_CHANNELS)
         && is_in_order (view, 0, view->ends[1]);
}

static gboolean
is_vector_view (const View *view)
{
  guint n_large = 0;

  for (guint i = 0; i < view->n_axes; i++)
    n_large += view->ends[i] > (i > 0 ? view->ends[i - 1] : 0);
  return n_large <= 1;
}

/* The graph's channels in the order of factors from @first on, of a vector of what is left of @shape. */
static int
select_in_order (const GbpKerasCall *call, int value, const View *view, guint first, GError **error)
{
  const GbpShape *shape = gbp_keras_get_input_shape (call);
  const guint64 strides[N_ROLES] = {(guint64) shape->width * shape->channels, shape->channels, 1};
  guint n = gbp_graph_get_shape (call->keras->builder->graph, (guint) value)->channels;
  float *channels = gbp_builder_allocate (call->keras->builder, n, error);
  GbpOperation operation;

  if (channels == NULL)
    return -1;
  for (guint c = 0; c < n; c++) {
    guint64 rest = c, from = 0;

    for (guint f = view->n_factors; f-- > first; rest /= view->factors[f].size)
      from +=
          rest % view->factors[f].size * view->factors[f].stride * strides[view->factors[f].role];
    channels[c] = (float) from;
  }
  operation = gbp_operation_on (GBP_KIND_SELECT, value);
  operation.tensors[0] = gbp_tensor_new_take (channels, n);
  return gbp_builder_add (call->keras->builder, &operation, error);
}

/* Adds the operations that make of the input's map what the view says; where that is no map, nothing, but it is
 * kept. */
static int
add_view (const GbpKerasCall *call, const View *view, GError **error)
{
  static const guint channels_last[N_ROLES] = {1, 2, 0};
  View map = *view;
  GbpOperation operation;
  int value;

  if (call->keras->is_channels_first && view->n_axes == N_ROLES)
    permute_view (&map, channels_last);
  if (is_map (&map))
    return is_in_order (&map, map.ends[1], map.n_factors)
               ? gbp_keras_identity (call, error)
               : select_in_order (call, call->inputs[0], &map, map.ends[1], error);
  if (!is_vector_view (view)) {
    value = gbp_keras_identity (call, error);
    if (value >= 0)
      gbp_keras_keep_view (call, value, view, sizeof *view);
    return value;
  }
  operation = gbp_operation_on (GBP_KIND_FLATTEN, call->inputs[0]);
  value = gbp_builder_add (call->keras->builder, &operation, error);
  if (value < 0 || is_in_order (view, 0, view->n_factors))
    return value;
  return select_in_order (call, value, view, 0, error);
}

/* Numbers that a layer has without the batch, as @own, and operators with it, as @other or as TensorFlow's @keyword.
 * @is_with: (out): that the first is the batch's
 * Returns: how many; −1: they are not there */
static int
read_axes (const GbpKerasCall *call, const char *own, const char *other, const char *keyword,
    double *numbers, gboolean *is_with)
{
  const json_t *list = gbp_json_get_array (call->layer->config, own);

  *is_with = list == NULL;
  if (list == NULL)
    list = gbp_json_get_array (call->layer->config, other);
  if (list == NULL)
    list = gbp_keras_find_argument (call, keyword);
  if (!json_is_array (list) || json_array_size (list) > MAX_NUMBERS)
    return -1;
  for (guint i = 0; i < json_array_size (list); i++)
    if (!gbp_json_as_number (json_array_get (list, i), &numbers[i]))
      return -1;
  return (int) json_array_size (list);
}

/* @sizes: (out): [n]: @numbers with what −1 stands for. FALSE: they do not come to the input's size */
static gboolean
resolve_sizes (const GbpKerasCall *call, const double *numbers, guint n, guint64 *sizes)
{
  const GbpShape *shape = gbp_keras_get_input_shape (call);
  guint64 total = (guint64) shape->height * shape->width * shape->channels, known = 1;
  int open = -1;

  if (n > MAX_AXES)
    return FALSE;
  for (guint i = 0; i < n; i++) {
    if (numbers[i] == -1 && open < 0) {
      open = (int) i;
      continue;
    }
    if (!(numbers[i] >= 1 && numbers[i] <= G_MAXINT32))
      return FALSE;
    sizes[i] = (guint64) numbers[i];
    if (!g_uint64_checked_mul (&known, known, sizes[i]))
      return FALSE;
  }
  if (open >= 0 && total % known == 0)
    sizes[open] = total / known;
  return open >= 0 ? total % known == 0 : total == known;
}

static int
keras_reshape (const GbpKerasCall *call, GError **error)
{
  View view = get_view (call);
  double numbers[MAX_NUMBERS];
  guint64 sizes[MAX_AXES];
  gboolean is_with;
  int n = read_axes (call, "target_shape", "newshape", "shape", numbers, &is_with);

  if (n >= 0 && (!is_with || (n > 0 && (numbers[0] == -1 || numbers[0] == 1)))
      && resolve_sizes (call, numbers + is_with, (guint) (n - is_with), sizes)
      && reshape_view (&view, sizes, (guint) (n - is_with)))
    return add_view (call, &view, error);
  return gbp_builder_refuse (error,
      "its shape is expected to have as many numbers as its input, and supported where it divides axes or joins them");
}

static int
keras_permute (const GbpKerasCall *call, GError **error)
{
  View view = get_view (call);
  double numbers[MAX_NUMBERS];
  guint order[MAX_AXES], seen = 0;
  gboolean is_with;
  int n = read_axes (call, "dims", "axes", "perm", numbers, &is_with);
  guint n_axes = n > 0 ? (guint) (n - is_with) : 0;

  for (guint i = 0; n_axes == view.n_axes && i < n_axes; i++) {
    double axis = numbers[i + (guint) is_with] - 1;

    if (axis >= 0 && axis < n_axes) {
      order[i] = (guint) axis;
      seen |= 1u << order[i];
    }
  }
  if (n_axes != view.n_axes || seen != (1u << n_axes) - 1 || (is_with && numbers[0] != 0))
    return gbp_builder_refuse (
        error, "it is expected to name each of its input's %u axes once", view.n_axes);
  permute_view (&view, order);
  return add_view (call, &view, error);
}

static int
keras_flatten (const GbpKerasCall *call, GError **error)
{
  static const guint channels_last[N_ROLES] = {1, 2, 0};
  View view = get_view (call);

  if (gbp_keras_has_channels_first (call->layer) && view.n_axes == N_ROLES)
    permute_view (&view, channels_last);
  view.n_axes = 1;
  view.ends[0] = view.n_factors;
  return add_view (call, &view, error);
}

const GbpKerasRow gbp_keras_shape_rows[] = {
    {"Flatten", keras_flatten, FALSE},
    {"Reshape", keras_reshape, FALSE},
    {"Permute", keras_permute, FALSE},
    {"Transpose", keras_permute, TRUE},
    {NULL, NULL, FALSE},
};

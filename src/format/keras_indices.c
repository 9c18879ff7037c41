/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Python's indices of a map: its channels, as preprocess_input writes them: x[..., 2] and x[..., ::-1], and parts of
 * its pixels: x[:, 1:-1, ::2]. */
#include <math.h>
#include <string.h>

#include "format/keras_build.h"
#include "format/resample.h"

/* What stands between the brackets: in a node of Keras 3 the second argument, of Keras 2 a keyword. NULL: it is not
 * known, also of a layer that is called several times. */
static const json_t *
find_indices (const GbpKerasLayer *layer)
{
  const json_t *node =
      json_array_size (layer->nodes) == 1 ? json_array_get (layer->nodes, 0) : NULL;
  const json_t *arguments = json_object_get (node, "args");

  return arguments != NULL ? json_array_get (arguments, 1)
                           : json_object_get (json_array_get (node, 3), "slice_spec");
}

/* What is taken of an axis: @n from @start on. */
typedef struct {
  gint64 start, step;
  guint64 n;
} Part;

static gboolean
is_class (const json_t *node, const char *name)
{
  const char *class_name = json_is_object (node) ? gbp_json_get_string (node, "class_name") : NULL;

  return class_name != NULL && strcmp (class_name, name) == 0;
}

/* One of a slice's ends, counted from the axis' end where it is below 0. */
static gint64
read_end (const json_t *node, gint64 size, gint64 least, gint64 most, gint64 otherwise)
{
  double number;

  if (!gbp_json_as_number (node, &number))
    return otherwise;
  number += number < 0 ? (double) size : 0;
  return (gint64) CLAMP (number, (double) least, (double) most);
}

/* Keras 3 has a slice's members in a configuration. FALSE: it is none, or takes nothing */
static gboolean
read_slice (const json_t *slice, gint64 size, Part *part)
{
  const json_t *config = json_object_get (slice, "config");
  const json_t *members = config != NULL ? config : slice;
  double step = 1;
  gint64 end;

  if (!json_is_object (members) || json_object_get (members, "step") == NULL)
    return FALSE;
  gbp_json_as_number (json_object_get (members, "step"), &step);
  if (!(fabs (step) >= 1 && fabs (step) <= GBP_MAX_SIZE))
    return FALSE;
  part->step = (gint64) step;
  if (step > 0) {
    part->start = read_end (json_object_get (members, "start"), size, 0, size, 0);
    end = read_end (json_object_get (members, "stop"), size, 0, size, size);
  } else {
    part->start = read_end (json_object_get (members, "start"), size, -1, size - 1, size - 1);
    end = read_end (json_object_get (members, "stop"), size, -1, size - 1, -1);
  }
  end = step > 0 ? end - part->start : part->start - end;
  part->n = end > 0 ? (guint64) ((end - 1) / ABS (part->step) + 1) : 0;
  return part->n > 0;
}

static gboolean
takes_all (const Part *part, guint64 size)
{
  return part->start == 0 && part->step == 1 && part->n == size;
}

/* A number stands for one channel. A map of one channel has the axis still that it takes away: what follows takes it as
 * one. */
static gboolean
read_index (const json_t *node, gint64 size, gboolean is_channel, Part *part)
{
  double number;

  if (!gbp_json_as_number (node, &number))
    return read_slice (node, size, part);
  number += number < 0 ? (double) size : 0;
  if (!is_channel || !(number >= 0 && number < (double) size))
    return FALSE;
  *part = (Part){(gint64) number, 1, 1};
  return TRUE;
}

/* @parts: (out): [4]: of the axes of a batch of maps, those for which an ellipsis stands taken whole; of one image
 *     alone any slice is the whole batch
 * FALSE: they are not supported */
static gboolean
read_parts (const GbpKerasCall *call, const json_t *indices, Part parts[4])
{
  const GbpShape *shape = gbp_keras_get_input_shape (call);
  const gint64 sizes[4] = {1, shape->height, shape->width, shape->channels};
  guint n = json_array_size (indices), axis = 0;

  for (guint i = 0; i < n; i++) {
    const json_t *node = json_array_get (indices, i);
    gboolean is_rest = is_class (node, "__ellipsis__")
                       || (json_is_string (node) && strcmp (json_string_value (node), "...") == 0);

    if (axis > 3 || n > 5)
      return FALSE;
    if (!is_rest) {
      if (!read_index (node, sizes[axis], axis == 3, &parts[axis]))
        return FALSE;
      axis++;
    }
    for (; is_rest && axis + (n - 1 - i) < 4; axis++)
      parts[axis] = (Part){0, 1, (guint64) sizes[axis]};
  }
  for (; n > 0 && axis < 4; axis++)
    parts[axis] = (Part){0, 1, (guint64) sizes[axis]};
  return n > 0;
}

/* Whether a vector is only given axes of one before its channels, by None. */
static gboolean
only_adds_axes (const GbpKerasCall *call, const json_t *indices)
{
  const GbpShape *shape = gbp_keras_get_input_shape (call);
  guint n = json_array_size (indices), n_whole = 0;

  for (guint i = 0; i < n; i++) {
    Part part;
    const json_t *node = json_array_get (indices, i);

    if (json_is_null (node) && i > 0 && i + 1 < n)
      continue;
    if (!read_slice (node, G_MAXINT32, &part) || !takes_all (&part, G_MAXINT32))
      return FALSE;
    n_whole++;
  }
  return n_whole == 2 && n > 2 && shape->height == 1 && shape->width == 1;
}

static int
select_part (const GbpKerasCall *call, int value, const Part *part, GError **error)
{
  float *channels = gbp_builder_allocate (call->keras->builder, part->n, error);
  GbpOperation operation;

  if (channels == NULL)
    return -1;
  for (guint64 c = 0; c < part->n; c++)
    channels[c] = (float) (part->start + (gint64) c * part->step);
  operation = gbp_operation_on (GBP_KIND_SELECT, value);
  operation.tensors[0] = gbp_tensor_new_take (channels, part->n);
  return gbp_builder_add (call->keras->builder, &operation, error);
}

static int
keras_index (const GbpKerasCall *call, GError **error)
{
  const json_t *indices = find_indices (call->layer);
  guint channels = gbp_keras_get_input_shape (call)->channels;
  Part parts[4];
  GbpLines lines[2];
  int value;

  if (only_adds_axes (call, indices))
    return gbp_keras_identity (call, error);
  if (!read_parts (call, indices, parts))
    return gbp_builder_refuse (error,
        "an index is supported where it takes slices of height, width and channels, or one channel, "
        "or gives a vector axes before its channels");
  for (guint i = 0; i < 2; i++)
    lines[i] = (GbpLines){.n = parts[i + 1].n,
        .mode = GBP_LINES_EXACT,
        .numerator = (double) parts[i + 1].step,
        .denominator = 1,
        .back = (double) parts[i + 1].start};
  value =
      gbp_builder_add_lines (call->keras->builder, call->inputs[0], &lines[0], &lines[1], error);
  if (value < 0 || takes_all (&parts[3], channels))
    return value;
  return select_part (call, value, &parts[3], error);
}

/* Maps of one channel, which indices have made, become one map. */
static int
keras_stack (const GbpKerasCall *call, GError **error)
{
  double axis = gbp_json_get_number (call->layer->config, "axis", 0);

  for (guint i = 0; i < call->n_inputs; i++)
    if (gbp_graph_get_shape (call->keras->builder->graph, (guint) call->inputs[i])->channels != 1)
      axis = 0;
  if (axis != -1 && axis != 3)
    return gbp_builder_refuse (
        error, "stacking is supported of maps of one channel, along a last axis of channels");
  return gbp_keras_concatenate (call, error);
}

const GbpKerasRow gbp_keras_index_rows[] = {
    {"GetItem", keras_index, TRUE},
    {"SlicingOpLambda", keras_index, TRUE},
    {"Stack", keras_stack, TRUE},
    {NULL, NULL, FALSE},
};

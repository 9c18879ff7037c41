/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/resample.h"

#include <math.h>
#include <string.h>

#define MOST_TAPS 4

/* What Keys calls the cubic convolution's kernel, at @x, by its parameter @a. */
static double
weigh_cubic (double x, double a)
{
  x = fabs (x);
  if (x <= 1)
    return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

static guint
count_taps (GbpLinesMode mode, guint size)
{
  guint n = mode == GBP_LINES_CUBIC ? 4 : mode == GBP_LINES_LINEAR ? 2 : 1;

  return MIN (n, size);
}

static double
round_place (GbpLinesMode mode, double place)
{
  switch (mode) {
    case GBP_LINES_CEIL:
      return ceil (place);
    case GBP_LINES_HALF_DOWN:
      return ceil (place - 0.5);
    case GBP_LINES_HALF_UP:
      return floor (place + 0.5);
    default:
      return floor (place);
  }
}

/* @first: (out): of the lines around @place, which may lie outside
 * @factors: (out): [MOST_TAPS]
 * Returns: how many they are */
static guint
find_taps (const GbpLines *lines, double place, double *first, double *factors)
{
  double below = floor (place), rest = place - below;

  *first = below;
  switch (lines->mode) {
    case GBP_LINES_EXACT:
      factors[0] = rest == 0;
      return 1;
    case GBP_LINES_LINEAR:
      factors[0] = 1 - rest;
      factors[1] = rest;
      return 2;
    case GBP_LINES_CUBIC:
      *first = below - 1;
      for (guint k = 0; k < 4; k++)
        factors[k] = weigh_cubic (rest + 1 - k, lines->curve);
      return 4;
    default:
      *first = round_place (lines->mode, place);
      factors[0] = 1;
      return 1;
  }
}

/* Where the border has a line that is there; @place where it has none. */
static double
find_in_border (GbpBorder border, double place, guint size)
{
  if (border == GBP_BORDER_EDGE)
    return CLAMP (place, 0, size - 1.0);
  if (border == GBP_BORDER_REFLECT)
    return place < 0 ? -place : place >= size ? 2 * (size - 1.0) - place : place;
  return place;
}

/* @values: (out): [1 + n_taps]: one line, as the operation has it; @size: of the input */
static void
fill_line (const GbpLines *lines, guint line, guint size, guint n_taps, float *values)
{
  double place = (line + lines->shift) * lines->numerator / lines->denominator + lines->back;
  double first, factors[MOST_TAPS], start;
  guint n = find_taps (lines, place, &first, factors);

  first = lines->mode == GBP_LINES_EXACT ? find_in_border (lines->border, first, size) : first;
  memset (values, 0, (n_taps + 1) * sizeof *values);
  start = CLAMP (first, 0, size - n_taps);
  values[0] = (float) start;
  if (lines->mode == GBP_LINES_EXACT && (first < 0 || first >= size))
    return;
  for (guint k = 0; k < n; k++)
    values[1 + (guint) (CLAMP (first + k, 0, size - 1) - start)] += (float) factors[k];
}

static const GbpLines unchanged = {.mode = GBP_LINES_EXACT, .numerator = 1, .denominator = 1};

static GbpTensor *
make_lines (GbpBuilder *builder, const GbpLines *lines, guint size, guint *n_taps, GError **error)
{
  guint64 n_values;
  float *values;

  *n_taps = count_taps (lines->mode, size);
  n_values = lines->n * (*n_taps + 1);
  values = gbp_builder_allocate (builder, n_values, error);
  for (guint i = 0; values != NULL && i < lines->n; i++)
    fill_line (lines, i, size, *n_taps, values + (gsize) i * (*n_taps + 1));
  return values != NULL ? gbp_tensor_new_take (values, n_values) : NULL;
}

static gboolean
changes_nothing (const GbpLines *lines, guint size)
{
  return lines->n == size && lines->numerator == lines->denominator
         && lines->shift + lines->back == 0;
}

int
gbp_builder_add_lines (
    GbpBuilder *builder, int input, const GbpLines *rows, const GbpLines *columns, GError **error)
{
  const GbpShape shape = *gbp_graph_get_shape (builder->graph, (guint) input);
  GbpLines sides[2] = {rows != NULL ? *rows : unchanged, columns != NULL ? *columns : unchanged};
  GbpOperation operation;

  if (rows == NULL)
    sides[0].n = shape.height;
  if (columns == NULL)
    sides[1].n = shape.width;
  if (changes_nothing (&sides[0], shape.height) && changes_nothing (&sides[1], shape.width))
    return input;
  if (sides[0].n - 1 >= GBP_MAX_SIZE || sides[1].n - 1 >= GBP_MAX_SIZE)
    return gbp_builder_refuse (error,
        "maps of 1×1 to %u×%u pixels are supported, not of %" G_GUINT64_FORMAT
        "×%" G_GUINT64_FORMAT,
        GBP_MAX_SIZE, GBP_MAX_SIZE, sides[1].n, sides[0].n);
  operation = gbp_operation_on (GBP_KIND_RESAMPLE, input);
  operation.tensors[0] =
      make_lines (builder, &sides[0], shape.height, &operation.window.rows, error);
  if (operation.tensors[0] != NULL)
    operation.tensors[1] =
        make_lines (builder, &sides[1], shape.width, &operation.window.columns, error);
  if (operation.tensors[1] != NULL)
    return gbp_builder_add (builder, &operation, error);
  gbp_operation_clear (&operation);
  return -1;
}

int
gbp_builder_add_border (
    GbpBuilder *builder, int input, const GbpPadding *padding, GbpBorder border, GError **error)
{
  const GbpShape *shape = gbp_graph_get_shape (builder->graph, (guint) input);
  GbpLines rows = unchanged, columns = unchanged;

  if (MAX (padding->top, padding->bottom) >= shape->height
      || MAX (padding->left, padding->right) >= shape->width)
    return gbp_builder_refuse (error, "a border is supported that is less than the map of %u×%u",
        shape->width, shape->height);
  rows.n = shape->height + padding->top + padding->bottom;
  rows.shift = -(double) padding->top;
  columns.n = shape->width + padding->left + padding->right;
  columns.shift = -(double) padding->left;
  rows.border = columns.border = border;
  return gbp_builder_add_lines (builder, input, &rows, &columns, error);
}

/* The input's lines with zeros between and around them, so that windows of the kernel's extent fit into it as often as
 * lines come out. FALSE: that is too many, or none */
static gboolean
find_spread_lines (const GbpTransposed *transposed, guint side, GbpLines *lines)
{
  gint64 extent = (gint64) (transposed->window[side] - 1) * transposed->dilation[side];
  gint64 size = transposed->size[side];

  if (size < 1 || size > GBP_MAX_SIZE || extent > GBP_MAX_SIZE)
    return FALSE;
  *lines = (GbpLines){.n = (guint64) (size + extent),
      .mode = GBP_LINES_EXACT,
      .shift = (double) (transposed->before[side] - extent),
      .numerator = 1,
      .denominator = transposed->stride[side]};
  return TRUE;
}

/* Of a map that is not spread the border of zeros is the convolution's own. */
static gboolean
has_plain_border (const GbpTransposed *transposed, const GbpShape *shape, GbpPadding *padding)
{
  const guint sizes[2] = {shape->height, shape->width};
  gint64 border[2][2];

  for (guint i = 0; i < 2; i++) {
    gint64 extent = (gint64) (transposed->window[i] - 1) * transposed->dilation[i];

    border[i][0] = extent - transposed->before[i];
    border[i][1] = transposed->size[i] + extent - sizes[i] - border[i][0];
    if (transposed->stride[i] != 1 || border[i][0] < 0 || border[i][1] < 0)
      return FALSE;
  }
  *padding = (GbpPadding){
      (guint) border[0][0], (guint) border[1][0], (guint) border[0][1], (guint) border[1][1]};
  return TRUE;
}

int
gbp_builder_add_transposed (GbpBuilder *builder, int input, const GbpTransposed *transposed,
    GbpTensor *kernel, GbpTensor *bias, GError **error)
{
  g_autoptr (GbpTensor) own_kernel = kernel;
  g_autoptr (GbpTensor) own_bias = bias;
  GbpPadding padding = {0};
  GbpOperation operation;
  GbpLines lines[2];

  for (guint i = 0; i < 2; i++)
    if (!find_spread_lines (transposed, i, &lines[i]))
      return gbp_builder_refuse (error,
          "it is supported where 1 to %u rows and columns come out of it, not %" G_GINT64_FORMAT,
          GBP_MAX_SIZE, transposed->size[i]);
  if (!has_plain_border (transposed, gbp_graph_get_shape (builder->graph, (guint) input), &padding))
    input = gbp_builder_add_lines (builder, input, &lines[0], &lines[1], error);
  if (input < 0)
    return -1;
  operation = gbp_operation_on (GBP_KIND_CONVOLUTION, input);
  operation.window.rows = transposed->window[0];
  operation.window.columns = transposed->window[1];
  operation.window.dilation_y = transposed->dilation[0];
  operation.window.dilation_x = transposed->dilation[1];
  operation.window.padding = padding;
  operation.window.groups = transposed->groups;
  operation.tensors[0] = g_steal_pointer (&own_kernel);
  operation.tensors[1] = g_steal_pointer (&own_bias);
  return gbp_builder_add (builder, &operation, error);
}

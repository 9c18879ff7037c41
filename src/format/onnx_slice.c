/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Slice: some channels of a map, a border off it, and any part of a constant, also backwards: that is how exporters
 * turn the order of paddings. */
#include "format/onnx_axes.h"
#include "format/resample.h"

#define MAX_NUMBER ((gint64) 1 << 60)

/* What is taken of one axis.
 * @start, @end: from the node, may count from the end and lie outside
 * @step: not 0 */
typedef struct {
  guint axis;
  gint64 start;
  gint64 end;
  gint64 step;
} Range;

/* Within an axis of @size.
 * @start: (out): the first that is taken
 * Returns: how many are */
static guint64
find_part (const Range *range, gint64 size, gint64 *start)
{
  gint64 least = range->step < 0 ? -1 : 0, most = range->step < 0 ? size - 1 : size;
  gint64 end = CLAMP (range->end, -MAX_NUMBER, MAX_NUMBER);
  gint64 step = CLAMP (range->step, -MAX_NUMBER, MAX_NUMBER), distance;

  *start = CLAMP (range->start, -MAX_NUMBER, MAX_NUMBER);
  if (size == 0)
    return 0;
  *start = CLAMP (*start < 0 ? *start + size : *start, 0, most);
  end = CLAMP (end < 0 ? end + size : end, least, most);
  distance = step < 0 ? *start - end : end - *start;
  return distance <= 0 ? 0 : (guint64) ((distance - 1) / ABS (step) + 1);
}

/* @ranges: (out): [GBP_ONNX_MAX_RANK]: of a value with @rank axes
 * Returns: how many; −1 with @error set */
static int
read_ranges (GbpOnnx *onnx, const GbpOnnxNode *node, guint rank, Range *ranges, GError **error)
{
  static const char *const names[] = {"starts", "ends", "axes", "steps"};
  gint64 numbers[G_N_ELEMENTS (names)][GBP_ONNX_MAX_RANK];
  g_autoptr (GError) cause = NULL;
  int counts[G_N_ELEMENTS (names)] = {-1, -1, -1, -1};

  for (guint i = 0; i < G_N_ELEMENTS (names) && cause == NULL; i++)
    counts[i] =
        gbp_onnx_get_numbers (onnx, node, names[i], i + 1, numbers[i], GBP_ONNX_MAX_RANK, &cause);
  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return -1;
  }
  if (counts[0] < 0 || counts[1] != counts[0] || (counts[2] >= 0 && counts[2] != counts[0])
      || (counts[3] >= 0 && counts[3] != counts[0]))
    return gbp_builder_refuse (error, "as many starts, ends, axes and steps are expected");
  for (int i = 0; i < counts[0]; i++) {
    gint64 axis = counts[2] < 0 ? i : numbers[2][i], step = counts[3] < 0 ? 1 : numbers[3][i];

    axis += axis < 0 ? (gint64) rank : 0;
    if (axis < 0 || axis >= (gint64) rank)
      return gbp_builder_refuse (error, "its axes are expected to be below %u", rank);
    if (step == 0)
      return gbp_builder_refuse (error, "steps other than 0 are expected");
    ranges[i] = (Range){(guint) axis, numbers[0][i], numbers[1][i], step};
  }
  return counts[0];
}

/* Of one direction @n pixels from @start on, each @step behind the last. */
static GbpOnnxValue *
take_spaced_pixels (GbpOnnx *onnx, const GbpOnnxValue *map, GbpOnnxRole role, gint64 start,
    gint64 step, guint64 n, GError **error)
{
  const GbpLines lines = {.n = n,
      .mode = GBP_LINES_EXACT,
      .numerator = (double) step,
      .denominator = 1,
      .back = (double) start};
  gboolean is_row = role == GBP_ONNX_HEIGHT;
  int value = gbp_builder_add_lines (
      onnx->builder, map->value, is_row ? &lines : NULL, is_row ? NULL : &lines, error);

  return value < 0 ? NULL : gbp_onnx_map_new (onnx, value, map);
}

GbpOnnxValue *
gbp_onnx_take_pixels (GbpOnnx *onnx, const GbpOnnxValue *map, GbpOnnxRole role, guint size,
    gint64 start, guint64 n, GError **error)
{
  GbpOperation operation = gbp_operation_on (GBP_KIND_CROP, map->value);
  GbpPadding *border = &operation.window.padding;
  guint before = (guint) start, after = size - before - (guint) n;
  int value;

  *border = role == GBP_ONNX_HEIGHT ? (GbpPadding){before, 0, after, 0}
                                    : (GbpPadding){0, before, 0, after};
  value = gbp_builder_add (onnx->builder, &operation, error);
  return value < 0 ? NULL : gbp_onnx_map_new (onnx, value, map);
}

static GbpOnnxValue *
slice_map (GbpOnnx *onnx, GbpOnnxValue *map, const Range *range, GError **error)
{
  guint size = gbp_onnx_get_size (onnx, map, range->axis);
  gint64 start;
  guint64 n = find_part (range, size, &start);
  GbpOnnxRole role = map->roles[range->axis];

  if (n > 0 && role == GBP_ONNX_CHANNELS)
    return gbp_onnx_take_channels (onnx, map, start, range->step, n, error);
  if (n == size && range->step == 1)
    return map;
  if (n > 0 && range->step == 1 && role != GBP_ONNX_BATCH)
    return gbp_onnx_take_pixels (onnx, map, role, size, start, n, error);
  if (n > 0 && (role == GBP_ONNX_HEIGHT || role == GBP_ONNX_WIDTH))
    return take_spaced_pixels (onnx, map, role, start, range->step, n, error);
  gbp_builder_refuse (error,
      "it is supported on a constant, and on a map where it leaves some channels and pixels");
  return NULL;
}

static GbpOnnxValue *
slice_constant (GbpOnnx *onnx, const GbpOnnxConstant *from, const Range *range, GError **error)
{
  guint64 shape[GBP_ONNX_MAX_RANK], size = from->shape[range->axis], n_inner = 1, n_outer = 1, n;
  GbpOnnxValue *sliced;
  gint64 start;
  float *values;

  n = find_part (range, (gint64) size, &start);
  for (guint i = 0; i < from->rank; i++) {
    shape[i] = i == range->axis ? n : from->shape[i];
    n_outer *= i < range->axis ? from->shape[i] : 1;
    n_inner *= i > range->axis ? from->shape[i] : 1;
  }
  values = gbp_builder_allocate (onnx->builder, n_outer * n * n_inner, error);
  if (values == NULL)
    return NULL;
  for (guint64 i = 0; i < n_outer * n * n_inner; i++) {
    guint64 inner = i % n_inner, outer = i / n_inner / n;
    guint64 at = (guint64) (start + (gint64) (i / n_inner % n) * range->step);

    values[i] = from->values->values[(outer * size + at) * n_inner + inner];
  }
  sliced = gbp_onnx_constant_new (onnx, from->rank, shape, values);
  sliced->constant.is_whole = from->is_whole;
  return sliced;
}

static GbpOnnxValue *
onnx_slice (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  GbpOnnxValue *value = gbp_onnx_identity (onnx, node, error);
  gboolean is_constant = value != NULL && value->state == GBP_ONNX_CONSTANT;
  Range ranges[GBP_ONNX_MAX_RANK];
  int n;

  if (value != NULL && !is_constant)
    value = gbp_onnx_need_map (onnx, node, 0, error);
  if (value == NULL)
    return NULL;
  n = read_ranges (onnx, node, is_constant ? value->constant.rank : value->rank, ranges, error);
  if (n < 0)
    return NULL;
  for (int i = 0; i < n && value != NULL; i++)
    value = is_constant ? slice_constant (onnx, &value->constant, &ranges[i], error)
                        : slice_map (onnx, value, &ranges[i], error);
  return value;
}

const GbpOnnxRow gbp_onnx_slice_rows[] = {
    {"Slice", onnx_slice},
    {NULL, NULL},
};

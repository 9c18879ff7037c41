/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ONNX's operators that change a map's size: Resize, which was Upsample, and transposed convolutions. */
#include <math.h>
#include <string.h>

#include "format/onnx_values.h"
#include "format/resample.h"

static GbpWire
wire_text (const char *text)
{
  return (GbpWire){(const guint8 *) text, strlen (text)};
}

/* The lines of an axis, by how ONNX counts places: @size lines become @lines->n, @scale times as many; where that is
 * the ratio of two whole numbers, these say it better than 32 bits.
 * @how: coordinate_transformation_mode. FALSE: it is not supported */
static gboolean
place_lines (GbpLines *lines, GbpWire how, guint size, double scale)
{
  gboolean is_half = gbp_wire_is_text (how, "half_pixel"),
           is_pytorch = gbp_wire_is_text (how, "pytorch_half_pixel");

  gboolean is_ratio = fabs (size * scale - lines->n) <= 1e-5 * lines->n;

  lines->shift = lines->back = 0;
  lines->numerator = is_ratio ? size : 1;
  lines->denominator = is_ratio ? lines->n : scale;
  if (gbp_wire_is_text (how, "align_corners") || (is_pytorch && lines->n == 1)) {
    lines->numerator = lines->n > 1 ? size - 1 : 0;
    lines->denominator = lines->n > 1 ? lines->n - 1 : 1;
    return TRUE;
  }
  if (is_half || is_pytorch || gbp_wire_is_text (how, "tf_half_pixel_for_nn"))
    lines->shift = 0.5;
  if (is_half || is_pytorch)
    lines->back = -0.5;
  return lines->shift != 0 || gbp_wire_is_text (how, "asymmetric");
}

/* @mode: (out). FALSE with @error set */
static gboolean
read_mode (const GbpOnnx *onnx, const GbpOnnxNode *node, GbpLinesMode *mode, GError **error)
{
  static const struct {
    const char *name;
    GbpLinesMode mode;
  } nearest[] = {{"round_prefer_floor", GBP_LINES_HALF_DOWN},
      {"round_prefer_ceil", GBP_LINES_HALF_UP}, {"floor", GBP_LINES_FLOOR},
      {"ceil", GBP_LINES_CEIL}};
  gboolean is_resize = strcmp (node->kind, "Resize") == 0 && onnx->model->opset >= 11;
  GbpWire text;

  *mode = is_resize ? GBP_LINES_HALF_DOWN : GBP_LINES_FLOOR;
  if (gbp_onnx_get_text (node, "mode", &text) && !gbp_wire_is_text (text, "nearest")) {
    *mode = gbp_wire_is_text (text, "cubic") ? GBP_LINES_CUBIC : GBP_LINES_LINEAR;
    return *mode == GBP_LINES_CUBIC || gbp_wire_is_text (text, "linear")
           || gbp_builder_refuse (error, "its mode is expected to be nearest, linear or cubic")
                  >= 0;
  }
  if (!gbp_onnx_get_text (node, "nearest_mode", &text))
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (nearest); i++)
    if (gbp_wire_is_text (text, nearest[i].name)) {
      *mode = nearest[i].mode;
      return TRUE;
    }
  return gbp_builder_refuse (error, "its nearest_mode is not one of ONNX'") >= 0;
}

static gboolean
check_wishes (const GbpOnnxNode *node, GbpLinesMode mode, GError **error)
{
  GbpWire text;

  if (gbp_onnx_get_int (node, "antialias", 0) != 0
      || (mode == GBP_LINES_CUBIC && gbp_onnx_get_int (node, "exclude_outside", 0) != 0)
      || (gbp_onnx_get_text (node, "keep_aspect_ratio_policy", &text)
          && !gbp_wire_is_text (text, "stretch")))
    return gbp_builder_refuse (error,
               "it is supported without antialias and exclude_outside, and with a "
               "keep_aspect_ratio_policy of stretch")
           >= 0;
  return TRUE;
}

/* What an input says for each axis; those that an attribute names, or all.
 * @numbers: (out): [rank]; 0 where it says nothing
 * Returns: FALSE with @error set, or where there is no such input */
static gboolean
read_axes_input (GbpOnnx *onnx, const GbpOnnxNode *node, const GbpOnnxValue *map, guint index,
    double *numbers, GError **error)
{
  gint64 axes[GBP_ONNX_MAX_RANK];
  int n_axes = gbp_onnx_get_ints (node, "axes", axes, GBP_ONNX_MAX_RANK);
  const GbpOnnxConstant *constant;

  if (index >= node->n_inputs || *node->inputs[index] == '\0')
    return FALSE;
  constant = gbp_onnx_need_constant (onnx, node, index, error);
  if (constant == NULL || gbp_onnx_count (constant) == 0)
    return FALSE;
  for (guint i = 0; i < map->rank; i++) {
    numbers[i] = 0;
    if (n_axes < 0)
      axes[i] = i;
  }
  n_axes = n_axes < 0 ? (int) map->rank : n_axes;
  if (gbp_onnx_count (constant) != (guint64) n_axes)
    return gbp_builder_refuse (error, "a size or scale is expected for each axis") >= 0;
  for (int i = 0; i < n_axes; i++) {
    gint64 axis = axes[i] + (axes[i] < 0 ? (gint64) map->rank : 0);

    if (axis < 0 || axis >= (gint64) map->rank)
      return gbp_builder_refuse (error, "its axes are expected to be below %u", map->rank) >= 0;
    numbers[axis] = constant->values->values[i];
  }
  return TRUE;
}

/* Down to a whole number; a scale in 32 bits may be a little less than the ratio that it stands for. */
static double
scale_size (guint size, double scale)
{
  double scaled = size * scale, whole = round (scaled);

  return fabs (scaled - whole) <= 1e-5 * whole ? whole : floor (scaled);
}

/* Sizes and scales of all axes, of which one is made of the other. FALSE with @error set */
static gboolean
read_sizes (GbpOnnx *onnx, const GbpOnnxNode *node, const GbpOnnxValue *map, double *sizes,
    double *scales, GError **error)
{
  g_autoptr (GError) cause = NULL;
  gboolean has_roi = strcmp (node->kind, "Resize") == 0 && onnx->model->opset >= 11;
  gboolean has_sizes = has_roi && read_axes_input (onnx, node, map, 3, sizes, &cause);
  gboolean has_scales = !has_sizes && cause == NULL
                        && read_axes_input (onnx, node, map, has_roi ? 2 : 1, scales, &cause);

  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  if (!has_sizes && !has_scales)
    return gbp_builder_refuse (error, "constant sizes or scales are expected") >= 0;
  for (guint i = 0; i < map->rank; i++) {
    guint size = gbp_onnx_get_size (onnx, map, i);

    if (has_sizes)
      scales[i] = sizes[i] > 0 ? sizes[i] / size : 1;
    else if (scales[i] == 0)
      scales[i] = 1;
    sizes[i] = has_sizes && sizes[i] > 0 ? sizes[i] : scale_size (size, scales[i]);
    if (!(sizes[i] >= 1 && sizes[i] <= GBP_MAX_SIZE))
      return gbp_builder_refuse (error, "sizes from 1 to %u are expected", GBP_MAX_SIZE) >= 0;
  }
  return TRUE;
}

/* @lines: (out): of rows and columns. FALSE with @error set */
static gboolean
read_lines (GbpOnnx *onnx, const GbpOnnxNode *node, const GbpOnnxValue *map, GbpLines lines[2],
    GError **error)
{
  double sizes[GBP_ONNX_MAX_RANK], scales[GBP_ONNX_MAX_RANK];
  gboolean is_resize = strcmp (node->kind, "Resize") == 0 && onnx->model->opset >= 11;
  GbpLinesMode mode;
  GbpWire how;

  if (!gbp_onnx_get_text (node, "coordinate_transformation_mode", &how))
    how = is_resize ? wire_text ("half_pixel") : wire_text ("asymmetric");
  if (!read_mode (onnx, node, &mode, error) || !check_wishes (node, mode, error)
      || !read_sizes (onnx, node, map, sizes, scales, error))
    return FALSE;
  for (guint axis = 0; axis < map->rank; axis++) {
    guint size = gbp_onnx_get_size (onnx, map, axis), side = map->roles[axis] == GBP_ONNX_WIDTH;

    if (map->roles[axis] != GBP_ONNX_HEIGHT && map->roles[axis] != GBP_ONNX_WIDTH) {
      if (sizes[axis] != size)
        return gbp_builder_refuse (error, "it is supported on height and width") >= 0;
      continue;
    }
    lines[side] = (GbpLines){.n = (guint64) sizes[axis],
        .mode = mode,
        .curve = gbp_onnx_get_float (node, "cubic_coeff_a", -0.75)};
    if (!place_lines (&lines[side], how, size, scales[axis]))
      return gbp_builder_refuse (error,
                 "its coordinate_transformation_mode is supported as half_pixel, "
                 "pytorch_half_pixel, tf_half_pixel_for_nn, asymmetric or align_corners")
             >= 0;
  }
  return TRUE;
}

static GbpOnnxValue *
onnx_resize (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  GbpOnnxValue *map = gbp_onnx_need_map (onnx, node, 0, error);
  GbpLines lines[2];
  int value;

  if (map == NULL)
    return NULL;
  if (gbp_onnx_find_axis (map, GBP_ONNX_HEIGHT) < 0
      || gbp_onnx_find_axis (map, GBP_ONNX_WIDTH) < 0) {
    gbp_builder_refuse (error, "it is supported on maps with height and width");
    return NULL;
  }
  if (!read_lines (onnx, node, map, lines, error))
    return NULL;
  value = gbp_builder_add_lines (onnx->builder, map->value, &lines[0], &lines[1], error);
  return value < 0 ? NULL : gbp_onnx_map_new (onnx, value, map);
}

/* From [inputs][outputs / groups][rows][columns] to what a convolution on spread pixels has:
 * [rows][columns][inputs / groups][outputs], the rows and columns the other way round. */
static GbpTensor *
turn_transposed_kernel (GbpOnnx *onnx, const GbpOnnxConstant *kernel, guint groups, GError **error)
{
  guint64 n_inputs = kernel->shape[0], n_outputs = kernel->shape[1];
  guint64 n_places = kernel->shape[2] * kernel->shape[3], n_own = n_inputs / groups;
  float *rotated = gbp_builder_allocate (onnx->builder, gbp_onnx_count (kernel), error);
  const float *values = kernel->values->values;

  if (rotated == NULL)
    return NULL;
  for (guint64 i = 0; i < n_inputs; i++)
    for (guint64 o = 0; o < n_outputs; o++)
      for (guint64 p = 0; p < n_places; p++)
        rotated[((n_places - 1 - p) * n_own + i % n_own) * n_outputs * groups
                + i / n_own * n_outputs + o] = *values++;
  return gbp_tensor_new_take (rotated, gbp_onnx_count (kernel));
}

/* @numbers: (inout): [n], of an attribute, each from @least on */
static gboolean
read_pair (
    const GbpOnnxNode *node, const char *name, gint64 *numbers, int n, gint64 least, GError **error)
{
  gint64 found[4];
  int n_found = gbp_onnx_get_ints (node, name, found, 4);

  if (n_found < 0)
    return TRUE;
  for (int i = 0; n_found == n && i < n; i++) {
    numbers[i] = found[i];
    if (found[i] < least || found[i] > GBP_MAX_SIZE)
      n_found = -1;
  }
  return n_found == n
         || gbp_builder_refuse (error, "its %s are expected to be %d numbers from %d to %u", name,
                n, (int) least, GBP_MAX_SIZE)
                >= 0;
}

/* What comes out along one direction: as pads say, or as output_shape or auto_pad ask for. */
static void
find_size (GbpTransposed *transposed, guint side, guint size, const gint64 pads[2], gint64 more,
    gint64 wanted, gboolean is_upper)
{
  gint64 extent = (gint64) (transposed->window[side] - 1) * transposed->dilation[side] + 1;
  gint64 whole = (gint64) (size - 1) * transposed->stride[side] + extent + more, total;

  transposed->before[side] = pads[0];
  transposed->size[side] = whole - pads[0] - pads[1];
  if (wanted <= 0)
    return;
  total = MAX (whole - wanted, 0);
  transposed->size[side] = wanted;
  transposed->before[side] = is_upper ? total / 2 : total - total / 2;
}

static gboolean
read_transposed (const GbpOnnx *onnx, const GbpOnnxNode *node, const GbpOnnxValue *map,
    GbpTransposed *transposed, GError **error)
{
  const GbpShape *shape = gbp_graph_get_shape (onnx->builder->graph, (guint) map->value);
  gint64 strides[2] = {1, 1}, dilations[2] = {1, 1}, pads[4] = {0}, more[2] = {0}, wanted[2] = {0};
  const guint sizes[2] = {shape->height, shape->width};
  GbpWire text;
  gboolean has_text = gbp_onnx_get_text (node, "auto_pad", &text);
  gboolean is_upper = has_text && gbp_wire_is_text (text, "SAME_UPPER");
  gboolean is_same = is_upper || (has_text && gbp_wire_is_text (text, "SAME_LOWER"));

  if (!read_pair (node, "strides", strides, 2, 1, error)
      || !read_pair (node, "dilations", dilations, 2, 1, error)
      || !read_pair (node, "pads", pads, 4, 0, error)
      || !read_pair (node, "output_padding", more, 2, 0, error)
      || !read_pair (node, "output_shape", wanted, 2, 1, error))
    return FALSE;
  for (guint i = 0; i < 2; i++) {
    transposed->stride[i] = (guint) strides[i];
    transposed->dilation[i] = (guint) dilations[i];
    if (is_same && wanted[i] == 0)
      wanted[i] = sizes[i] * strides[i];
    find_size (
        transposed, i, sizes[i], (gint64[]){pads[i], pads[i + 2]}, more[i], wanted[i], is_upper);
  }
  return TRUE;
}

static gboolean
check_transposed_kernel (const GbpOnnxNode *node, const GbpOnnxConstant *kernel, guint channels,
    gint64 groups, GError **error)
{
  if (kernel->rank == 4 && kernel->shape[0] == channels && groups > 0 && groups <= channels
      && channels % groups == 0 && kernel->shape[1] > 0 && kernel->shape[2] - 1 < GBP_MAX_SIZE
      && kernel->shape[3] - 1 < GBP_MAX_SIZE)
    return TRUE;
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
      "array %s: expected a kernel of shape [%u][outputs / group][rows][columns] with a group that "
      "divides %u, found %u dimensions and group %" G_GINT64_FORMAT,
      node->inputs[1], channels, channels, kernel->rank, groups);
  return FALSE;
}

static GbpOnnxValue *
onnx_transposed (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  GbpOnnxValue *map = gbp_onnx_need_map (onnx, node, 0, error);
  const GbpOnnxConstant *constant =
      map != NULL ? gbp_onnx_need_constant (onnx, node, 1, error) : NULL;
  gint64 groups = gbp_onnx_get_int (node, "group", 1);
  g_autoptr (GbpTensor) kernel = NULL, bias = NULL;
  GbpTransposed transposed = {0};
  int value;

  if (constant == NULL)
    return NULL;
  if (!gbp_onnx_is_nchw (map)) {
    gbp_builder_refuse (error, "it is supported on [batch, channels, height, width]");
    return NULL;
  }
  if (!check_transposed_kernel (node, constant,
          gbp_graph_get_shape (onnx->builder->graph, (guint) map->value)->channels, groups, error))
    return NULL;
  transposed.groups = (guint) groups;
  transposed.window[0] = (guint) constant->shape[2];
  transposed.window[1] = (guint) constant->shape[3];
  if (!read_transposed (onnx, node, map, &transposed, error)
      || !gbp_onnx_take_bias (
          onnx, node, 2, constant->shape[1] * (guint64) groups, 1, &bias, error))
    return NULL;
  kernel = turn_transposed_kernel (onnx, constant, transposed.groups, error);
  if (kernel == NULL)
    return NULL;
  value = gbp_builder_add_transposed (onnx->builder, map->value, &transposed,
      g_steal_pointer (&kernel), g_steal_pointer (&bias), error);
  return value < 0 ? NULL : gbp_onnx_map_new (onnx, value, map);
}

const GbpOnnxRow gbp_onnx_resample_rows[] = {
    {"Resize", onnx_resize},
    {"Upsample", onnx_resize},
    {"ConvTranspose", onnx_transposed},
    {NULL, NULL},
};

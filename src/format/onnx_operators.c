/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which of ONNX's operators are supported. */
#include <string.h>

#include "format/onnx_values.h"

static const GbpOnnxRow *const tables[] = {gbp_onnx_layer_rows, gbp_onnx_norm_rows,
    gbp_onnx_composed_rows, gbp_onnx_combine_rows, gbp_onnx_pool_rows, gbp_onnx_reduction_rows,
    gbp_onnx_shape_rows, gbp_onnx_channel_rows, gbp_onnx_constant_rows, gbp_onnx_expand_rows,
    gbp_onnx_slice_rows, gbp_onnx_border_rows, gbp_onnx_resample_rows, gbp_onnx_branch_rows};

GbpOnnxOperator
gbp_onnx_find_operator (const char *kind)
{
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    for (const GbpOnnxRow *row = tables[i]; row->kind != NULL; row++)
      if (strcmp (row->kind, kind) == 0)
        return row->build;
  for (guint i = 0; gbp_onnx_name_function (i) != NULL; i++)
    if (strcmp (gbp_onnx_name_function (i), kind) == 0)
      return gbp_onnx_elementwise;
  return NULL;
}

char *
gbp_onnx_list_operators (void)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    for (const GbpOnnxRow *row = tables[i]; row->kind != NULL; row++)
      g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", row->kind);
  for (guint i = 0; gbp_onnx_name_function (i) != NULL; i++)
    g_string_append_printf (names, ", %s", gbp_onnx_name_function (i));
  return g_string_free (names, FALSE);
}

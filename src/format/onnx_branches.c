/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * If, where the file says which branch is taken: exporters ask so for the size of an axis, which is known here. */
#include <string.h>

#include "format/onnx_values.h"

#define MAX_NESTED 8

/* Makes a branch's weights and nodes known. (transfer none): NULL with @error set */
static GbpOnnxModel *
parse_branch (GbpOnnx *onnx, GbpWire message, GError **error)
{
  GbpOnnxModel *branch = g_new0 (GbpOnnxModel, 1);

  g_ptr_array_add (onnx->branches, branch);
  if (!gbp_onnx_model_parse_graph (branch, message, onnx->model->opset, error))
    return NULL;
  for (guint i = 0; i < branch->initializers->len; i++) {
    GbpOnnxNamed *named = branch->initializers->pdata[i];

    if (!g_hash_table_contains (onnx->initializers, named->name))
      g_hash_table_insert (onnx->initializers, named->name, named);
  }
  return branch;
}

/* The names of a branch's values are no others'. */
static GbpOnnxValue *
build_branch (GbpOnnx *onnx, const GbpOnnxNode *node, GbpWire message, GError **error)
{
  const GbpOnnxModel *branch = parse_branch (onnx, message, error);
  GbpOnnxValue *first = NULL;

  for (guint i = 0; branch != NULL && i < branch->nodes->len; i++)
    if (!gbp_onnx_add_node (onnx, branch->nodes->pdata[i], error))
      return NULL;
  for (guint i = 0; branch != NULL && i < branch->outputs->len && node->outputs[i] != NULL; i++) {
    const GbpOnnxNamed *output = branch->outputs->pdata[i];
    GbpOnnxValue *value = g_hash_table_lookup (onnx->named, output->name);

    if (value != NULL && i > 0)
      g_hash_table_insert (onnx->named, node->outputs[i], value);
    first = i == 0 ? value : first;
  }
  if (branch != NULL && first == NULL)
    gbp_builder_refuse (error, "its branches are expected to make what it gives");
  return first;
}

static GbpOnnxValue *
onnx_if (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  const GbpOnnxConstant *condition = gbp_onnx_need_constant (onnx, node, 0, error);
  gboolean is_true =
      condition != NULL && gbp_onnx_count (condition) == 1 && condition->values->values[0] != 0;
  GbpOnnxValue *made;
  GbpWire graph;

  if (condition == NULL)
    return NULL;
  if (gbp_onnx_count (condition) == 1 && onnx->n_nested < MAX_NESTED
      && gbp_onnx_get_graph (node, is_true ? "then_branch" : "else_branch", &graph)) {
    onnx->n_nested++;
    made = build_branch (onnx, node, graph, error);
    onnx->n_nested--;
    return made;
  }
  gbp_builder_refuse (error,
      "at most %d of them are supported in each other, each with a condition and two branches",
      MAX_NESTED);
  return NULL;
}

const GbpOnnxRow gbp_onnx_branch_rows[] = {
    {"If", onnx_if},
    {NULL, NULL},
};

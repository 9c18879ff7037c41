/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network/graph.h"

#include <string.h>

#include "layer/shape.h"
#include "network/words.h"

/* @operations: of GbpOperation; @shapes: of GbpShape, one more, the input's first
 * @names: name → index of its operation; the names are the operations' */
struct _GbpGraph {
  GArray *operations;
  GArray *shapes;
  GHashTable *names;
};

static void
clear_operation (gpointer operation)
{
  gbp_operation_clear (operation);
}

GbpGraph *
gbp_graph_new (const GbpShape *input)
{
  GbpGraph *graph;

  g_return_val_if_fail (gbp_shape_fits (input), NULL);
  graph = g_new (GbpGraph, 1);
  graph->operations = g_array_new (FALSE, FALSE, sizeof (GbpOperation));
  g_array_set_clear_func (graph->operations, clear_operation);
  graph->shapes = g_array_new (FALSE, FALSE, sizeof (GbpShape));
  g_array_append_vals (graph->shapes, input, 1);
  graph->names = g_hash_table_new (g_str_hash, g_str_equal);
  return graph;
}

void
gbp_graph_free (GbpGraph *graph)
{
  g_hash_table_unref (graph->names);
  g_array_unref (graph->operations);
  g_array_unref (graph->shapes);
  g_free (graph);
}

/* What a message calls an operation: a file's own words, or where it stands. */
static char *
call_operation (const GbpGraph *graph, const GbpOperation *operation)
{
  g_autofree char *name = NULL;
  const char *kind =
      (guint) operation->kind < GBP_N_KINDS ? gbp_kind_get_name (operation->kind) : "unknown kind";

  if (operation->name == NULL)
    return g_strdup_printf ("operation %u (%s)", graph->operations->len + 1, kind);
  name = gbp_words_clean (operation->name, GBP_WORDS_MAX_NAME);
  return g_strdup_printf ("layer %s (%s)", name, kind);
}

/* Returns: (transfer full) (nullable): what is wrong with where the operation stands among the others */
static char *
find_fault_in_place (const GbpGraph *graph, const GbpOperation *operation)
{
  if (graph->operations->len >= GBP_GRAPH_MAX_OPERATIONS)
    return g_strdup_printf ("expected at most %d operations", GBP_GRAPH_MAX_OPERATIONS);
  if (operation->name != NULL && g_hash_table_contains (graph->names, operation->name))
    return g_strdup ("expected a name of its own, found that of another operation");
  if (operation->n_inputs == 0 || operation->n_inputs > GBP_GRAPH_MAX_OPERATIONS)
    return g_strdup_printf (
        "expected 1 to %d inputs, found %u", GBP_GRAPH_MAX_OPERATIONS, operation->n_inputs);
  for (guint i = 0; i < operation->n_inputs; i++)
    if (operation->inputs[i] >= graph->shapes->len)
      return g_strdup_printf ("expected values made before it, up to %u, found value %u",
          graph->shapes->len - 1, operation->inputs[i]);
  return NULL;
}

/* The shape of what comes out of @operation.
 * Returns: (transfer full) (nullable): what is wrong with it */
static char *
find_fault (const GbpGraph *graph, const GbpOperation *operation, GbpShape *output)
{
  char *fault = find_fault_in_place (graph, operation);
  g_autofree GbpShape *inputs = NULL;

  if (fault != NULL)
    return fault;
  inputs = g_new (GbpShape, operation->n_inputs);
  for (guint i = 0; i < operation->n_inputs; i++)
    inputs[i] = *gbp_graph_get_shape (graph, operation->inputs[i]);
  return gbp_shape_infer (operation, inputs, output);
}

int
gbp_graph_add (GbpGraph *graph, GbpOperation *operation, GError **error)
{
  GbpShape output = {0};
  g_autofree char *fault = find_fault (graph, operation, &output);

  if (fault != NULL) {
    g_autofree char *called = call_operation (graph, operation);

    g_set_error (error, GBP_ERROR, GBP_ERROR_READ, "%s: %s", called, fault);
    gbp_operation_clear (operation);
    return -1;
  }
  g_array_append_vals (graph->operations, operation, 1);
  g_array_append_vals (graph->shapes, &output, 1);
  if (operation->name != NULL)
    g_hash_table_insert (
        graph->names, operation->name, GUINT_TO_POINTER (graph->operations->len - 1));
  memset (operation, 0, sizeof *operation);
  return (int) graph->operations->len;
}

gboolean
gbp_graph_set_name (GbpGraph *graph, guint value, const char *name)
{
  GbpOperation *operation;
  int other = name != NULL ? gbp_graph_find (graph, name) : -1;

  g_return_val_if_fail (value > 0 && value < graph->shapes->len, FALSE);
  if (other >= 0)
    return other == (int) value;
  operation = &g_array_index (graph->operations, GbpOperation, value - 1);
  if (operation->name != NULL)
    g_hash_table_remove (graph->names, operation->name);
  g_free (operation->name);
  operation->name = g_strdup (name);
  if (name != NULL)
    g_hash_table_insert (graph->names, operation->name, GUINT_TO_POINTER (value - 1));
  return TRUE;
}

int
gbp_graph_find (const GbpGraph *graph, const char *name)
{
  gpointer index;

  if (!g_hash_table_lookup_extended (graph->names, name, NULL, &index))
    return -1;
  return (int) GPOINTER_TO_UINT (index) + 1;
}

const GbpShape *
gbp_graph_get_shape (const GbpGraph *graph, guint value)
{
  g_return_val_if_fail (value < graph->shapes->len, NULL);
  return &g_array_index (graph->shapes, GbpShape, value);
}

const GbpOperation *
gbp_graph_get_operations (const GbpGraph *graph, guint *n_operations)
{
  *n_operations = graph->operations->len;
  return (const GbpOperation *) (gpointer) graph->operations->data;
}

guint
gbp_graph_count_values (const GbpGraph *graph)
{
  return graph->shapes->len;
}

void
gbp_graph_drop_tensor (GbpGraph *graph, guint operation, guint tensor)
{
  g_clear_pointer (&g_array_index (graph->operations, GbpOperation, operation).tensors[tensor],
      gbp_tensor_unref);
}

/* All but the tensors by one assignment: a convolution's kernel is not even looked at. */
static GbpOperation
copy_operation (const GbpOperation *operation)
{
  GbpOperation copy = {0};

  memcpy (&copy, operation, G_STRUCT_OFFSET (GbpOperation, tensors));
  copy.name = g_strdup (operation->name);
  copy.inputs = g_memdup2 (operation->inputs, operation->n_inputs * sizeof *operation->inputs);
  for (guint i = operation->kind == GBP_KIND_CONVOLUTION ? 1 : 0; i < G_N_ELEMENTS (copy.tensors);
       i++)
    if (operation->tensors[i] != NULL)
      copy.tensors[i] = gbp_tensor_ref (operation->tensors[i]);
  return copy;
}

GbpGraph *
gbp_graph_copy (const GbpGraph *graph)
{
  GbpGraph *copy = gbp_graph_new (gbp_graph_get_shape (graph, 0));

  g_array_set_size (copy->shapes, 0);
  g_array_append_vals (copy->shapes, graph->shapes->data, graph->shapes->len);
  for (guint i = 0; i < graph->operations->len; i++) {
    GbpOperation operation = copy_operation (&g_array_index (graph->operations, GbpOperation, i));

    g_array_append_val (copy->operations, operation);
    if (operation.name != NULL)
      g_hash_table_insert (copy->names, operation.name, GUINT_TO_POINTER (i));
  }
  return copy;
}

void
gbp_graph_set_tensor (GbpGraph *graph, guint operation, guint index, GbpTensor *tensor)
{
  gbp_graph_drop_tensor (graph, operation, index);
  g_array_index (graph->operations, GbpOperation, operation).tensors[index] = tensor;
}

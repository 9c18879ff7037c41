/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/onnx_model.h"

#include <string.h>

#include "network/words.h"

/* Field numbers of onnx.proto, by message. */
#define MODEL_GRAPH    7
#define MODEL_OPSET    8
#define MODEL_METADATA 14

#define OPSET_DOMAIN  1
#define OPSET_VERSION 2

#define ENTRY_KEY   1
#define ENTRY_VALUE 2

#define GRAPH_NODE        1
#define GRAPH_INITIALIZER 5
#define GRAPH_INPUT       11
#define GRAPH_OUTPUT      12

#define NODE_INPUT     1
#define NODE_OUTPUT    2
#define NODE_NAME      3
#define NODE_KIND      4
#define NODE_ATTRIBUTE 5
#define NODE_DOMAIN    7

#define ATTRIBUTE_NAME   1
#define ATTRIBUTE_FLOAT  2
#define ATTRIBUTE_INT    3
#define ATTRIBUTE_TEXT   4
#define ATTRIBUTE_TENSOR 5
#define ATTRIBUTE_GRAPH  6
#define ATTRIBUTE_INTS   8

#define TENSOR_NAME 8

#define VALUE_NAME      1
#define VALUE_TYPE      2
#define TYPE_TENSOR     1
#define TENSOR_SHAPE    2
#define SHAPE_DIMENSION 1
#define DIMENSION_VALUE 1

#define MAX_NODES (4 * GBP_GRAPH_MAX_OPERATIONS)
#define MAX_NAMED (8 * GBP_GRAPH_MAX_OPERATIONS)

static gboolean
refuse_model (GError **error, const char *expected, const char *found)
{
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ, "expected %s, found %s", expected, found);
  return FALSE;
}

static void
free_node (GbpOnnxNode *node)
{
  g_free (node->name);
  g_free (node->kind);
  g_free (node->domain);
  g_strfreev (node->inputs);
  g_strfreev (node->outputs);
  g_free (node);
}

static void
free_named (GbpOnnxNamed *named)
{
  g_free (named->name);
  g_free (named);
}

void
gbp_onnx_model_clear (GbpOnnxModel *model)
{
  g_clear_pointer (&model->nodes, g_ptr_array_unref);
  g_clear_pointer (&model->initializers, g_ptr_array_unref);
  g_clear_pointer (&model->inputs, g_ptr_array_unref);
  g_clear_pointer (&model->outputs, g_ptr_array_unref);
  g_clear_pointer (&model->class_names, g_strfreev);
}

static void
replace_text (char **text, GbpWire bytes)
{
  g_free (*text);
  *text = gbp_wire_dup_text (bytes);
}

/* Takes all that a node has; -1: @texts is full. */
static gboolean
add_name (GPtrArray *texts, GbpWire bytes)
{
  if (texts->len >= GBP_ONNX_MAX_INPUTS)
    return FALSE;
  g_ptr_array_add (texts, gbp_wire_dup_text (bytes));
  return TRUE;
}

static GStrv
end_names (GPtrArray *texts)
{
  g_ptr_array_add (texts, NULL);
  return (GStrv) g_ptr_array_free (texts, FALSE);
}

static gboolean
parse_node (GbpOnnxModel *model, GbpWire message, GError **error)
{
  GbpOnnxNode *node = g_new0 (GbpOnnxNode, 1);
  GPtrArray *inputs = g_ptr_array_new (), *outputs = g_ptr_array_new ();
  gboolean fits = model->nodes->len < MAX_NODES;
  GbpWireField field;

  g_ptr_array_add (model->nodes, node);
  node->message = message;
  while (fits && gbp_wire_next (&message, &field)) {
    if (field.type != GBP_WIRE_BYTES)
      continue;
    if (field.number == NODE_INPUT)
      fits = add_name (inputs, field.bytes);
    else if (field.number == NODE_OUTPUT)
      fits = add_name (outputs, field.bytes);
    else if (field.number == NODE_NAME)
      replace_text (&node->name, field.bytes);
    else if (field.number == NODE_KIND)
      replace_text (&node->kind, field.bytes);
    else if (field.number == NODE_DOMAIN)
      replace_text (&node->domain, field.bytes);
  }
  node->n_inputs = inputs->len;
  node->inputs = end_names (inputs);
  node->outputs = end_names (outputs);
  if (!fits)
    return refuse_model (error, "at most 32768 nodes of 4096 values each", "more");
  if (message.n_left > 0 || node->kind == NULL || node->outputs[0] == NULL)
    return refuse_model (error, "nodes with a kind and an output", "one that is damaged");
  if (node->domain == NULL)
    node->domain = g_strdup ("");
  if (node->name == NULL || *node->name == '\0') {
    g_free (node->name);
    node->name = g_strdup (node->outputs[0]);
  }
  return TRUE;
}

/* @number: of the field with the name */
static gboolean
parse_named (GPtrArray *all, GbpWire message, guint number, GError **error)
{
  GbpOnnxNamed *named;
  GbpWire name;

  if (all->len >= MAX_NAMED)
    return refuse_model (error, "at most 65536 values of a kind", "more");
  if (!gbp_wire_find (message, number, &name))
    return refuse_model (error, "values with names", "one without");
  named = g_new (GbpOnnxNamed, 1);
  *named = (GbpOnnxNamed){gbp_wire_dup_text (name), message};
  g_ptr_array_add (all, named);
  return TRUE;
}

static gboolean
parse_graph (GbpOnnxModel *model, GbpWire message, GError **error)
{
  GbpWireField field;
  gboolean is_good = TRUE;

  while (is_good && gbp_wire_next (&message, &field)) {
    if (field.type != GBP_WIRE_BYTES)
      continue;
    if (field.number == GRAPH_NODE)
      is_good = parse_node (model, field.bytes, error);
    else if (field.number == GRAPH_INITIALIZER)
      is_good = parse_named (model->initializers, field.bytes, TENSOR_NAME, error);
    else if (field.number == GRAPH_INPUT)
      is_good = parse_named (model->inputs, field.bytes, VALUE_NAME, error);
    else if (field.number == GRAPH_OUTPUT)
      is_good = parse_named (model->outputs, field.bytes, VALUE_NAME, error);
  }
  return is_good && (message.n_left == 0 || refuse_model (error, "an ONNX graph", "a damaged one"));
}

static void
parse_opset (GbpOnnxModel *model, GbpWire message)
{
  gboolean is_own = TRUE;
  guint64 version = 0;
  GbpWireField field;

  while (gbp_wire_next (&message, &field)) {
    if (field.number == OPSET_DOMAIN && field.type == GBP_WIRE_BYTES)
      is_own = field.bytes.n_left == 0 || gbp_wire_is_text (field.bytes, "ai.onnx");
    else if (field.number == OPSET_VERSION && field.type == GBP_WIRE_NUMBER)
      version = field.value;
  }
  if (is_own)
    model->opset = version;
}

/* Classes in metadata: a line each under "classes". */
static void
parse_metadata (GbpOnnxModel *model, GbpWire message)
{
  g_autofree char *text = NULL;
  GbpWire key, value;

  if (!gbp_wire_find (message, ENTRY_KEY, &key) || !gbp_wire_find (message, ENTRY_VALUE, &value)
      || !gbp_wire_is_text (key, "classes") || model->class_names != NULL)
    return;
  text = g_strchomp (gbp_wire_dup_text (value));
  model->class_names = g_strsplit (text, "\n", -1);
}

static void
begin_model (GbpOnnxModel *model)
{
  model->nodes = g_ptr_array_new_with_free_func ((GDestroyNotify) free_node);
  model->initializers = g_ptr_array_new_with_free_func ((GDestroyNotify) free_named);
  model->inputs = g_ptr_array_new_with_free_func ((GDestroyNotify) free_named);
  model->outputs = g_ptr_array_new_with_free_func ((GDestroyNotify) free_named);
}

gboolean
gbp_onnx_model_parse_graph (GbpOnnxModel *model, GbpWire message, guint64 opset, GError **error)
{
  begin_model (model);
  model->opset = opset;
  return parse_graph (model, message, error);
}

gboolean
gbp_onnx_model_parse (GbpOnnxModel *model, GbpWire message, GError **error)
{
  GbpWireField field;
  guint n_graphs = 0;

  begin_model (model);
  while (gbp_wire_next (&message, &field)) {
    if (field.type != GBP_WIRE_BYTES)
      continue;
    if (field.number == MODEL_GRAPH && ++n_graphs > 1)
      return refuse_model (error, "one graph in an ONNX file", "several");
    if (field.number == MODEL_GRAPH && !parse_graph (model, field.bytes, error))
      return FALSE;
    if (field.number == MODEL_OPSET)
      parse_opset (model, field.bytes);
    else if (field.number == MODEL_METADATA)
      parse_metadata (model, field.bytes);
  }
  if (message.n_left > 0)
    return refuse_model (error, "an ONNX file", "one that is damaged or truncated");
  return n_graphs == 1 || refuse_model (error, "a graph in an ONNX file", "none");
}

/* @attribute: (out): AttributeProto */
static gboolean
find_attribute (const GbpOnnxNode *node, const char *name, GbpWire *attribute)
{
  GbpWire message = node->message, found;
  GbpWireField field;

  while (gbp_wire_next (&message, &field))
    if (field.number == NODE_ATTRIBUTE && field.type == GBP_WIRE_BYTES
        && gbp_wire_find (field.bytes, ATTRIBUTE_NAME, &found) && gbp_wire_is_text (found, name)) {
      *attribute = field.bytes;
      return TRUE;
    }
  return FALSE;
}

gint64
gbp_onnx_get_int (const GbpOnnxNode *node, const char *name, gint64 otherwise)
{
  GbpWire attribute;
  GbpWireField field;

  if (find_attribute (node, name, &attribute))
    while (gbp_wire_next (&attribute, &field))
      if (field.number == ATTRIBUTE_INT && field.type == GBP_WIRE_NUMBER)
        otherwise = (gint64) field.value;
  return otherwise;
}

double
gbp_onnx_get_float (const GbpOnnxNode *node, const char *name, double otherwise)
{
  GbpWire attribute;
  GbpWireField field;

  if (find_attribute (node, name, &attribute))
    while (gbp_wire_next (&attribute, &field))
      if (field.number == ATTRIBUTE_FLOAT && field.type == GBP_WIRE_32_BITS) {
        guint32 bits = (guint32) field.value;
        float value;

        memcpy (&value, &bits, sizeof value);
        otherwise = value;
      }
  return otherwise;
}

gboolean
gbp_onnx_get_text (const GbpOnnxNode *node, const char *name, GbpWire *text)
{
  GbpWire attribute;

  return find_attribute (node, name, &attribute) && gbp_wire_find (attribute, ATTRIBUTE_TEXT, text);
}

gboolean
gbp_onnx_get_tensor (const GbpOnnxNode *node, const char *name, GbpWire *tensor)
{
  GbpWire attribute;

  return find_attribute (node, name, &attribute)
         && gbp_wire_find (attribute, ATTRIBUTE_TENSOR, tensor);
}

gboolean
gbp_onnx_get_graph (const GbpOnnxNode *node, const char *name, GbpWire *graph)
{
  GbpWire attribute;

  return find_attribute (node, name, &attribute)
         && gbp_wire_find (attribute, ATTRIBUTE_GRAPH, graph);
}

int
gbp_onnx_get_ints (const GbpOnnxNode *node, const char *name, gint64 *numbers, guint n_most)
{
  GbpWire attribute;
  GbpWireField field;
  guint n = 0;

  if (!find_attribute (node, name, &attribute))
    return -1;
  while (gbp_wire_next (&attribute, &field)) {
    guint64 number = field.value;

    if (field.number != ATTRIBUTE_INTS)
      continue;
    while (field.type == GBP_WIRE_NUMBER || gbp_wire_take_number (&field.bytes, &number)) {
      if (n >= n_most)
        return -1;
      numbers[n++] = (gint64) number;
      if (field.type == GBP_WIRE_NUMBER)
        break;
    }
  }
  return (int) n;
}

int
gbp_onnx_get_input_shape (const GbpOnnxNamed *input, guint64 *shape, guint n_most)
{
  GbpWire type, tensor, dimensions;
  GbpWireField field, inner;
  guint n = 0;

  if (!gbp_wire_find (input->message, VALUE_TYPE, &type)
      || !gbp_wire_find (type, TYPE_TENSOR, &tensor)
      || !gbp_wire_find (tensor, TENSOR_SHAPE, &dimensions))
    return -1;
  while (gbp_wire_next (&dimensions, &field)) {
    if (field.number != SHAPE_DIMENSION || field.type != GBP_WIRE_BYTES)
      continue;
    if (n >= n_most)
      return -1;
    shape[n] = 0;
    while (gbp_wire_next (&field.bytes, &inner))
      if (inner.number == DIMENSION_VALUE && inner.type == GBP_WIRE_NUMBER)
        shape[n] = inner.value;
    n++;
  }
  return (int) n;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * From an ONNX file to a graph, node by node in the file's order, in which each comes behind what it takes. */
#include <string.h>

#include "format/onnx_values.h"

#define MIN_OPSET     7
#define MAX_FILE_SIZE ((guint64) G_MAXINT32) /* Protocol Buffers' own limit */

/* The fields that a ModelProto begins with: its version, or what made it. */
#define TAG_VERSION  0x08
#define TAG_PRODUCER 0x12

gboolean
gbp_onnx_is_start (const guint8 *bytes, gsize n_bytes)
{
  return n_bytes >= 4 && bytes[0] == TAG_VERSION && bytes[1] > 0 && bytes[1] < 64
         && (bytes[2] & 7) == GBP_WIRE_BYTES && bytes[2] >> 3 != 0 && bytes[2] < 0x80;
}

static void
free_branch (gpointer data)
{
  gbp_onnx_model_clear (data);
  g_free (data);
}

static void
free_value (gpointer data)
{
  GbpOnnxValue *value = data;

  gbp_onnx_constant_clear (&value->constant);
  g_free (value->probes);
  g_clear_pointer (&value->parts, g_ptr_array_unref);
  g_free (value);
}

/* What the operator has not given a value itself, nobody understands. */
static void
set_outputs (GbpOnnx *onnx, const GbpOnnxNode *node, GbpOnnxValue *first)
{
  for (guint i = 0; node->outputs[i] != NULL; i++)
    if (*node->outputs[i] != '\0'
        && (i == 0 || !g_hash_table_contains (onnx->named, node->outputs[i])))
      g_hash_table_insert (onnx->named, node->outputs[i],
          i == 0 && first != NULL ? first : gbp_onnx_value_new (onnx, GBP_ONNX_MISSING));
}

/* Whether an input depends on what is not understood. A name that is not known is the operator's to tell. */
static gboolean
has_missing_input (GbpOnnx *onnx, const GbpOnnxNode *node)
{
  for (guint i = 0; i < node->n_inputs; i++) {
    const GbpOnnxValue *value = g_hash_table_lookup (onnx->named, node->inputs[i]);

    if (value != NULL && value->state == GBP_ONNX_MISSING)
      return TRUE;
  }
  return FALSE;
}

/* Whether a node that depends on what is not understood takes another value of the graph, or weights. */
static gboolean
takes_more (GbpOnnx *onnx, const GbpOnnxNode *node)
{
  for (guint i = 0; i < node->n_inputs; i++) {
    const GbpOnnxValue *value = g_hash_table_lookup (onnx->named, node->inputs[i]);

    if (value == NULL && *node->inputs[i] != '\0')
      value = gbp_onnx_get_input (onnx, node, i, NULL);
    if (value != NULL
        && (value->state == GBP_ONNX_CONSTANT ? value->constant.rank > 1
                                              : value->state != GBP_ONNX_MISSING))
      return TRUE;
  }
  return FALSE;
}

/* (transfer full) */
static GHashTable *
list_users (const GbpOnnxModel *model)
{
  GHashTable *users =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) g_ptr_array_unref);

  for (guint i = 0; i < model->nodes->len; i++) {
    GbpOnnxNode *node = model->nodes->pdata[i];

    for (guint k = 0; k < node->n_inputs; k++) {
      GPtrArray *list = g_hash_table_lookup (users, node->inputs[k]);

      if (list == NULL)
        g_hash_table_insert (users, node->inputs[k], list = g_ptr_array_new ());
      g_ptr_array_add (list, node);
    }
  }
  return users;
}

static gboolean
has_branches (const GbpOnnxModel *model)
{
  for (guint i = 0; i < model->nodes->len; i++)
    if (strcmp (((const GbpOnnxNode *) model->nodes->pdata[i])->kind, "If") == 0)
      return TRUE;
  return FALSE;
}

const GPtrArray *
gbp_onnx_get_users (const GbpOnnx *onnx, const GbpOnnxNode *node)
{
  return node->outputs[0] != NULL ? g_hash_table_lookup (onnx->users, node->outputs[0]) : NULL;
}

static gboolean
has_sequence_input (GbpOnnx *onnx, const GbpOnnxNode *node)
{
  for (guint i = 0; i < node->n_inputs; i++) {
    const GbpOnnxValue *value = g_hash_table_lookup (onnx->named, node->inputs[i]);

    if (value != NULL && value->state == GBP_ONNX_SEQUENCE)
      return TRUE;
  }
  return FALSE;
}

static GbpOnnxValue *
build_node (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  gboolean is_own = *node->domain == '\0' || strcmp (node->domain, "ai.onnx") == 0;
  GbpOnnxOperator build = is_own ? gbp_onnx_find_operator (node->kind) : NULL;
  g_autofree char *supported = NULL;

  if (build != NULL && has_sequence_input (onnx, node) && strcmp (node->kind, "SequenceAt") != 0) {
    gbp_builder_refuse (error, "a sequence is supported where SequenceAt takes a map from it");
    return NULL;
  }
  if (build != NULL)
    return build (onnx, node, error);
  supported = gbp_onnx_list_operators ();
  gbp_builder_refuse (error, "%s%s%s is not supported; operators are %s", node->domain,
      is_own ? "" : ".", node->kind, supported);
  return NULL;
}

gboolean
gbp_onnx_add_node (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  g_autofree char *what = g_strdup_printf ("node %s (%s)", node->name, node->kind);
  g_autoptr (GError) cause = NULL;
  GbpOnnxValue *value = NULL;

  if (!has_missing_input (onnx, node)) {
    value = build_node (onnx, node, &cause);
    if (value == NULL && !gbp_builder_pass (onnx->builder, &cause, what)) {
      g_propagate_prefixed_error (error, g_steal_pointer (&cause), "%s: ", what);
      return FALSE;
    }
  } else if (onnx->builder->refusal != NULL && takes_more (onnx, node)) {
    onnx->builder->goes_on = TRUE;
  }
  if (value != NULL && value->state == GBP_ONNX_MAP)
    gbp_builder_name (onnx->builder, value->value, node->name, node->name);
  set_outputs (onnx, node, value);
  return TRUE;
}

/* Whether an input can be the picture: it has four axes, of which the second or the last has three channels.
 * @value: (out): its axes */
static gboolean
read_input (
    const GbpOnnxNamed *input, const GbpDescribed *file, GbpShape *shape, GbpOnnxValue *value)
{
  static const GbpOnnxRole first[] = {
      GBP_ONNX_BATCH, GBP_ONNX_CHANNELS, GBP_ONNX_HEIGHT, GBP_ONNX_WIDTH};
  static const GbpOnnxRole last[] = {
      GBP_ONNX_BATCH, GBP_ONNX_HEIGHT, GBP_ONNX_WIDTH, GBP_ONNX_CHANNELS};
  guint64 sizes[4];
  gboolean is_last;

  if (gbp_onnx_get_input_shape (input, sizes, 4) != 4)
    return FALSE;
  is_last = sizes[1] != 3 && sizes[3] == 3;
  memcpy (value->roles, is_last ? last : first, sizeof first);
  value->rank = 4;
  shape->channels = (guint) MIN (is_last ? sizes[3] : sizes[1], G_MAXINT32);
  shape->height = (guint) MIN (is_last ? sizes[1] : sizes[2], G_MAXINT32);
  shape->width = (guint) MIN (is_last ? sizes[2] : sizes[3], G_MAXINT32);
  if (shape->channels == 0)
    shape->channels = 3;
  if (shape->height == 0)
    shape->height = file->height > 0 ? file->height : GBP_DEFAULT_INPUT_SIZE;
  if (shape->width == 0)
    shape->width = file->width > 0 ? file->width : GBP_DEFAULT_INPUT_SIZE;
  return TRUE;
}

/* Starts the graph with the first input that can be the picture; the others are missing. */
static gboolean
place_inputs (GbpOnnx *onnx, const GbpDescribed *file, GError **error)
{
  const GPtrArray *inputs = onnx->model->inputs;
  gboolean is_started = FALSE;

  for (guint i = 0; i < inputs->len; i++) {
    const GbpOnnxNamed *input = inputs->pdata[i];
    GbpOnnxValue *value;
    GbpShape shape;

    if (g_hash_table_contains (onnx->initializers, input->name))
      continue;
    value = gbp_onnx_value_new (onnx, GBP_ONNX_MISSING);
    g_hash_table_insert (onnx->named, input->name, value);
    if (is_started || !read_input (input, file, &shape, value))
      continue;
    if (!gbp_builder_start (onnx->builder, &shape, error))
      return FALSE;
    value->state = GBP_ONNX_MAP;
    gbp_onnx_samples_begin (&value->samples);
    is_started = TRUE;
  }
  if (is_started)
    return TRUE;
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
      "expected an input of [batch, 3, height, width] or [batch, height, width, 3], found none");
  return FALSE;
}

/* The value of the first output; -1: not understood. */
static int
find_output (GbpOnnx *onnx)
{
  const GbpOnnxNamed *output =
      onnx->model->outputs->len > 0 ? onnx->model->outputs->pdata[0] : NULL;
  GbpOnnxValue *value = output != NULL ? g_hash_table_lookup (onnx->named, output->name) : NULL;
  g_autoptr (GError) cause = NULL;

  if (value == NULL || value->state == GBP_ONNX_MISSING || value->state == GBP_ONNX_CONSTANT
      || value->state == GBP_ONNX_SEQUENCE)
    return -1;
  if (!gbp_onnx_settle (onnx, value, &cause)) {
    gbp_builder_pass (onnx->builder, &cause, "the output");
    return -1;
  }
  return value->flattened.height != 0 || value->groups != 0 ? -1 : value->value;
}

static gboolean
build_graph (GbpOnnx *onnx, const GbpDescribed *file, int *output, GError **error)
{
  const GbpOnnxModel *model = onnx->model;

  if (model->opset < MIN_OPSET) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "expected ONNX of opset %d or later, found %" G_GUINT64_FORMAT, MIN_OPSET, model->opset);
    return FALSE;
  }
  for (guint i = 0; i < model->initializers->len; i++) {
    GbpOnnxNamed *named = model->initializers->pdata[i];

    g_hash_table_insert (onnx->initializers, named->name, named);
  }
  if (!place_inputs (onnx, file, error))
    return FALSE;
  for (guint i = 0; i < model->nodes->len; i++)
    if (!gbp_onnx_add_node (onnx, model->nodes->pdata[i], error))
      return FALSE;
  *output = find_output (onnx);
  return TRUE;
}

static gboolean
describe_model (const GbpDescribed *file, const GbpOnnxModel *model, GbpDescription *description,
    GError **error)
{
  g_autoptr (GPtrArray) values = g_ptr_array_new_with_free_func (free_value);
  g_autoptr (GHashTable) named = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) initializers = g_hash_table_new (g_str_hash, g_str_equal);
  g_auto (GbpBuilder) builder = {0};
  g_autoptr (GHashTable) users = list_users (model);
  g_autoptr (GPtrArray) branches = g_ptr_array_new_with_free_func (free_branch);
  GbpOnnx onnx = {&builder, model, file->folder, values, named, initializers, users, branches,
      has_branches (model), 0};
  int output = -1;

  gbp_builder_init (&builder, file->source->size);
  return build_graph (&onnx, file, &output, error)
         && gbp_builder_finish (&builder, output, description, error);
}

/* Class names count where there is one for each class. */
static void
take_class_names (GbpOnnxModel *model, GbpDescription *description)
{
  if (model->class_names == NULL || description->class_value < 0)
    return;
  if (g_strv_length (model->class_names)
      == gbp_graph_get_shape (description->graph, (guint) description->class_value)->channels)
    description->class_names = g_steal_pointer (&model->class_names);
}

gboolean
gbp_onnx_describe (const GbpDescribed *file, GbpDescription *description, GError **error)
{
  g_auto (GbpOnnxModel) model = {0};
  g_autofree guint8 *bytes = NULL;
  guint64 size = file->source->size;

  if (size > MAX_FILE_SIZE) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "expected an ONNX file of at most 2 GiB, found %" G_GUINT64_FORMAT " bytes", size);
    return FALSE;
  }
  bytes = g_try_malloc (MAX (size, 1));
  if (bytes == NULL) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_MEMORY,
        "not enough memory for the file's %" G_GUINT64_FORMAT " bytes", size);
    return FALSE;
  }
  if (!gbp_source_read (file->source, 0, bytes, size, error)
      || !gbp_onnx_model_parse (&model, (GbpWire){bytes, size}, error)
      || !describe_model (file, &model, description, error))
    return FALSE;
  take_class_names (&model, description);
  return TRUE;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The calls of a model's layers, in an order in which they can be computed. */
#include "format/keras_build.h"

#include <string.h>

/* A shared layer's later calls may stand before what they need: each pass over the layers computes what it can. */
#define MAX_PASSES 32
#define MAX_CALLS  (4 * GBP_GRAPH_MAX_OPERATIONS)

/* What is not understood, or depends on it. */
#define MISSING (-1)

/* A model that is being called.
 * @path: of its own name within those of the outer ones, with a slash behind it; empty for the outermost
 * @values: (element-type utf8 int): what each call of a layer gave, by make_key() */
typedef struct {
  GbpKeras *keras;
  const GbpKerasModel *model;
  const char *path;
  const int *inputs;
  guint n_inputs;
  GHashTable *values;
} Evaluation;

static gboolean evaluate_model (Evaluation *evaluation, GArray *outputs, GError **error);

static char *
make_key (const char *layer, guint node, guint tensor)
{
  return g_strdup_printf ("%u:%u:%s", node, tensor, layer);
}

static void
set_value (Evaluation *evaluation, const char *layer, guint node, guint tensor, int value)
{
  g_hash_table_insert (evaluation->values, make_key (layer, node, tensor), GINT_TO_POINTER (value));
}

/* FALSE if it has not been computed. */
static gboolean
get_value (const Evaluation *evaluation, const GbpKerasOperand *operand, int *value)
{
  g_autofree char *key = make_key (operand->layer, operand->node, operand->tensor);
  gpointer found;

  if (!g_hash_table_lookup_extended (evaluation->values, key, NULL, &found))
    return FALSE;
  *value = GPOINTER_TO_INT (found);
  return TRUE;
}

/* Calls a model that is a layer, and keeps all that it gives. */
static gboolean
call_model (
    Evaluation *outer, const GbpKerasLayer *layer, guint node, const GArray *inputs, GError **error)
{
  g_autofree char *path = g_strdup_printf ("%s%s/", outer->path, layer->name);
  g_autoptr (GArray) outputs = g_array_new (FALSE, FALSE, sizeof (int));
  g_autoptr (GHashTable) values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Evaluation inner = {
      outer->keras, layer->model, path, (const int *) (gpointer) inputs->data, inputs->len, values};

  if (!evaluate_model (&inner, outputs, error))
    return FALSE;
  for (guint i = 0; i < outputs->len; i++)
    set_value (outer, layer->name, node, i, g_array_index (outputs, int, i));
  /* older versions count the model's making as its first call */
  for (guint i = 0; i < outputs->len && layer->nodes != NULL && json_array_size (layer->nodes) == 1;
       i++)
    set_value (outer, layer->name, node + 1, i, g_array_index (outputs, int, i));
  return TRUE;
}

/* Names what a layer gave: by its name alone, or with the models that it is in, where others have that name; later
 * calls of a shared layer have a number. */
static void
name_value (const Evaluation *evaluation, const GbpKerasLayer *layer, guint node, int value)
{
  g_autofree char *whole = g_strconcat (evaluation->path, layer->name, NULL);
  g_autofree char *numbered = g_strdup_printf ("%s:%u", whole, node);
  const char *name = layer->is_common ? whole : layer->name;

  gbp_builder_name (evaluation->keras->builder, value, node > 0 ? numbered : name, whole);
}

/* Calls a layer; what is not supported makes its value a missing one. */
static gboolean
call_plain (Evaluation *evaluation, GbpKerasLayer *layer, guint node, const GArray *inputs,
    const GArray *operands, GError **error)
{
  GbpKerasCall call = {
      evaluation->keras, layer, (const int *) (gpointer) inputs->data, inputs->len, operands};
  g_autoptr (GError) cause = NULL;
  int value = gbp_keras_call_layer (&call, &cause);

  if (value >= 0 && inputs->len > 0 && value == g_array_index (inputs, int, 0))
    value = gbp_keras_identity (&call, &cause);
  if (value < 0) {
    g_autofree char *what =
        g_strdup_printf ("layer %s%s (%s)", evaluation->path, layer->name, layer->class_name);

    if (!gbp_builder_pass (evaluation->keras->builder, &cause, what)) {
      if (strstr (cause->message, layer->name) == NULL)
        g_prefix_error (&cause, "%s: ", what);
      g_propagate_error (error, g_steal_pointer (&cause));
      return FALSE;
    }
  }
  if (value >= 0)
    name_value (evaluation, layer, node, value);
  set_value (evaluation, layer->name, node, 0, MAX (value, MISSING));
  return TRUE;
}

static gboolean
call_layer (Evaluation *evaluation, GbpKerasLayer *layer, guint node, const GArray *inputs,
    const GArray *operands, GError **error)
{
  guint n_missing = 0;

  if (++evaluation->keras->n_calls > MAX_CALLS) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "expected at most %d calls of layers, found more", MAX_CALLS);
    return FALSE;
  }
  for (guint i = 0; i < inputs->len; i++)
    n_missing += g_array_index (inputs, int, i) == MISSING;
  if (layer->model != NULL && (inputs->len == 0 || n_missing < inputs->len))
    return call_model (evaluation, layer, node, inputs, error);
  if (n_missing == 0)
    return call_plain (evaluation, layer, node, inputs, operands, error);
  if (evaluation->keras->builder->refusal != NULL
      && (n_missing < inputs->len || layer->arrays->len > 0))
    evaluation->keras->builder->goes_on = TRUE;
  set_value (evaluation, layer->name, node, 0, MISSING);
  return TRUE;
}

/* @inputs: (out): the values among @operands; FALSE if one of them has not been computed */
static gboolean
collect_inputs (const Evaluation *evaluation, const GArray *operands, GArray *inputs)
{
  for (guint i = 0; i < operands->len; i++) {
    const GbpKerasOperand *operand = &g_array_index (operands, GbpKerasOperand, i);
    int value;

    if (operand->layer == NULL)
      continue;
    if (!get_value (evaluation, operand, &value))
      return FALSE;
    g_array_append_val (inputs, value);
  }
  return TRUE;
}

/* Calls a layer for each of its nodes that can be computed and has not been. @n_done: (inout) */
static gboolean
call_nodes (Evaluation *evaluation, GbpKerasLayer *layer, guint *n_done, GError **error)
{
  guint n_nodes = layer->nodes != NULL ? json_array_size (layer->nodes) : 0;

  for (guint node = 0; node < n_nodes; node++) {
    GbpKerasOperand self = {layer->name, node, 0, 0};
    g_autoptr (GArray) operands = NULL, inputs = g_array_new (FALSE, FALSE, sizeof (int));
    int value;

    if (get_value (evaluation, &self, &value))
      continue;
    operands = gbp_keras_parse_operands (json_array_get (layer->nodes, node));
    if (!collect_inputs (evaluation, operands, inputs))
      continue;
    if (!call_layer (evaluation, layer, node, inputs, operands, error))
      return FALSE;
    (*n_done)++;
  }
  return TRUE;
}

static gboolean
evaluate_sequential (Evaluation *evaluation, GArray *outputs, GError **error)
{
  int value = evaluation->n_inputs > 0 ? evaluation->inputs[0] : MISSING;

  for (guint i = 0; i < evaluation->model->layers->len; i++) {
    GbpKerasLayer *layer = evaluation->model->layers->pdata[i];
    g_autoptr (GArray) inputs = g_array_new (FALSE, FALSE, sizeof (int));
    GbpKerasOperand self = {layer->name, 0, 0, 0};

    if (strcmp (layer->class_name, "InputLayer") == 0)
      continue;
    g_array_append_val (inputs, value);
    if (!call_layer (evaluation, layer, 0, inputs, NULL, error))
      return FALSE;
    if (!get_value (evaluation, &self, &value))
      value = MISSING;
  }
  g_array_append_val (outputs, value);
  return TRUE;
}

/* The layers that a model's input or output is, in order. */
static GArray *
get_ends (const GbpKerasModel *model, const char *name)
{
  return gbp_keras_parse_operands (json_object_get (model->config, name));
}

static gboolean
evaluate_functional (Evaluation *evaluation, GArray *outputs, GError **error)
{
  g_autoptr (GArray) starts = get_ends (evaluation->model, "input_layers");
  g_autoptr (GArray) ends = get_ends (evaluation->model, "output_layers");
  guint n_done = 1;

  for (guint i = 0; i < starts->len; i++) {
    const GbpKerasOperand *start = &g_array_index (starts, GbpKerasOperand, i);

    if (start->layer != NULL)
      set_value (evaluation, start->layer, start->node, start->tensor,
          i < evaluation->n_inputs ? evaluation->inputs[i] : MISSING);
  }
  for (guint pass = 0; pass < MAX_PASSES && n_done > 0; pass++) {
    n_done = 0;
    for (guint i = 0; i < evaluation->model->layers->len; i++)
      if (!call_nodes (evaluation, evaluation->model->layers->pdata[i], &n_done, error))
        return FALSE;
  }
  for (guint i = 0; i < ends->len; i++) {
    int value = MISSING;

    if (g_array_index (ends, GbpKerasOperand, i).layer != NULL)
      get_value (evaluation, &g_array_index (ends, GbpKerasOperand, i), &value);
    g_array_append_val (outputs, value);
  }
  return TRUE;
}

static gboolean
evaluate_model (Evaluation *evaluation, GArray *outputs, GError **error)
{
  return evaluation->model->is_sequential ? evaluate_sequential (evaluation, outputs, error)
                                          : evaluate_functional (evaluation, outputs, error);
}

/* The shape in a layer's configuration: [batch, height, width, channels], open where it is null.
 * @is_first: [batch, channels, height, width]
 * Returns: FALSE if it has none of four dimensions */
static gboolean
read_shape (const json_t *config, gboolean is_first, GbpShape *shape)
{
  static const char *const names[] = {"batch_shape", "batch_input_shape", "build_input_shape"};
  guint *sizes[] = {&shape->height, &shape->width, &shape->channels};

  for (guint n = 0; n < G_N_ELEMENTS (names); n++) {
    const json_t *array = gbp_json_get_array (config, names[n]);

    if (array == NULL || json_array_size (array) != 4)
      continue;
    for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
      double size = 0;

      gbp_json_as_number (json_array_get (array, is_first ? (i + 1) % 3 + 1 : i + 1), &size);
      *sizes[i] = size >= 1 && size <= G_MAXINT ? (guint) size : 0;
    }
    return TRUE;
  }
  return FALSE;
}

static const GbpKerasLayer *
find_layer_of_model (const GbpKerasModel *model, const char *name)
{
  for (guint i = 0; i < model->layers->len; i++) {
    const GbpKerasLayer *layer = model->layers->pdata[i];

    if (strcmp (layer->name, name) == 0)
      return layer;
  }
  return NULL;
}

/* The shape of what a Sequential takes: its own, or that of its first layer, of whatever depth. */
static gboolean
find_shape (const GbpKerasModel *model, gboolean is_first, GbpShape *shape)
{
  const GbpKerasLayer *first = model->layers->pdata[0];
  g_autoptr (GArray) starts = NULL;

  if (model->config != NULL && read_shape (model->config, is_first, shape))
    return TRUE;
  if (first->config != NULL && read_shape (first->config, is_first, shape))
    return TRUE;
  if (model->is_sequential)
    return first->model != NULL && find_shape (first->model, is_first, shape);
  starts = get_ends (model, "input_layers");
  for (guint i = 0; i < starts->len; i++) {
    const char *name = g_array_index (starts, GbpKerasOperand, i).layer;
    const GbpKerasLayer *layer = name != NULL ? find_layer_of_model (model, name) : NULL;

    if (layer != NULL && layer->config != NULL && read_shape (layer->config, is_first, shape))
      return TRUE;
  }
  return FALSE;
}

/* The inputs of the outermost model: the picture is the first with four dimensions and three channels.
 * @inputs: (out): values */
static void
place_input (const GbpKerasModel *model, gboolean is_first, GbpShape *shape, GArray *inputs)
{
  g_autoptr (GArray) starts = model->is_sequential ? NULL : get_ends (model, "input_layers");
  int missing = MISSING, picture = 0;
  gboolean is_placed = FALSE;

  for (guint i = 0; starts != NULL && i < starts->len; i++) {
    const char *name = g_array_index (starts, GbpKerasOperand, i).layer;
    const GbpKerasLayer *layer = name != NULL ? find_layer_of_model (model, name) : NULL;
    GbpShape other;
    gboolean is_picture = !is_placed && layer != NULL && layer->config != NULL
                          && read_shape (layer->config, is_first, &other) && other.channels == 3;

    if (is_picture)
      *shape = other;
    is_placed |= is_picture;
    g_array_append_vals (inputs, is_picture ? &picture : &missing, 1);
  }
  if (is_placed)
    return;
  g_array_set_size (inputs, 0);
  g_array_append_val (inputs, picture);
}

/* Counts the layers that say where the channels are: last, and first; comes to itself as deep as models are nested. */
static void
count_formats (const GbpKerasModel *model, guint counts[2])
{
  for (guint i = 0; i < model->layers->len; i++) {
    const GbpKerasLayer *layer = model->layers->pdata[i];

    if (layer->model != NULL)
      count_formats (layer->model, counts);
    else if (gbp_keras_has_channels_first (layer))
      counts[1]++;
    else if (gbp_json_get_string (layer->config, "data_format") != NULL
             && strcmp (layer->class_name, "Flatten") != 0)
      counts[0]++;
  }
}

gboolean
gbp_keras_build (GbpKeras *keras, const GbpKerasModel *model, const GbpDescribed *file, int *output,
    GError **error)
{
  g_autoptr (GArray) inputs = g_array_new (FALSE, FALSE, sizeof (int));
  g_autoptr (GArray) outputs = g_array_new (FALSE, FALSE, sizeof (int));
  g_autoptr (GHashTable) values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Evaluation evaluation = {.keras = keras, .model = model, .path = "", .values = values};
  GbpShape shape = {0};
  guint formats[2] = {0};

  count_formats (model, formats);
  keras->is_channels_first = keras->version > 1 && formats[1] > 0 && formats[0] == 0;
  if (!find_shape (model, keras->is_channels_first, &shape)) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "model_config: expected an input of [batch, height, width, 3], found none");
    return FALSE;
  }
  place_input (model, keras->is_channels_first, &shape, inputs);
  if (file->height == 0 && file->width == 0)
    gbp_keras_find_resizing (model, &shape);
  if (shape.height == 0)
    shape.height = file->height > 0 ? file->height : GBP_DEFAULT_INPUT_SIZE;
  if (shape.width == 0)
    shape.width = file->width > 0 ? file->width : GBP_DEFAULT_INPUT_SIZE;
  if (!gbp_builder_start (keras->builder, &shape, error))
    return FALSE;
  evaluation.inputs = (const int *) (gpointer) inputs->data;
  evaluation.n_inputs = inputs->len;
  if (!evaluate_model (&evaluation, outputs, error))
    return FALSE;
  *output = outputs->len > 0 ? g_array_index (outputs, int, 0) : MISSING;
  return TRUE;
}

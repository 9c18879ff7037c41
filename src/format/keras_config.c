/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/keras_config.h"

#include <string.h>

#include "network/words.h"

#define MAX_NESTED 8

/* @n_layers: of the whole tree
 * @names: (element-type utf8 GbpKerasLayer): the first of each name */
typedef struct {
  guint depth;
  guint n_layers;
  GHashTable *names;
} Parsing;

static GbpKerasModel *parse_model (
    Parsing *parsing, const char *class_name, const json_t *config, GError **error);

static void
free_layer (GbpKerasLayer *layer)
{
  g_clear_pointer (&layer->model, gbp_keras_model_free);
  g_ptr_array_unref (layer->arrays);
  for (guint i = 0; i < G_N_ELEMENTS (layer->made); i++)
    g_clear_pointer (&layer->made[i], gbp_tensor_unref);
  g_free (layer);
}

void
gbp_keras_model_free (GbpKerasModel *model)
{
  g_ptr_array_unref (model->layers);
  g_free (model);
}

static gboolean
refuse_config (GError **error, const char *expected, const char *found)
{
  g_autofree char *shown = gbp_words_clean (found, GBP_WORDS_MAX_NAME);

  g_set_error (
      error, GBP_ERROR, GBP_ERROR_READ, "model_config: expected %s, found %s", expected, shown);
  return FALSE;
}

/* Whether a layer is a model: of Keras' own classes, or of one derived from them. */
static gboolean
is_model (const char *class_name, const json_t *config)
{
  const json_t *object = gbp_json_as_object (config);

  if (gbp_json_as_array (config) != NULL)
    return strcmp (class_name, "Sequential") == 0;
  return object != NULL && gbp_json_get_array (object, "layers") != NULL;
}

static void
note_name (Parsing *parsing, GbpKerasLayer *layer)
{
  GbpKerasLayer *other = g_hash_table_lookup (parsing->names, layer->name);

  if (other != NULL)
    layer->is_common = other->is_common = TRUE;
  else
    g_hash_table_insert (parsing->names, (gpointer) layer->name, layer);
}

static const char *
find_name (const json_t *object, const json_t *config)
{
  const char *name = config != NULL ? gbp_json_get_string (config, "name") : NULL;

  return name != NULL ? name : gbp_json_get_string (object, "name");
}

static gboolean
parse_layer (Parsing *parsing, GbpKerasModel *model, const json_t *node, GError **error)
{
  const json_t *object = gbp_json_as_object (node);
  GbpKerasLayer *layer;
  const json_t *config;

  if (object == NULL || gbp_json_get_string (object, "class_name") == NULL)
    return refuse_config (error, "layers with a class_name", "one without");
  if (++parsing->n_layers > GBP_GRAPH_MAX_OPERATIONS)
    return refuse_config (error, "at most 8192 layers", "more");
  config = json_object_get (object, "config");
  layer = g_new0 (GbpKerasLayer, 1);
  layer->arrays = g_ptr_array_new ();
  g_ptr_array_add (model->layers, layer);
  layer->class_name = gbp_json_get_string (object, "class_name");
  layer->config = gbp_json_as_object (config);
  layer->name = find_name (object, layer->config);
  layer->nodes = gbp_json_get_array (object, "inbound_nodes");
  if (layer->name == NULL)
    layer->name = layer->class_name;
  note_name (parsing, layer);
  if (!is_model (layer->class_name, config))
    return layer->config != NULL || refuse_config (error, "a config for each layer", layer->name);
  layer->model = parse_model (parsing, layer->class_name, config, error);
  return layer->model != NULL;
}

/* Comes to itself, at most MAX_NESTED deep. */
static GbpKerasModel *
parse_model (Parsing *parsing, const char *class_name, const json_t *config, GError **error)
{
  g_autoptr (GbpKerasModel) model = g_new0 (GbpKerasModel, 1);
  const json_t *layers = gbp_json_as_array (config);

  model->layers = g_ptr_array_new_with_free_func ((GDestroyNotify) free_layer);
  model->config = gbp_json_as_object (config);
  if (model->config != NULL)
    layers = gbp_json_get_array (model->config, "layers");
  model->is_sequential =
      strcmp (class_name, "Sequential") == 0
      || (model->config != NULL && json_object_get (model->config, "output_layers") == NULL);
  if (layers == NULL || json_array_size (layers) == 0) {
    refuse_config (error, "a Sequential or functional model with layers", class_name);
    return NULL;
  }
  if (parsing->depth == MAX_NESTED) {
    refuse_config (error, "models at most 8 deep in each other", "one that is deeper");
    return NULL;
  }
  parsing->depth++;
  for (guint i = 0; i < json_array_size (layers); i++)
    if (!parse_layer (parsing, model, json_array_get (layers, i), error))
      return NULL;
  parsing->depth--;
  return g_steal_pointer (&model);
}

GbpKerasModel *
gbp_keras_model_parse (const json_t *root, GError **error)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  const char *class_name = gbp_json_get_string (root, "class_name");
  Parsing parsing = {.names = names};

  if (class_name == NULL) {
    refuse_config (error, "a class_name", "none");
    return NULL;
  }
  return parse_model (&parsing, class_name, json_object_get (root, "config"), error);
}

static void
add_operand (GArray *operands, const char *layer, const json_t *history, double number)
{
  GbpKerasOperand operand = {.layer = layer, .number = number};
  double node = 0, tensor = 0;

  if (history != NULL && json_array_size (history) >= 3) {
    gbp_json_as_number (json_array_get (history, 1), &node);
    gbp_json_as_number (json_array_get (history, 2), &tensor);
  }
  operand.node = (guint) CLAMP (node, 0, G_MAXUINT16);
  operand.tensor = (guint) CLAMP (tensor, 0, G_MAXUINT16);
  g_array_append_val (operands, operand);
}

/* A list that begins with a name is [name, node, tensor]; any number of other things may follow. */
static const char *
get_layer_name (const json_t *array)
{
  return json_array_size (array) >= 3 ? json_string_value (json_array_get (array, 0)) : NULL;
}

static void collect_operands (const json_t *node, GArray *operands);

static void
collect_members (const json_t *object, GArray *operands)
{
  const char *name;
  json_t *member;

  json_object_foreach ((json_t *) object, name, member) collect_operands (member, operands);
}

static void
collect_from_array (const json_t *array, GArray *operands)
{
  const char *layer = get_layer_name (array);
  guint n = json_array_size (array);

  if (layer != NULL)
    add_operand (operands, layer, array, 0);
  for (guint i = layer != NULL ? 3 : 0; i < n; i++)
    collect_operands (json_array_get (array, i), operands);
}

static void
collect_from_object (const json_t *object, GArray *operands)
{
  const char *class_name = gbp_json_get_string (object, "class_name");
  const json_t *config = gbp_json_get_object (object, "config");
  const json_t *history = config != NULL ? gbp_json_get_array (config, "keras_history") : NULL;

  if (class_name == NULL)
    collect_members (object, operands);
  else if (strcmp (class_name, "__tensor__") == 0 && config != NULL)
    collect_operands (json_object_get (config, "value"), operands);
  else if (strcmp (class_name, "__keras_tensor__") == 0 && history != NULL
           && get_layer_name (history) != NULL)
    add_operand (operands, get_layer_name (history), history, 0);
}

/* Comes to itself as deep as the JSON is nested. */
static void
collect_operands (const json_t *node, GArray *operands)
{
  double number;

  if (gbp_json_as_number (node, &number))
    add_operand (operands, NULL, NULL, number);
  else if (gbp_json_as_array (node) != NULL)
    collect_from_array (gbp_json_as_array (node), operands);
  else if (gbp_json_as_object (node) != NULL)
    collect_from_object (gbp_json_as_object (node), operands);
}

GArray *
gbp_keras_parse_operands (const json_t *node)
{
  GArray *operands = g_array_new (FALSE, FALSE, sizeof (GbpKerasOperand));

  collect_operands (node, operands);
  return operands;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/keras_weights.h"

#include <string.h>

#include "format/array_shape.h"
#include "format/hdf5_attribute.h"
#include "format/hdf5_dataset.h"
#include "format/hdf5_walk.h"
#include "network/words.h"

/* The group that whole models have their layers in. */
#define MODEL_WEIGHTS "model_weights"

gboolean
gbp_keras_weights_open (GbpKerasWeights *weights, const GbpSource *source, GError **error)
{
  weights->file = gbp_hdf5_file_open (source, error);
  if (weights->file != NULL)
    weights->arrays = gbp_hdf5_list (weights->file, error);
  return weights->arrays != NULL;
}

void
gbp_keras_weights_clear (GbpKerasWeights *weights)
{
  g_clear_pointer (&weights->arrays, g_ptr_array_unref);
  g_clear_pointer (&weights->file, gbp_hdf5_file_close);
}

/* @texts: (out) (transfer full) (nullable): NULL: the group at @path has none, or is not there */
static gboolean
read_texts_of_group (
    GbpKerasWeights *weights, const char *path, const char *name, GStrv *texts, GError **error)
{
  const GArray *messages = g_hash_table_lookup (weights->file->groups, path);

  *texts = NULL;
  return messages == NULL || gbp_hdf5_attribute_read (weights->file, messages, name, texts, error);
}

char *
gbp_keras_weights_get_text (GbpKerasWeights *weights, const char *name, GError **error)
{
  g_auto (GStrv) texts = NULL;

  if (!read_texts_of_group (weights, "", name, &texts, error) || texts == NULL || texts[0] == NULL)
    return NULL;
  return g_strdup (texts[0]);
}

/* The names of a layer's arrays: in one attribute, or where that would be too long in several with numbers.
 * @names: (element-type utf8) */
static gboolean
read_weight_names (GbpKerasWeights *weights, const char *path, GPtrArray *names, GError **error)
{
  for (guint part = 0;; part++) {
    g_autofree char *numbered = g_strdup_printf ("weight_names%u", part);
    g_auto (GStrv) whole = NULL, texts = NULL;

    if ((part == 0 && !read_texts_of_group (weights, path, "weight_names", &whole, error))
        || !read_texts_of_group (weights, path, numbered, &texts, error))
      return FALSE;
    for (guint i = 0; whole != NULL && whole[i] != NULL; i++)
      g_ptr_array_add (names, g_strdup (whole[i]));
    for (guint i = 0; texts != NULL && texts[i] != NULL; i++)
      g_ptr_array_add (names, g_strdup (texts[i]));
    if (texts == NULL)
      return TRUE;
  }
}

/* Whether a part of a path is a layer's name, with a number behind it as TensorFlow 1 adds one to names that are
 * taken. */
static gboolean
is_layer (const char *part, const char *name)
{
  gsize length = strlen (name);

  if (strncmp (part, name, length) != 0)
    return FALSE;
  part += length;
  return part[0] == '\0'
         || (part[0] == '_' && part[1] != '\0'
             && part[strspn (part + 1, "0123456789") + 1] == '\0');
}

/* The layer of @model, or within its models, that a path leads to; comes to itself as deep as models are nested.
 * @is_exact: names are the whole of a path's part */
static GbpKerasLayer *
find_layer_by_path (const GbpKerasModel *model, char **parts, gboolean is_exact)
{
  for (guint i = 0; i < model->layers->len; i++) {
    GbpKerasLayer *layer = model->layers->pdata[i], *found = NULL;

    for (guint p = 0; parts[p] != NULL && parts[p + 1] != NULL && found == NULL; p++) {
      if (layer->model == NULL
          && (is_exact ? strcmp (parts[p], layer->name) == 0 : is_layer (parts[p], layer->name)))
        found = layer;
    }
    if (found == NULL && layer->model != NULL)
      found = find_layer_by_path (layer->model, parts, is_exact);
    if (found != NULL)
      return found;
  }
  return NULL;
}

/* Gives an array of a nested model to its layer. */
static gboolean
place_array (const GbpKerasLayer *outer, GbpArray *array, const char *name, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (name, "/", -1);
  GbpKerasLayer *layer = find_layer_by_path (outer->model, parts, TRUE);

  if (layer == NULL)
    layer = find_layer_by_path (outer->model, parts, FALSE);
  if (layer != NULL) {
    g_ptr_array_add (layer->arrays, array);
    return TRUE;
  }
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
      "array %s: expected a layer of the nested model %s, found none of that name", array->shown,
      outer->name);
  return FALSE;
}

/* @by_name: (element-type utf8 GbpArray) */
static gboolean
bind_group (
    GbpKerasWeights *weights, GHashTable *by_name, const GbpKerasLayer *layer, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *group = g_strdup_printf ("%s/%s", MODEL_WEIGHTS, layer->name);

  if (!read_weight_names (weights, group, names, error))
    return FALSE;
  for (guint i = 0; i < names->len; i++) {
    g_autofree char *path = g_strdup_printf ("%s/%s", group, (char *) names->pdata[i]);
    GbpArray *array = g_hash_table_lookup (by_name, path);

    if (array == NULL) {
      g_autofree char *shown = gbp_words_clean (path, GBP_WORDS_MAX_NAME);

      g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
          "layer %s: expected array %s, as its weight_names say, found none", layer->name, shown);
      return FALSE;
    }
    if (layer->model == NULL)
      g_ptr_array_add (layer->arrays, array);
    else if (!place_array (layer, array, names->pdata[i], error))
      return FALSE;
  }
  return TRUE;
}

gboolean
gbp_keras_bind_groups (GbpKerasWeights *weights, GbpKerasModel *model, GError **error)
{
  g_autoptr (GHashTable) by_name = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < weights->arrays->len; i++) {
    GbpArray *array = weights->arrays->pdata[i];

    g_hash_table_insert (by_name, array->name, array);
  }
  for (guint i = 0; i < model->layers->len; i++)
    if (!bind_group (weights, by_name, model->layers->pdata[i], error))
      return FALSE;
  return TRUE;
}

static char *
format_array_shape (guint rank, const guint64 *shape)
{
  GString *text = g_string_new (rank == 0 ? "a single number" : NULL);

  for (guint i = 0; i < rank; i++)
    g_string_append_printf (text, "[%" G_GUINT64_FORMAT "]", shape[i]);
  return g_string_free (text, FALSE);
}

static gboolean
check_array (const GbpKerasLayer *layer, const GbpArray *array, const char *what, guint rank,
    const guint64 *shape, GError **error)
{
  g_autofree char *wanted = format_array_shape (rank, shape);
  g_autofree char *found = format_array_shape (array->rank, array->shape);

  if (strcmp (wanted, found) == 0)
    return TRUE;
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
      "array %s: expected shape %s for the %s of layer %s, found %s", array->shown, wanted, what,
      layer->name, found);
  return FALSE;
}

float *
gbp_keras_weights_read (GbpKerasWeights *weights, GbpBuilder *builder, const GbpKerasLayer *layer,
    guint index, const char *what, guint rank, const guint64 *shape, GError **error)
{
  GbpArraySize size = {0};
  GbpArray *array;
  guint64 n_values = 1;
  float *values;

  if (index >= layer->arrays->len) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "layer %s: expected a %s as array %u, found %u arrays", layer->name, what, index + 1,
        layer->arrays->len);
    return NULL;
  }
  array = layer->arrays->pdata[index];
  if (!gbp_hdf5_describe (weights->file, array, error)
      || !check_array (layer, array, what, rank, shape, error))
    return NULL;
  for (guint i = 0; i < rank; i++)
    n_values *= shape[i];
  values = gbp_builder_allocate (builder, n_values, error);
  if (values != NULL && !gbp_hdf5_read (weights->file, array, &size, values, error))
    g_clear_pointer (&values, g_free);
  return values;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Keras files that describe their model. */
#include <string.h>

#include "format/keras.h"
#include "format/keras_build.h"

#define CONFIG_NAME   "config.json"
#define METADATA_NAME "metadata.json"

/* Of a description: the largest of Keras' own, NASNetLarge, has 2 MB and is nested 20 deep; each model in another adds
 * some 10. The parser makes forty times the text. */
#define MAX_CONFIG_SIZE (8 << 20)
#define MAX_DEPTH       120

/* The first number of a version, "3.15.1"; @otherwise where there is none. */
static guint
parse_version (const char *text, guint otherwise)
{
  return text != NULL && g_ascii_isdigit (text[0]) ? (guint) (text[0] - '0') : otherwise;
}

/* Returns: (transfer full) (nullable): NULL: the text describes no model of layers, or @error is set */
static json_t *
parse_config (const char *text, GError **error)
{
  gsize length = strlen (text);
  g_autoptr (json_t) root = NULL;
  const json_t *config;

  if (length > MAX_CONFIG_SIZE) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "model_config: expected at most %d bytes, found %" G_GSIZE_FORMAT, MAX_CONFIG_SIZE, length);
    return NULL;
  }
  root = gbp_json_parse_object (text, length, MAX_DEPTH, error);
  if (root == NULL) {
    g_prefix_error (error, "model_config: ");
    return NULL;
  }
  config = json_object_get (root, "config");
  if (gbp_json_get_string (root, "class_name") == NULL || config == NULL
      || (gbp_json_as_array (config) == NULL
          && (gbp_json_as_object (config) == NULL
              || gbp_json_get_array (config, "layers") == NULL)))
    return NULL;
  return g_steal_pointer (&root);
}

/* Binds the arrays of the file to the layers of @root, and builds the graph. */
static gboolean
describe_model (const GbpDescribed *file, const json_t *root, GbpKeras *keras, gboolean is_numbered,
    GbpDescription *description, GError **error)
{
  g_autoptr (GbpKerasModel) model = gbp_keras_model_parse (root, error);
  g_auto (GbpBuilder) builder = {0};
  gboolean is_built;
  int output = -1;

  if (model == NULL
      || !(is_numbered ? gbp_keras_bind_numbered (keras->weights, model, error)
                       : gbp_keras_bind_groups (keras->weights, model, error)))
    return FALSE;
  gbp_builder_init (&builder, file->source->size);
  keras->builder = &builder;
  description->preprocess = gbp_keras_find_preprocess (model);
  is_built = gbp_keras_build (keras, model, file, &output, error);
  g_clear_pointer (&keras->views, g_hash_table_unref);
  return is_built && gbp_builder_finish (&builder, output, description, error);
}

gboolean
gbp_keras_describe_config (const GbpDescribed *file, const char *text, GbpKeras *keras,
    gboolean is_numbered, GbpDescription *description, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (json_t) root = parse_config (text, &cause);

  if (root != NULL)
    return describe_model (file, root, keras, is_numbered, description, error);
  if (cause == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

gboolean
gbp_keras_describe_hdf5 (const GbpDescribed *file, GbpDescription *description, GError **error)
{
  g_auto (GbpKerasWeights) weights = {0};
  g_autoptr (GError) cause = NULL;
  g_autofree char *text = NULL, *version = NULL;
  GbpKeras keras = {.weights = &weights};

  if (!gbp_keras_weights_open (&weights, file->source, error))
    return FALSE;
  text = gbp_keras_weights_get_text (&weights, "model_config", &cause);
  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  if (text == NULL)
    return TRUE;
  version = gbp_keras_weights_get_text (&weights, "keras_version", NULL);
  keras.version = parse_version (version, 1);
  return gbp_keras_describe_config (file, text, &keras, FALSE, description, error);
}

/* Of the Keras that wrote the zip, as its metadata say. */
static guint
read_version (const GbpSource *source)
{
  g_autofree char *text = gbp_keras_zip_read_text (source, METADATA_NAME, MAX_CONFIG_SIZE, NULL);
  g_autoptr (json_t) root =
      text != NULL ? gbp_json_parse_object (text, strlen (text), MAX_DEPTH, NULL) : NULL;

  return parse_version (root != NULL ? gbp_json_get_string (root, "keras_version") : NULL, 3);
}

gboolean
gbp_keras_describe_zip (const GbpDescribed *file, GbpDescription *description, GError **error)
{
  g_auto (GbpKerasUnpacked) unpacked = {0};
  g_auto (GbpKerasWeights) weights = {0};
  g_autoptr (GError) cause = NULL;
  g_autofree char *text =
      gbp_keras_zip_read_text (file->source, CONFIG_NAME, MAX_CONFIG_SIZE, &cause);
  GbpKeras keras = {.weights = &weights};

  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  if (text == NULL)
    return TRUE;
  keras.version = read_version (file->source);
  return gbp_keras_zip_unpack (file->source, &unpacked, error)
         && gbp_keras_weights_open (&weights, &unpacked.source, error)
         && gbp_keras_describe_config (file, text, &keras, TRUE, description, error);
}

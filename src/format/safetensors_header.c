/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/safetensors_header.h"

#include <string.h>

#include "format/array_shape.h"
#include "format/json.h"
#include "network/words.h"

#define METADATA "__metadata__"

/* A VGG's header has some 10 kB. The parser needs many times a header's size, and recurses. */
#define MAX_HEADER_SIZE (1 << 20)
#define MAX_DEPTH       8

static const struct {
  const char *name;
  GbpElement element;
} elements[] = {
    {"F16", GBP_ELEMENT_F16},
    {"BF16", GBP_ELEMENT_BF16},
    {"F32", GBP_ELEMENT_F32},
    {"F64", GBP_ELEMENT_F64},
};

static gboolean
refuse (GError **error, const char *expected, const char *found)
{
  g_autofree char *shown = gbp_words_clean (found, GBP_WORDS_MAX_NAME);

  g_set_error (error, GBP_ERROR, GBP_ERROR_READ, "safetensors header: expected %s, found %s",
      expected, shown);
  return FALSE;
}

json_t *
gbp_safetensors_read_header (const GbpSource *source, guint64 *data_offset, GError **error)
{
  guint64 length;
  g_autofree char *text = NULL;
  json_t *header;

  if (!gbp_source_read (source, 0, &length, sizeof length, error))
    return NULL;
  length = GUINT64_FROM_LE (length);
  if (length > MAX_HEADER_SIZE || length > source->size - sizeof length) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "safetensors header: expected at most %" G_GUINT64_FORMAT " bytes, found a length of "
        "%" G_GUINT64_FORMAT ": the file is truncated, or no safetensors",
        MIN (MAX_HEADER_SIZE, source->size - sizeof length), length);
    return NULL;
  }
  text = g_malloc (length + 1);
  if (!gbp_source_read (source, sizeof length, text, length, error))
    return NULL;
  text[length] = '\0';
  *data_offset = sizeof length + length;
  header = gbp_json_parse_object (text, length, MAX_DEPTH, error);
  if (header == NULL)
    g_prefix_error (error, "safetensors header: ");
  return header;
}

GPtrArray *
gbp_safetensors_list (const json_t *header)
{
  GPtrArray *arrays = g_ptr_array_new_with_free_func ((GDestroyNotify) gbp_array_free);
  const char *name;
  json_t *value;

  json_object_foreach ((json_t *) header, name, value) if (strcmp (name, METADATA) != 0)
      g_ptr_array_add (arrays, gbp_array_new (name));
  return arrays;
}

/* Reads a list of at most @n_max whole numbers, none negative; their number, or -1. */
static int
get_numbers (const json_t *object, const char *name, guint n_max, guint64 *numbers)
{
  const json_t *list = gbp_json_get_array (object, name);

  if (list == NULL || json_array_size (list) > n_max)
    return -1;
  for (guint i = 0; i < json_array_size (list); i++) {
    const json_t *number = json_array_get (list, i);

    if (!json_is_integer (number) || json_integer_value (number) < 0)
      return -1;
    numbers[i] = (guint64) json_integer_value (number);
  }
  return (int) json_array_size (list);
}

static gboolean
set_element (GbpArray *array, const char *type, GError **error)
{
  g_autofree char *shown = gbp_words_clean (type != NULL ? type : "no dtype", GBP_WORDS_MAX_NAME);

  for (guint i = 0; i < G_N_ELEMENTS (elements); i++)
    if (g_strcmp0 (type, elements[i].name) == 0)
      array->element = elements[i].element;
  if (array->element == GBP_ELEMENT_OTHER)
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "array %s: expected F16, BF16, F32 or F64, found %s", array->shown, shown);
  return array->element != GBP_ELEMENT_OTHER;
}

gboolean
gbp_safetensors_describe (const json_t *header, guint64 n_bytes, GbpArray *array, GError **error)
{
  const json_t *entry = gbp_json_get_object (header, array->name);
  guint64 offsets[2], shape[GBP_ARRAY_MAX_RANK], n_expected;
  int rank;

  if (entry == NULL || get_numbers (entry, "data_offsets", 2, offsets) != 2
      || (rank = get_numbers (entry, "shape", GBP_ARRAY_MAX_RANK, shape)) < 0) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "array %s: expected dtype, shape and data_offsets in the safetensors header, found no such",
        array->shown);
    return FALSE;
  }
  if (offsets[0] > offsets[1] || offsets[1] > n_bytes) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "array %s: expected its bytes among the %" G_GUINT64_FORMAT
        " behind the header, found %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
        ": the file is truncated",
        array->shown, n_bytes, offsets[0], offsets[1]);
    return FALSE;
  }
  if (!set_element (array, gbp_json_get_string (entry, "dtype"), error))
    return FALSE;
  array->offset = offsets[0];
  array->n_bytes = offsets[1] - offsets[0];
  n_expected = gbp_element_get_size (array->element);
  if (!gbp_array_set_shape (array, (guint) rank, shape, n_expected, offsets[1] - offsets[0], error))
    return FALSE;
  for (int i = 0; i < rank; i++)
    n_expected *= shape[i];
  if (n_expected == offsets[1] - offsets[0])
    return TRUE;
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
      "array %s: expected %" G_GUINT64_FORMAT " bytes for its shape, found %" G_GUINT64_FORMAT,
      array->shown, n_expected, offsets[1] - offsets[0]);
  return FALSE;
}

static gboolean
read_preprocess (const char *text, GbpWeights *weights, GError **error)
{
  static const struct {
    const char *name;
    GbpPreprocess preprocess;
  } names[] = {
      {"none", GBP_PREPROCESS_NONE},
      {"unit", GBP_PREPROCESS_UNIT},
      {"tf", GBP_PREPROCESS_TF},
      {"caffe", GBP_PREPROCESS_CAFFE},
      {"torch", GBP_PREPROCESS_TORCH},
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (text, names[i].name) == 0) {
      weights->preprocess = names[i].preprocess;
      return TRUE;
    }
  return refuse (
      error, "\"none\", \"unit\", \"tf\", \"caffe\" or \"torch\" as metadata \"preprocess\"", text);
}

gboolean
gbp_safetensors_read_metadata (const json_t *header, GbpWeights *weights, GError **error)
{
  const json_t *metadata = gbp_json_get_object (header, METADATA);
  const char *preprocess, *trained, *classes;
  g_autofree char *stripped = NULL;

  if (metadata == NULL)
    return TRUE;
  preprocess = gbp_json_get_string (metadata, "preprocess");
  trained = gbp_json_get_string (metadata, "trained");
  classes = gbp_json_get_string (metadata, "classes");
  if (preprocess != NULL && !read_preprocess (preprocess, weights, error))
    return FALSE;
  if (trained != NULL && strcmp (trained, "true") != 0 && strcmp (trained, "false") != 0)
    return refuse (error, "\"true\" or \"false\" as metadata \"trained\"", trained);
  weights->trained_on = g_strdup (gbp_json_get_string (metadata, "trained_on"));
  if (trained != NULL)
    weights->training =
        g_str_equal (trained, "true") ? GBP_TRAINING_TRAINED : GBP_TRAINING_UNTRAINED;
  else if (weights->trained_on != NULL && *weights->trained_on != '\0')
    weights->training = GBP_TRAINING_TRAINED;
  if (classes != NULL) {
    stripped = g_strstrip (g_strdup (classes));
    weights->class_names = g_strsplit (stripped, "\n", -1);
  }
  return TRUE;
}

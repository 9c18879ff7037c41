/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/pieces.h"

#include <string.h>

#include "format/json.h"
#include "format/keras.h"
#include "format/opened.h"
#include "format/safetensors.h"
#include "network/words.h"

#define WEIGHT_MAP "weight_map"
#define MAX_SIZE   (4 << 20)
#define MAX_DEPTH  8
#define MAX_PIECES 1000

#define N_SNIFFED 9

/* The names of pieces, and of the index beside them. */
static const struct {
  const char *pattern;
  const char *suffix;
} names[] = {
    {"^(.+)_[0-9]{5}\\.weights\\.h5$", ".weights.json"},
    {"^(.+)-[0-9]{5}-of-[0-9]{5}\\.safetensors$", ".safetensors.index.json"},
};

/* safetensors have the length of their header in the first eight bytes, of which the last would be 0. */
gboolean
gbp_pieces_is_index (const guint8 *bytes)
{
  guint i = 0;

  while (i < N_SNIFFED && g_ascii_isspace (bytes[i]))
    i++;
  return i < N_SNIFFED && bytes[i] == '{' && bytes[7] != 0;
}

/* @is_there: (out): the index is beside the file at @path
 * Returns: (transfer full) (nullable): the index's name without its folder, if the file's own name is that of a
 *     piece */
static char *
find_index (const char *path, gboolean *is_there)
{
  g_autofree char *name = g_path_get_basename (path), *folder = g_path_get_dirname (path);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (GRegex) regex = g_regex_new (names[i].pattern, G_REGEX_RAW, 0, NULL);
    g_autoptr (GMatchInfo) match = NULL;
    g_autofree char *stem = NULL, *index = NULL, *place = NULL;

    if (!g_regex_match (regex, name, 0, &match))
      continue;
    stem = g_match_info_fetch (match, 1);
    index = g_strconcat (stem, names[i].suffix, NULL);
    place = g_build_filename (folder, index, NULL);
    *is_there = g_file_test (place, G_FILE_TEST_IS_REGULAR);
    return g_steal_pointer (&index);
  }
  return NULL;
}

gboolean
gbp_pieces_check_whole (const char *path, GError **error)
{
  gboolean is_there = FALSE;
  g_autofree char *index = find_index (path, &is_there);

  if (!is_there)
    return TRUE;
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
      "expected whole weights, found one piece of several; load their index, %s, beside it", index);
  return FALSE;
}

static gboolean
is_complete (const GbpWeights *weights)
{
  GbpLayerEntry entries[GBP_WEIGHTS_MAX_LAYERS];
  guint n = gbp_weights_list_layers (weights, entries);

  for (guint i = 0; i < n; i++)
    if (entries[i].kind == GBP_LAYER_CONVOLUTION && weights->layers[i].kernel == NULL)
      return FALSE;
  return TRUE;
}

void
gbp_pieces_note (const char *path, GbpWeights *weights)
{
  gboolean is_there;
  g_autofree char *index = find_index (path, &is_there);

  if (index == NULL || is_complete (weights))
    return;
  g_free (weights->notice);
  weights->notice = g_strdup_printf (
      "by its name it is one piece of several, whose index is not there: %s", index);
}

/* Adds the name of a piece, which is beside the index, once. */
static gboolean
add_name (GPtrArray *list, const char *name, GError **error)
{
  g_autofree char *shown = gbp_words_clean (name != NULL ? name : "no name", GBP_WORDS_MAX_NAME);

  if (name != NULL && g_ptr_array_find_with_equal_func (list, name, g_str_equal, NULL))
    return TRUE;
  if (name == NULL || *name == '\0' || strpbrk (name, "/\\") != NULL || list->len == MAX_PIECES) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "%s: expected the names of up to %d files beside the index, found %s", WEIGHT_MAP,
        MAX_PIECES, shown);
    return FALSE;
  }
  g_ptr_array_add (list, g_strdup (name));
  return TRUE;
}

/* The files that a member of the map names: one, or a list. */
static gboolean
add_names (GPtrArray *list, const json_t *value, GError **error)
{
  const json_t *array = gbp_json_as_array (value);

  if (array == NULL)
    return add_name (list, json_string_value (value), error);
  for (gsize i = 0; i < json_array_size (array); i++)
    if (!add_name (list, json_string_value (json_array_get (array, i)), error))
      return FALSE;
  return TRUE;
}

/* (transfer full) (element-type utf8): NULL with @error set */
static GPtrArray *
parse_index (const char *text, GError **error)
{
  g_autoptr (json_t) root = gbp_json_parse_object (text, strlen (text), MAX_DEPTH, error);
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (g_free);
  const json_t *map;
  const char *name;
  json_t *value;

  if (root == NULL)
    return NULL;
  map = gbp_json_get_object (root, WEIGHT_MAP);
  if (map == NULL || json_object_size (map) == 0) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "expected an index of weights, with a %s, found JSON without", WEIGHT_MAP);
    return NULL;
  }
  json_object_foreach ((json_t *) map, name, value)
  {
    if (!add_names (list, value, error))
      return NULL;
  }
  return g_steal_pointer (&list);
}

/* @opened: [n]: all are to be cleared, on failure too
 * @sources: [n]: (out)
 * @n_bytes: (out): of all */
static gboolean
open_pieces (GPtrArray *list, const char *folder, GbpOpened *opened, GbpSource *sources,
    guint64 *n_bytes, GError **error)
{
  *n_bytes = 0;
  for (guint i = 0; i < list->len; i++) {
    g_autofree char *path = g_build_filename (folder, list->pdata[i], NULL);

    if (gbp_opened_open (&opened[i], path, error) != 0) {
      g_prefix_error (error, "piece %s: ", (char *) list->pdata[i]);
      return FALSE;
    }
    sources[i] = opened[i].source;
    *n_bytes += sources[i].size;
  }
  return TRUE;
}

static gboolean
read_pieces (const GbpSource *sources, guint n, GbpWeights *weights, GError **error)
{
  guint8 bytes[N_SNIFFED];

  if (!gbp_source_read (&sources[0], 0, bytes, sizeof bytes, error))
    return FALSE;
  return bytes[8] == '{' ? gbp_safetensors_read_pieces (sources, n, weights, error)
                         : gbp_keras_hdf5_read_pieces (sources, n, weights, error);
}

static gboolean
check_unchanged (const GbpOpened *opened, guint n, GError **error)
{
  for (guint i = 0; i < n; i++)
    if (!gbp_opened_check_unchanged (&opened[i], error))
      return FALSE;
  return TRUE;
}

gboolean
gbp_pieces_read (const GbpSource *index, const char *folder, GbpWeights *weights, GError **error)
{
  const GbpOpened file = {.source = *index};
  g_autofree char *text = gbp_opened_read_text (&file, MAX_SIZE, error);
  g_autoptr (GPtrArray) list = text != NULL ? parse_index (text, error) : NULL;
  g_autofree GbpOpened *opened = NULL;
  g_autofree GbpSource *sources = NULL;
  gboolean is_read;

  if (list == NULL)
    return FALSE;
  opened = g_new0 (GbpOpened, list->len);
  sources = g_new0 (GbpSource, list->len);
  for (guint i = 0; i < list->len; i++)
    opened[i] = (GbpOpened) GBP_OPENED_NONE;
  is_read = open_pieces (list, folder, opened, sources, &weights->file_size, error)
            && read_pieces (sources, list->len, weights, error)
            && check_unchanged (opened, list->len, error);
  for (guint i = 0; i < list->len; i++)
    gbp_opened_clear (&opened[i]);
  return is_read;
}

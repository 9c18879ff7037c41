/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/class_names.h"

#include <string.h>

#define SUFFIX   ".classes.txt"
#define MAX_SIZE (4 << 20)

/* The longer ones first. */
static const char *const suffixes[] = {".safetensors.index.json", ".weights.json", ".weights.h5",
    ".safetensors", ".keras", ".onnx", ".hdf5", ".h5"};

char *
gbp_class_names_find_path (const char *weights)
{
  gsize length = strlen (weights);
  g_autofree char *stem = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    if (g_str_has_suffix (weights, suffixes[i])) {
      length -= strlen (suffixes[i]);
      break;
    }
  stem = g_strndup (weights, length);
  return g_strconcat (stem, SUFFIX, NULL);
}

char **
gbp_class_names_read (const GbpOpened *opened, GError **error)
{
  g_autofree char *text = gbp_opened_read_text (opened, MAX_SIZE, error);
  const char *start = text;

  if (text == NULL)
    return NULL;
  if (g_str_has_prefix (text, "\xef\xbb\xbf")) /* the mark that Windows puts before UTF-8 */
    start += 3;
  g_strchomp (text);
  if (*start != '\0') {
    char **names = g_strsplit (start, "\n", -1);

    for (guint i = 0; names[i] != NULL; i++)
      g_strstrip (names[i]);
    return names;
  }
  g_set_error (
      error, GBP_ERROR, GBP_ERROR_READ, "expected names of classes, one a line, found none");
  return NULL;
}

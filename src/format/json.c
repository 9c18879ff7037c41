/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/json.h"

#include <gbp/error.h>

#include "network/words.h"

/* @cause: what is wrong with a text, in words that may repeat some of it */
static json_t *
refuse (GError **error, const char *cause)
{
  g_autofree char *shown = gbp_words_clean (cause, GBP_WORDS_MAX_NAME);

  g_set_error (error, GBP_ERROR, GBP_ERROR_READ, "expected a JSON object: %s", shown);
  return NULL;
}

/* How deep the brackets outside strings are nested. Of what is not JSON the number means nothing. */
static guint
measure_depth (const char *text, gsize length)
{
  gboolean is_string = FALSE;
  guint depth = 0, deepest = 0;

  for (gsize i = 0; i < length; i++) {
    if (text[i] == '"')
      is_string = !is_string;
    else if (is_string && text[i] == '\\')
      i++;
    else if (!is_string && (text[i] == '{' || text[i] == '['))
      depth++;
    else if (!is_string && depth > 0 && (text[i] == '}' || text[i] == ']'))
      depth--;
    deepest = MAX (deepest, depth);
  }
  return deepest;
}

json_t *
gbp_json_parse_object (const char *text, gsize length, guint max_depth, GError **error)
{
  json_error_t cause;
  g_autoptr (json_t) root = NULL;

  if (measure_depth (text, length) > max_depth)
    return refuse (error, "it is nested too deep");
  root = json_loadb (text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &cause);
  if (root == NULL)
    return refuse (error, cause.text);
  if (!json_is_object (root))
    return refuse (error, "it is another value");
  return g_steal_pointer (&root);
}

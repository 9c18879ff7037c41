/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/json.h"

#include <gbp/error.h>
#include <string.h>

#include "network/words.h"

/* The length of a surrogate's escape, "\uD83D", and the halves that one has in its top bits. */
#define ESCAPE_LENGTH  6
#define HIGH_SURROGATE 0xd800
#define LOW_SURROGATE  0xdc00
#define SURROGATE_MASK 0xfc00

static void
refuse (GError **error, const char *expected, const char *found)
{
  g_autofree char *shown = gbp_words_clean (found, GBP_WORDS_MAX_NAME);

  g_set_error (error, GBP_ERROR, GBP_ERROR_READ, "expected %s, found %s", expected, shown);
}

/* The UTF-16 unit that the escape at @text, before @end, stands for, or -1. */
static int
read_unit (const char *text, const char *end)
{
  int unit = 0;

  if (end - text < ESCAPE_LENGTH || text[0] != '\\' || text[1] != 'u')
    return -1;
  for (guint i = 2; i < ESCAPE_LENGTH; i++) {
    if (!g_ascii_isxdigit (text[i]))
      return -1;
    unit = unit * 16 + g_ascii_xdigit_value (text[i]);
  }
  return unit;
}

/* The length of the escape at @text, of a pair of surrogates where it begins one; 0 if it is none. */
static gsize
measure_escape (const char *text, const char *end)
{
  int unit = read_unit (text, end);

  if (end - text >= 2 && text[1] != '\0' && strchr ("\"\\/bfnrt", text[1]) != NULL)
    return 2;
  if (unit < 0 || (unit & SURROGATE_MASK) == LOW_SURROGATE)
    return 0;
  if ((unit & SURROGATE_MASK) != HIGH_SURROGATE)
    return ESCAPE_LENGTH;
  unit = read_unit (text + ESCAPE_LENGTH, end);
  return unit >= 0 && (unit & SURROGATE_MASK) == LOW_SURROGATE ? 2 * ESCAPE_LENGTH : 0;
}

/* The end of the string whose opening quote is at @text, or NULL where it has none or a wrong escape. */
static const char *
skip_string (const char *text, const char *end)
{
  for (text++; text < end && *text != '"';) {
    gsize length = *text == '\\' ? measure_escape (text, end) : 1;

    if (length == 0)
      return NULL;
    text += length;
  }
  return text < end ? text + 1 : NULL;
}

/* What the parser must not be given, in words, or NULL: it leaks what it has read of a string with half a pair of
 * surrogates, takes escapes without digits, and recurses. */
static const char *
find_fault (const char *text, gsize length, guint max_depth)
{
  const char *end = text + length;
  guint depth = 0;

  while (text != NULL && text < end) {
    if (*text == '{' || *text == '[')
      depth++;
    else if (depth > 0 && (*text == '}' || *text == ']'))
      depth--;
    if (depth > max_depth)
      return "deep nesting";
    text = *text == '"' ? skip_string (text, end) : text + 1;
  }
  return text == NULL ? "a string with a wrong escape, or without an end" : NULL;
}

/* Names that have been met, each behind the address of the object that has it.
 * @twice: (owned) (nullable): the first that an object has twice */
typedef struct {
  GHashTable *met;
  char *twice;
} Names;

/* The parser, which keeps the last of two values with one name, tells of both. */
static void
note_member (JsonParser *parser, JsonObject *object, const char *name, Names *names)
{
  char *place = g_strdup_printf ("%p %s", (gpointer) object, name);

  if (names->twice == NULL && !g_hash_table_add (names->met, place))
    names->twice = g_strdup (name);
  else if (names->twice != NULL)
    g_free (place);
}

static void
refuse_repeated (GError **error, const char *name)
{
  g_autofree char *found = g_strconcat (name, " twice", NULL);

  refuse (error, "each name once in an object", found);
}

static gboolean
load_text (JsonParser *parser, const char *text, gsize length, GError **error)
{
  g_autoptr (GHashTable) met = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Names names = {.met = met};
  g_autoptr (GError) cause = NULL;
  gboolean is_loaded;

  g_signal_connect (parser, "object-member", G_CALLBACK (note_member), &names);
  is_loaded = json_parser_load_from_data (parser, text, (gssize) length, &cause);
  if (!is_loaded)
    refuse (error, "JSON", cause->message);
  else if (names.twice != NULL)
    refuse_repeated (error, names.twice);
  is_loaded = is_loaded && names.twice == NULL;
  g_free (names.twice);
  return is_loaded;
}

JsonNode *
gbp_json_parse_object (const char *text, gsize length, guint max_depth, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  const char *fault;
  JsonNode *root;

  if (!g_utf8_validate (text, (gssize) length, NULL)) {
    refuse (error, "JSON in UTF-8", "other bytes");
    return NULL;
  }
  fault = find_fault (text, length, max_depth);
  if (fault != NULL) {
    refuse (error, "JSON", fault);
    return NULL;
  }
  if (!load_text (parser, text, length, error))
    return NULL;
  root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root)) {
    refuse (error, "a JSON object", "something else");
    return NULL;
  }
  return json_node_ref (root);
}

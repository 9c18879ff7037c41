/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network/words.h"

#define REPLACEMENT 0xfffd
#define ELLIPSIS    0x2026

static gboolean
can_be_shown (gunichar character)
{
  switch (g_unichar_type (character)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_UNASSIGNED:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
      return FALSE;
    default:
      return TRUE;
  }
}

/* The character at @at, which moves behind it. */
static gunichar
take_character (const char **at)
{
  gunichar character = g_utf8_get_char_validated (*at, -1);

  if (character == (gunichar) -1 || character == (gunichar) -2) {
    (*at)++;
    return REPLACEMENT;
  }
  *at = g_utf8_next_char (*at);
  return can_be_shown (character) ? character : REPLACEMENT;
}

static guint
count_characters (const char *text)
{
  guint n = 0;

  while (*text != '\0') {
    take_character (&text);
    n++;
  }
  return n;
}

char *
gbp_words_clean (const char *text, guint n_most)
{
  guint n_characters = count_characters (text);
  guint n_left_out = n_characters > n_most ? n_characters - n_most + 1 : 0;
  guint n_start = n_left_out > 0 ? n_most / 2 : n_characters;
  GString *words = g_string_new (NULL);

  for (guint i = 0; i < n_characters; i++) {
    gunichar character = take_character (&text);

    if (i < n_start || i >= n_start + n_left_out)
      g_string_append_unichar (words, character);
    else if (i == n_start)
      g_string_append_unichar (words, ELLIPSIS);
  }
  return g_string_free (words, FALSE);
}

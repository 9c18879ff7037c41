/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Classes by their numbers and names, as people write them. */
#include <string.h>

#include "network/network.h"
#include "network/words.h"

/* Names that a refusal offers at most. */
#define MOST_OFFERED 5

int
gbp_network_find_class_layer (const GbpNetwork *network, GError **error)
{
  const char *name = gbp_network_get_class_layer (network);
  guint n_layers;
  const GbpLayer *layers = gbp_network_get_layers (network, &n_layers),
                 *last = &layers[n_layers - 1];

  if (name != NULL)
    return (int) n_layers - 1;
  if (gbp_network_goes_on (network)) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_CLASS, "the network's classes are not there: %s",
        gbp_network_get_notice (network));
    return -1;
  }
  if (last->height == 1 && last->width == 1)
    g_set_error (error, GBP_ERROR, GBP_ERROR_CLASS,
        "the network has no classes: its last layer, %s, looks like %u features; if they are scores of classes, a file "
        "of as many class names says so",
        last->name, last->channels);
  else
    g_set_error (error, GBP_ERROR, GBP_ERROR_CLASS,
        "the network has no classes: its last layer, %s, is a map of %u x %u pixels and %u channels, not the scores "
        "of classes",
        last->name, last->height, last->width, last->channels);
  return -1;
}

static guint
count_classes (const GbpNetwork *network, GError **error)
{
  guint n_layers;
  int index = gbp_network_find_class_layer (network, error);

  return index < 0 ? 0 : gbp_network_get_layers (network, &n_layers)[index].channels;
}

gboolean
gbp_network_check_class (const GbpNetwork *network, int class_index, GError **error)
{
  guint n_classes = count_classes (network, error);

  if (n_classes == 0)
    return FALSE;
  if (class_index == GBP_CLASS_TOP || (class_index >= 0 && class_index < (int) n_classes))
    return TRUE;
  g_set_error (error, GBP_ERROR, GBP_ERROR_CLASS,
      "no class %d; valid are 0 to %u, and %d for the one with the largest score", class_index,
      n_classes - 1, GBP_CLASS_TOP);
  return FALSE;
}

static gboolean
equals_exactly (const char *name, const char *text)
{
  return strcmp (name, text) == 0;
}

static char *
fold_case (const char *text)
{
  g_autofree char *clean = g_utf8_make_valid (text, -1);

  return g_utf8_casefold (clean, -1);
}

/* @folded: without case */
static gboolean
equals_folded (const char *name, const char *folded)
{
  g_autofree char *own = fold_case (name);

  return strcmp (own, folded) == 0;
}

static gboolean
contains_folded (const char *name, const char *folded)
{
  g_autofree char *own = fold_case (name);

  return strstr (own, folded) != NULL;
}

/* The classes whose names @matches @text, as a list of numbers and names for people.
 * @found: (out): the first; GBP_CLASS_NONE: there is none
 * Returns: how many there are */
static guint
collect_names (const char *const *names, gboolean (*matches) (const char *name, const char *text),
    const char *text, int *found, GString *list)
{
  guint n = 0;

  *found = GBP_CLASS_NONE;
  g_string_truncate (list, 0);
  for (guint i = 0; names != NULL && names[i] != NULL; i++) {
    if (!matches (names[i], text))
      continue;
    if (n == 0)
      *found = (int) i;
    if (n < MOST_OFFERED)
      g_string_append_printf (list, "%s%u (%s)", n > 0 ? ", " : "", i, names[i]);
    else if (n == MOST_OFFERED)
      g_string_append (list, ", …");
    n++;
  }
  return n;
}

/* Characters, but for case, with which both begin. */
static gsize
count_common (const char *name, const char *folded)
{
  g_autofree char *own = fold_case (name);
  gsize n = 0;

  while (own[n] != '\0' && own[n] == folded[n])
    n++;
  return n;
}

/* Names that contain @folded, or else the first one that begins most like it. */
static void
offer_names (const char *const *names, const char *folded, GString *list)
{
  gsize most = 0;
  guint nearest = 0;
  int first;

  if (*folded != '\0' && collect_names (names, contains_folded, folded, &first, list) > 0)
    return;
  for (guint i = 0; names[i] != NULL; i++)
    if (count_common (names[i], folded) > most) {
      most = count_common (names[i], folded);
      nearest = i;
    }
  if (most > 0)
    g_string_printf (list, "%u (%s)", nearest, names[nearest]);
}

static int
refuse_name (const GbpNetwork *network, const char *text, const char *folded, GError **error)
{
  const char *const *names = gbp_network_get_class_names (network);
  g_autofree char *shown = gbp_words_clean (text, GBP_WORDS_MAX_NAME);
  g_autoptr (GString) near = g_string_new (NULL);

  if (names != NULL)
    offer_names (names, folded, near);
  g_set_error (error, GBP_ERROR, GBP_ERROR_CLASS,
      "no class \"%s\"; valid are 0 to %u, %s and top%s%s", shown,
      count_classes (network, NULL) - 1,
      names != NULL ? "the classes' names" : "of which the file gives no names,",
      near->len > 0 ? "; near it is " : "", near->str);
  return GBP_CLASS_NONE;
}

static int
find_name (const GbpNetwork *network, const char *text, GError **error)
{
  const char *const *names = gbp_network_get_class_names (network);
  g_autoptr (GString) list = g_string_new (NULL);
  g_autofree char *folded = fold_case (text), *shown = NULL;
  int found;
  guint n = collect_names (names, equals_exactly, text, &found, list);

  if (n == 0)
    n = collect_names (names, equals_folded, folded, &found, list);
  if (n == 1)
    return found;
  if (n == 0)
    return refuse_name (network, text, folded, error);
  shown = gbp_words_clean (text, GBP_WORDS_MAX_NAME);
  g_set_error (error, GBP_ERROR, GBP_ERROR_CLASS,
      "%u classes are called \"%s\": %s; give one's number", n, shown, list->str);
  return GBP_CLASS_NONE;
}

int
gbp_network_find_class (const GbpNetwork *network, const char *text, GError **error)
{
  guint n_classes;
  gint64 number;

  g_return_val_if_fail (network != NULL && text != NULL, GBP_CLASS_NONE);
  n_classes = count_classes (network, error);
  if (n_classes == 0)
    return GBP_CLASS_NONE;
  if (strcmp (text, "top") == 0)
    return GBP_CLASS_TOP;
  if (g_ascii_string_to_signed (text, 10, 0, (gint64) n_classes - 1, &number, NULL))
    return (int) number;
  return find_name (network, text, error);
}

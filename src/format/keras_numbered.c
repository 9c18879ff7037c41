/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "format/keras_names.h"
#include "network/words.h"

#define MAX_DIGITS        9
#define N_CONVOLUTIONS_16 13
#define N_CONVOLUTIONS_19 16
#define N_DENSE           3

/* A layer that Keras numbered: "layers/conv2d_3/vars/0" is number 3 of the convolutions in "layers/".
 * @parent: (owned) */
typedef struct {
  GbpArray *array;
  char *parent;
  GbpLayerKind kind;
  guint64 number;
} Numbered;

static void
numbered_clear (gpointer numbered)
{
  g_free (((Numbered *) numbered)->parent);
}

gboolean
gbp_keras_parse_number (const char *part, const char *stem, guint64 *number)
{
  const char *rest = part + strlen (stem);

  *number = 0;
  if (!g_str_has_prefix (part, stem))
    return FALSE;
  if (*rest == '\0')
    return TRUE;
  return *rest == '_' && strlen (rest + 1) <= MAX_DIGITS
         && g_ascii_string_to_unsigned (rest + 1, 10, 0, G_MAXUINT32, number, NULL);
}

static gboolean
parse_path (GbpArray *array, Numbered *numbered)
{
  g_auto (GStrv) parts = g_strsplit (array->name, "/", -1);
  gsize offset = 0;

  numbered->array = array;
  for (guint i = 0; parts[i] != NULL; offset += strlen (parts[i]) + 1, i++) {
    if (gbp_keras_parse_number (parts[i], "conv2d", &numbered->number))
      numbered->kind = GBP_LAYER_CONVOLUTION;
    else if (gbp_keras_parse_number (parts[i], "dense", &numbered->number))
      numbered->kind = GBP_LAYER_DENSE;
    else
      continue;
    numbered->parent = g_strndup (array->name, offset);
    return TRUE;
  }
  return FALSE;
}

static GArray *
list_numbered (GPtrArray *arrays)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (Numbered));
  Numbered numbered;

  g_array_set_clear_func (list, numbered_clear);
  for (guint i = 0; i < arrays->len; i++)
    if (parse_path (arrays->pdata[i], &numbered))
      g_array_append_val (list, numbered);
  return list;
}

static int
compare_numbers (gconstpointer a, gconstpointer b)
{
  guint64 first = *(const guint64 *) a, second = *(const guint64 *) b;

  return (first > second) - (first < second);
}

/* The numbers of the layers of one kind in @parent, in order, each once. */
static GArray *
list_numbers (GArray *list, const char *parent, GbpLayerKind kind)
{
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (guint64));
  guint n = 0;

  for (guint i = 0; i < list->len; i++) {
    const Numbered *numbered = &g_array_index (list, Numbered, i);

    if (numbered->kind == kind && strcmp (numbered->parent, parent) == 0)
      g_array_append_val (numbers, numbered->number);
  }
  g_array_sort (numbers, compare_numbers);
  for (guint i = 0; i < numbers->len; i++) {
    guint64 number = g_array_index (numbers, guint64, i);

    if (n == 0 || number != g_array_index (numbers, guint64, n - 1))
      g_array_index (numbers, guint64, n++) = number;
  }
  g_array_set_size (numbers, n);
  return numbers;
}

/* By group, then kind, then number. */
static int
compare_numbered (gconstpointer a, gconstpointer b)
{
  const Numbered *first = a, *second = b;
  int order = strcmp (first->parent, second->parent);

  if (order == 0)
    order = (first->kind > second->kind) - (first->kind < second->kind);
  return order != 0 ? order : compare_numbers (&first->number, &second->number);
}

/* Counts the convolutions of the group that begins at @first in the sorted @list, those of one number
 * once. Returns where the next group begins. */
static guint
count_group (GArray *list, guint first, guint *n_convolutions)
{
  const Numbered *last = NULL, *start = &g_array_index (list, Numbered, first);
  guint i;

  for (i = first; i < list->len; i++) {
    const Numbered *numbered = &g_array_index (list, Numbered, i);

    if (strcmp (numbered->parent, start->parent) != 0)
      break;
    if (numbered->kind != GBP_LAYER_CONVOLUTION)
      continue;
    *n_convolutions += last == NULL || last->number != numbered->number;
    last = numbered;
  }
  return i;
}

static const char *
refuse_groups (guint n_most, const char *parent, const char *other, GError **error)
{
  g_autofree char *shown = gbp_words_clean (parent, GBP_WORDS_MAX_NAME);
  g_autofree char *shown_other = gbp_words_clean (other != NULL ? other : "", GBP_WORDS_MAX_NAME);

  g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
      "expected %d (VGG16) or %d (VGG19) numbered convolutions in one group, found %u in "
      "\"%s\"%s%s",
      N_CONVOLUTIONS_16, N_CONVOLUTIONS_19, n_most, shown, other != NULL ? " beside those in " : "",
      shown_other);
  return NULL;
}

/* The group with the most convolutions. A model may have others beside VGG; then VGG has to be the
 * whole of it. NULL with @error set if there is no such group. */
static const char *
find_parent (GArray *list, GError **error)
{
  const char *parent = NULL, *other = NULL;
  guint n_most = 0;

  g_array_sort (list, compare_numbered);
  for (guint i = 0; i < list->len;) {
    const char *group = g_array_index (list, Numbered, i).parent;
    guint n = 0;

    i = count_group (list, i, &n);
    if (n == 0)
      continue;
    if (n > n_most) {
      other = parent;
      parent = group;
      n_most = n;
    } else {
      other = group;
    }
  }
  if (parent == NULL)
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "expected arrays of VGG's layers, such as block1_conv1/kernel or conv2d/vars/0, found "
        "none");
  else if (n_most > N_CONVOLUTIONS_19
           || (other != NULL && n_most != N_CONVOLUTIONS_16 && n_most != N_CONVOLUTIONS_19))
    return refuse_groups (n_most, parent, other, error);
  return parent;
}

/* The index of an architecture's layer that is the @ordinal-th of its kind, or -1. */
static int
find_by_ordinal (GbpArchitecture architecture, GbpLayerKind kind, guint ordinal)
{
  guint n_layers;
  const GbpLayerEntry *entries = gbp_architecture_get_layers (architecture, &n_layers);

  for (guint i = 0; i < n_layers; i++)
    if (entries[i].kind == kind && ordinal-- == 0)
      return (int) i;
  return -1;
}

static void
set_layers (GArray *list, const char *parent, GbpLayerKind kind, GArray *numbers)
{
  guint ordinal;

  for (guint i = 0; i < list->len; i++) {
    const Numbered *numbered = &g_array_index (list, Numbered, i);

    if (numbered->kind != kind || strcmp (numbered->parent, parent) != 0)
      continue;
    g_array_binary_search (numbers, &numbered->number, compare_numbers, &ordinal);
    for (int a = 0; a < GBP_N_ARCHITECTURES; a++)
      numbered->array->layer[a] = find_by_ordinal ((GbpArchitecture) a, kind, ordinal);
  }
}

gboolean
gbp_keras_classify_numbered (GPtrArray *arrays, GError **error)
{
  g_autoptr (GArray) list = list_numbered (arrays);
  const char *parent = find_parent (list, error);
  g_autoptr (GArray) convolutions = NULL, dense = NULL;

  if (parent == NULL)
    return FALSE;
  convolutions = list_numbers (list, parent, GBP_LAYER_CONVOLUTION);
  set_layers (list, parent, GBP_LAYER_CONVOLUTION, convolutions);
  dense = list_numbers (list, parent, GBP_LAYER_DENSE);
  if (dense->len == N_DENSE)
    set_layers (list, parent, GBP_LAYER_DENSE, dense);
  return TRUE;
}

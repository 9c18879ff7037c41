/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "format/keras_names.h"
#include "network/words.h"

#define MAX_DIGITS 9

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

/* By group, then number. */
static int
compare_modules (gconstpointer a, gconstpointer b)
{
  const GbpModule *first = *(const GbpModule *const *) a, *second = *(const GbpModule *const *) b;
  int order = strcmp (first->group, second->group);

  return order != 0 ? order : (first->number > second->number) - (first->number < second->number);
}

/* (transfer container): the modules of one kind that have a number and are not claimed, sorted */
static GPtrArray *
list_numbered (GPtrArray *modules, GbpModuleKind kind)
{
  GPtrArray *list = g_ptr_array_new ();

  for (guint i = 0; i < modules->len; i++) {
    GbpModule *module = modules->pdata[i];

    if (module->kind == kind && module->has_number && !module->is_claimed)
      g_ptr_array_add (list, module);
  }
  g_ptr_array_sort (list, compare_modules);
  return list;
}

static guint
count_convolutions (GbpArchitecture architecture)
{
  guint n_layers, n = 0;
  const GbpLayerEntry *entries = gbp_architecture_get_layers (architecture, &n_layers);

  for (guint i = 0; i < n_layers; i++)
    n += entries[i].kind == GBP_LAYER_CONVOLUTION;
  return n;
}

/* The index of an architecture's convolution that is the @ordinal-th. */
static int
find_by_ordinal (GbpArchitecture architecture, guint ordinal)
{
  guint n_layers;
  const GbpLayerEntry *entries = gbp_architecture_get_layers (architecture, &n_layers);

  for (guint i = 0; i < n_layers; i++)
    if (entries[i].kind == GBP_LAYER_CONVOLUTION && ordinal-- == 0)
      return (int) i;
  return GBP_LAYER_BEYOND;
}

static const char *
refuse_groups (guint n_most, const char *group, const char *other, GError **error)
{
  g_autofree char *shown = gbp_words_clean (group, GBP_WORDS_MAX_NAME);
  g_autofree char *shown_other = gbp_words_clean (other != NULL ? other : "", GBP_WORDS_MAX_NAME);

  g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
      "expected %u (VGG16) or %u (VGG19) numbered convolutions in one group, found %u in "
      "\"%s\"%s%s",
      count_convolutions (GBP_ARCHITECTURE_VGG16), count_convolutions (GBP_ARCHITECTURE_VGG19),
      n_most, shown, other != NULL ? " beside those in " : "", shown_other);
  return NULL;
}

/* The group of most convolutions. A model may have others beside VGG; then VGG has to be the whole of it. */
static const char *
find_group (GPtrArray *list, guint *n_most, GError **error)
{
  const char *found = NULL, *other = NULL;
  guint n = 0;

  *n_most = 0;
  for (guint i = 0; i < list->len; i++) {
    const GbpModule *module = list->pdata[i];
    const GbpModule *next = i + 1 < list->len ? list->pdata[i + 1] : NULL;

    n++;
    if (next != NULL && strcmp (next->group, module->group) == 0)
      continue;
    other = n > *n_most ? found : module->group;
    if (n > *n_most) {
      found = module->group;
      *n_most = n;
    }
    n = 0;
  }
  if (found == NULL)
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "expected arrays of VGG's layers, such as block1_conv1/kernel or conv2d/vars/0, found "
        "none");
  else if (other != NULL && *n_most != count_convolutions (GBP_ARCHITECTURE_VGG16)
           && *n_most != count_convolutions (GBP_ARCHITECTURE_VGG19))
    return refuse_groups (*n_most, found, other, error);
  return found;
}

/* Whether the first of @list can be an architecture's convolutions: 3×3, each of what comes out of the one before, and
 * no change of width inside a block. */
static gboolean
fits (GPtrArray *list, GbpArchitecture architecture)
{
  guint n_layers, n = MIN (list->len, count_convolutions (architecture));
  const GbpLayerEntry *entries = gbp_architecture_get_layers (architecture, &n_layers);
  guint64 channels = 3;

  for (guint i = 0; i < n; i++) {
    const GbpArray *kernel = ((GbpModule *) list->pdata[i])->parts[GBP_PART_KERNEL];
    int layer = find_by_ordinal (architecture, i);
    gboolean is_inner = layer > 0 && entries[layer - 1].kind == GBP_LAYER_CONVOLUTION;

    if (kernel == NULL || kernel->rank != 4 || kernel->shape[0] != 3 || kernel->shape[1] != 3
        || kernel->shape[2] != channels || (is_inner && kernel->shape[3] != channels))
      return FALSE;
    channels = kernel->shape[3];
  }
  return TRUE;
}

/* Which architectures a number of convolutions can be. Another number than VGG's has others among them or behind them,
 * or ends early; only their shapes can tell then. @may_be: (out): indexed by architecture */
static gboolean
choose (GPtrArray *list, gboolean *may_be, GError **error)
{
  gboolean fits_16 = fits (list, GBP_ARCHITECTURE_VGG16);
  gboolean fits_19 = fits (list, GBP_ARCHITECTURE_VGG19);
  const char *group = ((GbpModule *) list->pdata[0])->group;

  may_be[GBP_ARCHITECTURE_VGG16] = may_be[GBP_ARCHITECTURE_VGG19] = TRUE;
  if (list->len <= count_convolutions (GBP_ARCHITECTURE_VGG16))
    return TRUE;
  if (list->len == count_convolutions (GBP_ARCHITECTURE_VGG19)) {
    may_be[fits_16 && !fits_19 ? GBP_ARCHITECTURE_VGG19 : GBP_ARCHITECTURE_VGG16] = FALSE;
    return TRUE;
  }
  may_be[GBP_ARCHITECTURE_VGG16] = fits_16;
  may_be[GBP_ARCHITECTURE_VGG19] = fits_19;
  return fits_16 != fits_19 || refuse_groups (list->len, group, NULL, error) != NULL;
}

static void
remove_other_groups (GPtrArray *list, const char *group)
{
  for (guint i = list->len; i > 0; i--)
    if (strcmp (((GbpModule *) list->pdata[i - 1])->group, group) != 0)
      g_ptr_array_remove_index (list, i - 1);
}

gboolean
gbp_keras_claim_numbered (GPtrArray *modules, GError **error)
{
  g_autoptr (GPtrArray) list = list_numbered (modules, GBP_MODULE_CONVOLUTION);
  guint n;
  g_autofree char *group = g_strdup (find_group (list, &n, error));
  gboolean may_be[GBP_N_ARCHITECTURES];

  if (group == NULL)
    return FALSE;
  remove_other_groups (list, group);
  if (!choose (list, may_be, error))
    return FALSE;
  for (guint i = 0; i < list->len; i++)
    for (int a = 0; a < GBP_N_ARCHITECTURES; a++)
      gbp_module_assign (list->pdata[i], (GbpArchitecture) a,
          may_be[a] ? find_by_ordinal ((GbpArchitecture) a, i) : GBP_LAYER_NONE);
  return TRUE;
}

/* By their layers in VGG19, which has all of VGG16's. */
static int
compare_layers (gconstpointer a, gconstpointer b)
{
  const GbpModule *first = *(const GbpModule *const *) a, *second = *(const GbpModule *const *) b;

  return gbp_module_get_main (first)->layer[GBP_ARCHITECTURE_VGG19]
         - gbp_module_get_main (second)->layer[GBP_ARCHITECTURE_VGG19];
}

/* (transfer container): the convolutions that are claimed, in order */
static GPtrArray *
list_claimed (GPtrArray *modules)
{
  GPtrArray *list = g_ptr_array_new ();

  for (guint i = 0; i < modules->len; i++) {
    GbpModule *module = modules->pdata[i];

    if (module->is_claimed && module->kind == GBP_MODULE_CONVOLUTION)
      g_ptr_array_add (list, module);
  }
  g_ptr_array_sort (list, compare_layers);
  return list;
}

/* Whether the first of @norms have as many channels as the convolutions, each as its own. */
static gboolean
follow (GPtrArray *norms, GPtrArray *convolutions)
{
  if (norms->len < convolutions->len)
    return FALSE;
  for (guint i = 0; i < convolutions->len; i++)
    if (gbp_module_count_outputs (norms->pdata[i], GBP_LAYOUT_KERAS)
            != gbp_module_count_outputs (convolutions->pdata[i], GBP_LAYOUT_KERAS)
        || strcmp (((GbpModule *) norms->pdata[i])->group, ((GbpModule *) norms->pdata[0])->group)
               != 0)
      return FALSE;
  return TRUE;
}

/* A normalization that can belong to a convolution, by its channels; NULL: there is none. */
static const GbpModule *
find_shared_width (GPtrArray *norms, GPtrArray *convolutions)
{
  g_autoptr (GHashTable) widths = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < convolutions->len; i++)
    g_hash_table_add (widths,
        GSIZE_TO_POINTER (gbp_module_count_outputs (convolutions->pdata[i], GBP_LAYOUT_KERAS)));
  for (guint i = 0; i < norms->len; i++)
    if (g_hash_table_contains (widths,
            GSIZE_TO_POINTER (gbp_module_count_outputs (norms->pdata[i], GBP_LAYOUT_KERAS))))
      return norms->pdata[i];
  return NULL;
}

gboolean
gbp_keras_claim_norms (GPtrArray *modules, gboolean is_named, GError **error)
{
  g_autoptr (GPtrArray) norms = list_numbered (modules, GBP_MODULE_NORM);
  g_autoptr (GPtrArray) convolutions = list_claimed (modules);
  const GbpModule *shared;

  if (follow (norms, convolutions)) {
    for (guint i = 0; i < convolutions->len; i++)
      for (int a = 0; a < GBP_N_ARCHITECTURES; a++)
        gbp_module_assign (norms->pdata[i], (GbpArchitecture) a,
            gbp_module_get_main (convolutions->pdata[i])->layer[a]);
    return TRUE;
  }
  shared = is_named ? NULL : find_shared_width (norms, convolutions);
  if (shared == NULL)
    return TRUE;
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
      "array %s: expected batch normalizations as the %u convolutions are, in their order and of as "
      "many channels, found %u others",
      gbp_module_get_main (shared)->shown, convolutions->len, norms->len);
  return FALSE;
}

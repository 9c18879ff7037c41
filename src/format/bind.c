/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/bind.h"

#include "format/array_shape.h"
#include "format/head.h"
#include "network/words.h"

#define MAX_SHOWN 6

static gboolean
has_weights (GbpLayerKind kind)
{
  return kind == GBP_LAYER_CONVOLUTION || kind == GBP_LAYER_DENSE;
}

/* The arrays that have no place in an architecture weigh most, those that may be left out less; the kernels of the
 * others are put in their places. */
static guint
place_kernels (GPtrArray *modules, GbpArchitecture architecture, const GbpArray **kernels)
{
  guint n_misfits = 0;

  for (guint i = 0; i < modules->len; i++) {
    const GbpModule *module = modules->pdata[i];
    int layer;

    if (!module->is_claimed)
      continue;
    layer = gbp_module_get_main (module)->layer[architecture];
    if (layer < 0)
      n_misfits += layer == GBP_LAYER_BEYOND ? 10 : 1000;
    else if (module->parts[GBP_PART_KERNEL] != NULL)
      kernels[layer] = module->parts[GBP_PART_KERNEL];
  }
  return n_misfits;
}

/* How badly the modules fit an architecture: those without a layer, layers left out, convolutions that
 * change the number of channels inside a block, which VGG's do not, and, to decide between equals,
 * that the convolutions end early. */
static guint
count_misfits (GPtrArray *modules, GbpArchitecture architecture, GbpArrayLayout layout)
{
  guint n_entries, n_gaps = 0;
  const GbpLayerEntry *entries = gbp_architecture_get_layers (architecture, &n_entries);
  const GbpArray *kernels[GBP_MAX_LAYERS] = {NULL}, *last_convolution = NULL;
  guint n_misfits = place_kernels (modules, architecture, kernels);

  for (guint i = 0; i < n_entries; i++) {
    if (!has_weights (entries[i].kind))
      continue;
    if (entries[i].kind == GBP_LAYER_CONVOLUTION)
      last_convolution = kernels[i];
    if (kernels[i] == NULL) {
      n_gaps++;
      continue;
    }
    n_misfits += 100 * n_gaps;
    n_gaps = 0;
    if (i > 0 && entries[i - 1].kind == GBP_LAYER_CONVOLUTION)
      n_misfits += 2 * gbp_array_changes_channels (kernels[i], layout);
  }
  return n_misfits + (last_convolution == NULL);
}

static void
release (GbpModule *module)
{
  module->is_claimed = FALSE;
  for (guint i = 0; i < GBP_N_PARTS; i++)
    if (module->parts[i] != NULL)
      module->parts[i]->is_claimed = FALSE;
}

/* Lets go what is behind the last convolution of the architecture. Returns: the channels that come out of that one; 0:
 * it is not there */
static guint64
settle (GPtrArray *modules, GbpArchitecture architecture, GbpArrayLayout layout)
{
  guint n_entries, last = 0;
  const GbpLayerEntry *entries = gbp_architecture_get_layers (architecture, &n_entries);
  guint64 channels = 0;

  for (guint i = 0; i < n_entries; i++)
    if (entries[i].kind == GBP_LAYER_CONVOLUTION)
      last = i;
  for (guint i = 0; i < modules->len; i++) {
    GbpModule *module = modules->pdata[i];
    int layer = module->is_claimed ? gbp_module_get_main (module)->layer[architecture] : -1;

    if (module->is_claimed && layer == GBP_LAYER_BEYOND)
      release (module);
    if (layer == (int) last && module->kind == GBP_MODULE_CONVOLUTION)
      channels = gbp_module_count_outputs (module, layout);
  }
  return channels;
}

/* Says what of the file is no part of the network. @reason: (nullable) */
static char *
describe_rest (GPtrArray *modules, const char *reason)
{
  g_autoptr (GString) names = g_string_new (NULL);
  guint n = 0;

  for (guint i = 0; i < modules->len; i++) {
    const GbpModule *module = modules->pdata[i];
    g_autofree char *shown = gbp_words_clean (module->path, GBP_WORDS_MAX_NAME);

    if (module->is_claimed || module->kind == GBP_MODULE_OTHER)
      continue;
    if (n++ < MAX_SHOWN)
      g_string_append_printf (names, "%s%s", n > 1 ? ", " : "", shown);
  }
  if (n == 0)
    return NULL;
  if (n > MAX_SHOWN)
    g_string_append_printf (names, " and %u more", n - MAX_SHOWN);
  return g_strdup_printf (
      "left out: %s: %s", names->str, reason != NULL ? reason : "VGG has no such layers");
}

/* Whether normalizations were bound by the numbers that Keras counts them with, which do not say which side of the
 * ReLUs they are on. */
static gboolean
has_counted_norms (GPtrArray *modules)
{
  for (guint i = 0; i < modules->len; i++) {
    const GbpModule *module = modules->pdata[i];

    if (module->is_claimed && module->kind == GBP_MODULE_NORM && module->has_number)
      return TRUE;
  }
  return FALSE;
}

/* (transfer full) (nullable): what is left out, and what is assumed. @rest: (nullable)
 * @has_size: the user said the input's size */
static char *
describe_all (GPtrArray *modules, GbpArrayLayout layout, const GbpWeights *weights,
    gboolean has_size, const char *rest)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  gboolean is_usual = weights->height == GBP_VGG_INPUT_SIZE && weights->width == GBP_VGG_INPUT_SIZE;

  if (rest != NULL)
    g_ptr_array_add (parts, g_strdup (rest));
  if (layout == GBP_LAYOUT_KERAS && has_counted_norms (modules))
    g_ptr_array_add (
        parts, g_strdup ("assumed: batch normalizations before the ReLUs, with Keras' epsilon"));
  if (!has_size && weights->height > 0 && !is_usual)
    g_ptr_array_add (parts,
        g_strdup_printf (
            "assumed: an input of %u×%u pixels, of up to %u×%u that fit; input-size says another",
            weights->width, weights->height, weights->width + 31, weights->height + 31));
  if (parts->len == 0)
    return NULL;
  g_ptr_array_add (parts, NULL);
  return g_strjoinv ("; ", (char **) parts->pdata);
}

/* Those that stay move to the front, in their order, and what is behind them goes at once. */
static gboolean
remove_others (GPtrArray *arrays, GError **error)
{
  guint n_kept = 0;

  for (guint i = 0; i < arrays->len; i++) {
    GbpArray *array = arrays->pdata[i];

    if (!array->is_claimed)
      continue;
    if (array->problem != NULL) {
      g_propagate_error (error, g_error_copy (array->problem));
      return FALSE;
    }
    arrays->pdata[i] = arrays->pdata[n_kept];
    arrays->pdata[n_kept++] = array;
  }
  g_ptr_array_set_size (arrays, (int) n_kept);
  return TRUE;
}

gboolean
gbp_modules_bind (GPtrArray *modules, GPtrArray *arrays, GbpArrayLayout layout, GbpWeights *weights,
    GError **error)
{
  guint vgg16 = count_misfits (modules, GBP_ARCHITECTURE_VGG16, layout);
  guint vgg19 = count_misfits (modules, GBP_ARCHITECTURE_VGG19, layout);
  g_autofree char *reason = NULL, *rest = NULL;
  gboolean has_size = weights->height > 0;
  guint64 channels;

  weights->architecture = vgg16 < vgg19 ? GBP_ARCHITECTURE_VGG16 : GBP_ARCHITECTURE_VGG19;
  channels = settle (modules, weights->architecture, layout);
  if (!gbp_head_bind (modules, layout, channels, weights, &reason, error))
    return FALSE;
  rest = describe_rest (modules, reason);
  weights->notice = describe_all (modules, layout, weights, has_size, rest);
  return remove_others (arrays, error);
}

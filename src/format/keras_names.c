/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/keras_names.h"

#include <string.h>

static gboolean
set_layer_by_name (GbpArray *array, const char *name)
{
  int layer = gbp_architecture_find (GBP_ARCHITECTURE_VGG19, name);
  guint n_layers;
  const GbpLayerEntry *entries = gbp_architecture_get_layers (GBP_ARCHITECTURE_VGG19, &n_layers);

  if (layer < 0
      || (entries[layer].kind != GBP_LAYER_CONVOLUTION && entries[layer].kind != GBP_LAYER_DENSE))
    return FALSE;
  array->layer[GBP_ARCHITECTURE_VGG19] = layer;
  array->layer[GBP_ARCHITECTURE_VGG16] = gbp_architecture_find (GBP_ARCHITECTURE_VGG16, name);
  return TRUE;
}

static gboolean
classify_by_name (GbpArray *array)
{
  g_auto (GStrv) parts = g_strsplit (array->name, "/", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    if (set_layer_by_name (array, parts[i]))
      return TRUE;
  return FALSE;
}

/* TRUE for one array of each batch normalization: the running mean, which Keras 3 writes as the third
 * variable. */
static gboolean
is_running_mean (const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, "/", -1);
  guint n_parts = g_strv_length (parts);
  const char *last = n_parts == 0 ? "" : parts[n_parts - 1];
  guint64 number;

  if (g_str_has_prefix (last, "moving_mean"))
    return TRUE;
  for (guint i = 0; i < n_parts; i++)
    if (gbp_keras_parse_number (parts[i], "batch_normalization", &number))
      return strcmp (last, "2") == 0;
  return FALSE;
}

static guint
count_running_means (GPtrArray *arrays)
{
  guint n = 0;

  for (guint i = 0; i < arrays->len; i++)
    n += is_running_mean (((GbpArray *) arrays->pdata[i])->name);
  return n;
}

/* Those that stay move to the front, in their order, and what is behind them goes at once. */
static void
remove_others (GPtrArray *arrays)
{
  guint n_kept = 0;

  for (guint i = 0; i < arrays->len; i++) {
    GbpArray *array = arrays->pdata[i];

    if (array->layer[GBP_ARCHITECTURE_VGG16] < 0 && array->layer[GBP_ARCHITECTURE_VGG19] < 0)
      continue;
    arrays->pdata[i] = arrays->pdata[n_kept];
    arrays->pdata[n_kept++] = array;
  }
  g_ptr_array_set_size (arrays, (int) n_kept);
}

gboolean
gbp_keras_classify (GPtrArray *arrays, GError **error)
{
  guint n_known = 0, n_running_means = count_running_means (arrays);

  for (guint i = 0; i < arrays->len; i++)
    n_known += classify_by_name (arrays->pdata[i]);
  if (n_known == 0 && !gbp_keras_classify_numbered (arrays, error))
    return FALSE;
  remove_others (arrays);
  if (n_running_means > 0 && n_running_means >= arrays->len / 2) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "expected VGG without batch normalization, found %u layers of it", n_running_means);
    return FALSE;
  }
  return TRUE;
}

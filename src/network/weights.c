/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Weights by themselves: their layers and their size, without a graph. */
#include "network/vgg.h"

void
gbp_weights_clear (GbpWeights *weights)
{
  for (guint i = 0; i < GBP_WEIGHTS_MAX_LAYERS; i++) {
    g_free (weights->layers[i].kernel);
    g_free (weights->layers[i].bias);
  }
  g_free (weights->trained_on);
  g_free (weights->origin);
  g_free (weights->notice);
  g_strfreev (weights->class_names);
  g_free (weights->class_origin);
  memset (weights, 0, sizeof *weights);
}

/* What stands in place of flatten, by Keras' names. */
static const GbpLayerEntry poolings[] = {
    [GBP_VGG_POOLING_AVERAGE] = {"global_average_pooling2d", GBP_LAYER_GLOBAL_AVERAGE, GBP_N_BLOCKS,
        FALSE},
    [GBP_VGG_POOLING_MAX] = {"global_max_pooling2d", GBP_LAYER_GLOBAL_MAX, GBP_N_BLOCKS, FALSE},
};

guint
gbp_weights_list_layers (const GbpWeights *weights, GbpLayerEntry *entries)
{
  static const char *const names[] = {
      "fc1", "fc2", "fc3", "fc4", "fc5", "fc6", "fc7", "fc8", "fc9", "predictions"};
  guint n_table, n = 0, n_dense = MIN (weights->n_dense, GBP_WEIGHTS_MAX_DENSE);
  const GbpLayerEntry *table = gbp_architecture_get_layers (weights->architecture, &n_table);

  while (n < n_table && (n_dense == 0 || table[n].kind != GBP_LAYER_DENSE)) {
    entries[n] = table[n];
    if (n_dense > 0 && table[n].kind == GBP_LAYER_FLATTEN
        && weights->pooling != GBP_VGG_POOLING_NONE)
      entries[n] = poolings[weights->pooling];
    n++;
  }
  for (guint i = 0; i < n_dense; i++) {
    gboolean is_last = i + 1 == n_dense;

    entries[n++] = (GbpLayerEntry){
        names[is_last ? G_N_ELEMENTS (names) - 1 : i], GBP_LAYER_DENSE, GBP_N_BLOCKS, is_last};
  }
  return n;
}

void
gbp_weights_get_input_size (const GbpWeights *weights, guint *height, guint *width)
{
  *height = weights->height > 0 ? weights->height : GBP_VGG_INPUT_SIZE;
  *width = weights->width > 0 ? weights->width : GBP_VGG_INPUT_SIZE;
}

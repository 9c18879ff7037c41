/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain/prepared.h"

typedef struct {
  GMutex lock;
  GbpConvolution *convolutions[GBP_MAX_LAYERS];
} Prepared;

static gpointer
make (const GbpNetwork *network)
{
  Prepared *prepared = g_new0 (Prepared, 1);

  g_mutex_init (&prepared->lock);
  return prepared;
}

static void
destroy (gpointer data)
{
  Prepared *prepared = data;

  for (guint i = 0; i < GBP_MAX_LAYERS; i++)
    g_clear_pointer (&prepared->convolutions[i], gbp_convolution_free);
  g_mutex_clear (&prepared->lock);
  g_free (prepared);
}

typedef struct {
  Prepared *prepared;
  GbpNetwork *network;
} Job;

static void
prepare_layer (gpointer data, guint index, guint worker)
{
  const Job *job = data;
  guint n_layers;
  const GbpLayer *layer = gbp_network_get_layers (job->network, &n_layers) + index;
  GbpConvolutionShape shape = {
      layer->height, layer->width, layer->weights.n_inputs, layer->channels};
  GbpConvolution **convolution = &job->prepared->convolutions[index];

  if (layer->kind != GBP_LAYER_CONVOLUTION || *convolution != NULL)
    return;
  *convolution = gbp_convolution_new (
      &shape, layer->weights.kernel, layer->weights.bias, NULL, gbp_kernels_get ());
  gbp_network_release_kernel (job->network, index);
}

void
gbp_prepared_get_convolutions (GbpNetwork *network, guint n_layers, GbpTeam *team,
    const GbpConvolution *convolutions[GBP_MAX_LAYERS])
{
  Prepared *prepared = gbp_network_share_prepared (network, make, destroy);
  Job job = {prepared, network};

  g_mutex_lock (&prepared->lock);
  gbp_team_run (team, prepare_layer, &job, n_layers);
  for (guint i = 0; i < GBP_MAX_LAYERS; i++)
    convolutions[i] = i < n_layers ? prepared->convolutions[i] : NULL;
  g_mutex_unlock (&prepared->lock);
}

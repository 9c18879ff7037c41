/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain/prepared.h"

#include "kernel/memory.h"
#include "kernel/shared.h"

/* @is_preparing, @generation, @done: under the shared lock: whether a thread of that generation fills in what is
 * missing; a child of fork() has not inherited it
 * @convolutions: set by the thread that prepares, each when it is complete */
typedef struct {
  gboolean is_preparing;
  guint generation;
  GCond done;
  GbpConvolution *convolutions[GBP_MAX_LAYERS];
} Prepared;

static gpointer
make (const GbpNetwork *network)
{
  Prepared *prepared = gbp_memory_new (1, sizeof *prepared);

  if (prepared != NULL)
    g_cond_init (&prepared->done);
  return prepared;
}

static void
destroy (gpointer data)
{
  Prepared *prepared = data;

  for (guint i = 0; i < GBP_MAX_LAYERS; i++)
    g_clear_pointer (&prepared->convolutions[i], gbp_convolution_free);
  g_cond_clear (&prepared->done);
  gbp_memory_free (prepared);
}

static void
begin (Prepared *prepared)
{
  gbp_shared_lock ();
  while (prepared->is_preparing && prepared->generation == gbp_shared_get_generation ())
    gbp_shared_wait (&prepared->done);
  prepared->is_preparing = TRUE;
  prepared->generation = gbp_shared_get_generation ();
  gbp_shared_unlock ();
}

static void
end (Prepared *prepared)
{
  gbp_shared_lock ();
  prepared->is_preparing = FALSE;
  g_cond_signal (&prepared->done);
  gbp_shared_unlock ();
}

typedef struct {
  Prepared *prepared;
  GbpNetwork *network;
} Job;

static gboolean
is_missing (const GbpLayer *layer, const GbpConvolution *convolution)
{
  return layer->kind == GBP_LAYER_CONVOLUTION && convolution == NULL;
}

/* The kernel goes when all that is made of it is there: a layer has one or the other. */
static void
prepare_layer (gpointer data, guint index, guint worker)
{
  const Job *job = data;
  guint n_layers;
  const GbpLayer *layer = gbp_network_get_layers (job->network, &n_layers) + index;
  GbpConvolutionShape shape = {
      layer->height, layer->width, layer->weights.n_inputs, layer->channels};
  GbpConvolution **convolution = &job->prepared->convolutions[index], *made;

  if (!is_missing (layer, *convolution))
    return;
  made = gbp_convolution_new (
      &shape, layer->weights.kernel, layer->weights.bias, NULL, gbp_kernels_get ());
  g_atomic_pointer_set (convolution, made);
  if (made != NULL)
    gbp_network_release_kernel (job->network, index);
}

static void
prepare_missing (Job *job, const GbpLayer *layers, guint n_layers, GbpTeam *team)
{
  gboolean is_any_missing = FALSE;

  for (guint i = 0; i < n_layers; i++)
    is_any_missing |= is_missing (&layers[i], job->prepared->convolutions[i]);
  if (is_any_missing) /* else no helper is needed */
    gbp_team_run (team, prepare_layer, job, n_layers);
}

static gboolean
check_layer (const GbpLayer *layer, const GbpConvolution *convolution, GError **error)
{
  if (!is_missing (layer, convolution))
    return TRUE;
  g_set_error (error, GBP_ERROR, GBP_ERROR_MEMORY,
      "not enough memory to prepare the weights of layer %s, from %u to %u channels", layer->name,
      layer->weights.n_inputs, layer->channels);
  return FALSE;
}

gboolean
gbp_prepared_get_convolutions (GbpNetwork *network, guint n_layers, GbpTeam *team,
    const GbpConvolution *convolutions[GBP_MAX_LAYERS], GError **error)
{
  Prepared *prepared = gbp_network_share_prepared (network, make, destroy);
  Job job = {prepared, network};
  guint n_all;
  const GbpLayer *layers = gbp_network_get_layers (network, &n_all);

  if (prepared == NULL) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_MEMORY,
        "not enough memory to prepare the weights of %u layers", n_layers);
    return FALSE;
  }
  begin (prepared);
  prepare_missing (&job, layers, n_layers, team);
  for (guint i = 0; i < GBP_MAX_LAYERS; i++)
    convolutions[i] = i < n_layers ? prepared->convolutions[i] : NULL;
  end (prepared);
  for (guint i = 0; i < n_layers; i++)
    if (!check_layer (&layers[i], convolutions[i], error))
      return FALSE;
  return TRUE;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain/preparation.h"

#include "explain/fusion.h"
#include "kernel/memory.h"
#include "layer/dense.h"

static void
clear_tensors (GbpOperation *folded)
{
  for (guint i = 0; i < G_N_ELEMENTS (folded->tensors); i++)
    g_clear_pointer (&folded->tensors[i], gbp_tensor_unref);
}

static void
destroy_prepared (gpointer data)
{
  GbpPreparation *prepared = data;
  GbpPrepared *public = &prepared->public;

  for (guint i = 0; public->convolutions != NULL && i < public->n_layers; i++)
    if (public->convolutions[i] != NULL
        && gbp_preparation_owns (prepared, public->layers[i].operation))
      gbp_convolution_free (public->convolutions[i]);
  for (guint i = 0; public->weights != NULL && i < 2 * public->n_operations; i++)
    if (public->weights[i] != NULL && gbp_preparation_owns (prepared, i % public->n_operations))
      gbp_kind_get (public->nodes[i].operation->kind)->free (public->weights[i]);
  for (guint i = 0; prepared->folded != NULL && i < public->n_operations; i++)
    clear_tensors (&prepared->folded[i]);
  gbp_memory_free (public->layers);
  gbp_memory_free (public->convolutions);
  gbp_memory_free (public->nodes);
  gbp_memory_free (public->weights);
  gbp_memory_free (public->pixel_sums);
  gbp_memory_free (prepared->shapes);
  gbp_memory_free (prepared->n_users);
  gbp_memory_free (prepared->is_inner);
  gbp_memory_free (prepared->folded);
  gbp_memory_free (prepared->is_made);
  g_cond_clear (&prepared->done);
  gbp_memory_free (prepared);
}

static guint
count_inputs (const GbpOperation *operations, guint n_operations)
{
  guint n_inputs = 0;

  for (guint i = 0; i < n_operations; i++)
    n_inputs += operations[i].n_inputs;
  return n_inputs;
}

static void
fuse_nodes (GbpPreparation *prepared)
{
  GbpPrepared *public = &prepared->public;
  guint n = public->n_operations;

  for (guint i = 0; i < n; i++) {
    const GbpOperation *scale;
    const GbpNode *base;

    if (!gbp_fusion_find (
            public->nodes, prepared->n_users, i, &prepared->folded[i], &public->nodes[n + i]))
      continue;
    base = gbp_fusion_find_base (public->nodes, prepared->n_users, i, &scale);
    prepared->is_inner[base - public->nodes] = TRUE;
    if (scale != NULL && scale != public->nodes[i].operation)
      prepared->is_inner[public->nodes[i].operation->inputs[0] - 1] = TRUE;
  }
}

static void
fill_nodes (GbpPreparation *prepared, const GbpGraph *graph, const GbpOperation *operations)
{
  GbpShape *shape = prepared->shapes;

  for (guint i = 0; i < prepared->public.n_operations; i++) {
    prepared->public.nodes[i] = (GbpNode){
        .operation = &operations[i],
        .n_inputs = operations[i].n_inputs,
        .inputs = shape,
        .output = *gbp_graph_get_shape (graph, i + 1),
    };
    for (guint j = 0; j < operations[i].n_inputs; j++) {
      *shape++ = *gbp_graph_get_shape (graph, operations[i].inputs[j]);
      prepared->n_users[operations[i].inputs[j]]++;
    }
  }
  fuse_nodes (prepared);
}

static gboolean
allocate_prepared (GbpPreparation *prepared, guint n_layers, guint n_inputs)
{
  GbpPrepared *public = &prepared->public;
  guint n = public->n_operations;

  public->layers = gbp_memory_new (n_layers, sizeof *public->layers);
  public->convolutions = gbp_memory_new (n_layers, sizeof *public->convolutions);
  public->nodes = gbp_memory_new (2 * n, sizeof *public->nodes);
  public->weights = gbp_memory_new (2 * n, sizeof *public->weights);
  prepared->is_made = gbp_memory_new (2 * n, sizeof *prepared->is_made);
  prepared->shapes = gbp_memory_new (n_inputs, sizeof *prepared->shapes);
  prepared->n_users = gbp_memory_new (n + 1, sizeof *prepared->n_users);
  prepared->is_inner = gbp_memory_new (n, sizeof *prepared->is_inner);
  prepared->folded = gbp_memory_new (n, sizeof *prepared->folded);
  public->n_layers = n_layers;
  return public->layers != NULL && public->convolutions != NULL && public->nodes != NULL
         && public->weights != NULL && prepared->is_made != NULL && prepared->shapes != NULL
         && prepared->n_users != NULL && prepared->is_inner != NULL && prepared->folded != NULL;
}

static gboolean
hides_targets (const GbpPrepared *public, const GbpOperation *operations)
{
  for (guint i = 0; i < public->n_layers; i++)
    for (guint value = public->layers[i].operation + 1; value < public->layers[i].value; value++)
      if (gbp_chain_hides (&public->layers[i], value) && operations[value - 1].name != NULL)
        return TRUE;
  return FALSE;
}

static gpointer
make_prepared (const GbpNetwork *network)
{
  const GbpGraph *graph = gbp_network_get_graph (network);
  GbpPreparation *prepared = gbp_memory_new (1, sizeof *prepared);
  const GbpOperation *operations;

  if (prepared == NULL)
    return NULL;
  g_cond_init (&prepared->done);
  operations = gbp_graph_get_operations (graph, &prepared->public.n_operations);
  if (!allocate_prepared (prepared, gbp_chain_find (graph, NULL),
          count_inputs (operations, prepared->public.n_operations))) {
    destroy_prepared (prepared);
    return NULL;
  }
  gbp_chain_find (graph, prepared->public.layers);
  prepared->has_hidden = hides_targets (&prepared->public, operations);
  gbp_network_get_original (network, &prepared->is_fresh);
  fill_nodes (prepared, graph, operations);
  return prepared;
}

/* What is to be made: of the first @n_layers, and behind them of the nodes that are @wanted.
 * @excepted: [n_operations] (nullable): the operations of which nothing is wanted */
typedef struct {
  GbpPreparation *prepared;
  GbpNetwork *network;
  guint n_layers;
  const gboolean *wanted;
  const gboolean *excepted;
} Job;

static gboolean
is_excepted (const Job *job, guint operation)
{
  return job->excepted != NULL && job->excepted[operation];
}

static gboolean
is_layer_missing (const Job *job, guint index)
{
  const GbpPrepared *public = &job->prepared->public;

  return index < job->n_layers && public->layers[index].kind == GBP_KIND_CONVOLUTION
         && public->convolutions[index] == NULL
         && !is_excepted (job, public->layers[index].operation);
}

static gboolean
is_node_missing (const Job *job, guint index)
{
  return job->wanted != NULL && job->wanted[index] && !job->prepared->is_made[index]
         && !is_excepted (job, index % job->prepared->public.n_operations);
}

/* The kernel goes when all that is made of it is there: a layer has one or the other, but where the chain hides
 * targets. */
static void
prepare_layer (const Job *job, guint index)
{
  const GbpLayer *layer = &job->prepared->public.layers[index];
  GbpConvolutionShape shape = {
      layer->height, layer->width, layer->weights.n_inputs, layer->channels};
  GbpConvolution *made = gbp_convolution_new (
      &shape, layer->weights.kernel, layer->weights.bias, NULL, gbp_kernels_get ());

  g_atomic_pointer_set (&job->prepared->public.convolutions[index], made);
  if (made != NULL && !job->prepared->has_hidden)
    gbp_network_release_kernel (job->network, layer->operation);
}

/* Whether no other node can ever need the kernel that @base has: none that computes a part of this one, or more. */
static gboolean
is_sole_owner (
    const GbpPreparation *prepared, guint own, const GbpOperation *base, const GbpOperation *scale)
{
  const GbpOperation *operation = prepared->public.nodes[own].operation;

  return !prepared->has_hidden && !prepared->is_inner[own]
         && (base == operation || base->name == NULL)
         && (scale == NULL || scale == operation || scale->name == NULL);
}

/* Lets the kernel go that a node has prepared in another form. */
static void
release_kernel (const Job *job, guint index)
{
  const GbpPrepared *public = &job->prepared->public;
  guint n = public->n_operations, own = index % n;
  const GbpOperation *scale = NULL;
  const GbpNode *base = &public->nodes[own];

  if (index >= n)
    base = gbp_fusion_find_base (public->nodes, job->prepared->n_users, own, &scale);
  if (scale != NULL)
    g_clear_pointer (&job->prepared->folded[own].tensors[0], gbp_tensor_unref);
  if (is_sole_owner (job->prepared, own, base->operation, scale))
    gbp_network_release_kernel (job->network, (guint) (base - public->nodes));
}

/* The factors of a scale go into a fused node's weights first. */
static gboolean
fold_scale (const Job *job, guint index)
{
  GbpPreparation *prepared = job->prepared;
  const GbpNode *nodes = prepared->public.nodes, *base;
  const GbpOperation *scale;
  GbpOperation *folded;

  if (index < prepared->public.n_operations)
    return TRUE;
  folded = &prepared->folded[index - prepared->public.n_operations];
  if (nodes[index].operation != folded || folded->tensors[0] != NULL)
    return TRUE;
  base = gbp_fusion_find_base (
      nodes, prepared->n_users, index - prepared->public.n_operations, &scale);
  return gbp_fusion_fold (base->operation, scale, folded);
}

static void
prepare_node (const Job *job, guint index)
{
  GbpPrepared *public = &job->prepared->public;
  const GbpNode *node = &public->nodes[index];
  const GbpKindClass *class = gbp_kind_get (node->operation->kind);
  gboolean is_folded = fold_scale (job, index);

  if (is_folded && class->prepare != NULL)
  public->weights[index] = class->prepare (node, gbp_kernels_get ());
  job->prepared->is_made[index] =
      is_folded && (class->prepare == NULL || public->weights[index] != NULL);
  if (job->prepared->is_made[index] && class->replaces_kernel)
    release_kernel (job, index);
}

/* @index: of the layers, and behind them of the nodes */
static void
prepare_part (gpointer data, guint index, guint worker)
{
  const Job *job = data;

  if (index < job->n_layers) {
    if (is_layer_missing (job, index))
      prepare_layer (job, index);
  } else if (is_node_missing (job, index - job->n_layers)) {
    prepare_node (job, index - job->n_layers);
  }
}

static gboolean
is_any_missing (const Job *job)
{
  for (guint i = 0; i < job->n_layers; i++)
    if (is_layer_missing (job, i))
      return TRUE;
  for (guint i = 0; i < 2 * job->prepared->public.n_operations; i++)
    if (is_node_missing (job, i))
      return TRUE;
  return FALSE;
}

static gboolean
check_prepared (const Job *job, GError **error)
{
  const GbpPrepared *public = &job->prepared->public;

  for (guint i = 0; i < job->n_layers; i++) {
    if (!is_layer_missing (job, i))
      continue;
    g_set_error (error, GBP_ERROR, GBP_ERROR_MEMORY,
        "not enough memory to prepare the weights of layer %s, from %u to %u channels",
        public->layers[i].name, public->layers[i].weights.n_inputs, public->layers[i].channels);
    return FALSE;
  }
  for (guint i = 0; i < 2 * public->n_operations; i++) {
    if (!is_node_missing (job, i))
      continue;
    g_set_error (error, GBP_ERROR, GBP_ERROR_MEMORY,
        "not enough memory to prepare the weights of operation %u, from %u to %u channels",
        i % public->n_operations + 1, public->nodes[i].inputs[0].channels,
        public->nodes[i].output.channels);
    return FALSE;
  }
  return TRUE;
}

const GbpPrepared *
gbp_prepared_get (GbpNetwork *network, GError **error)
{
  GbpPreparation *prepared = gbp_network_share_prepared (network, make_prepared, destroy_prepared);
  guint n_operations;

  if (prepared != NULL)
    return &prepared->public;
  gbp_graph_get_operations (gbp_network_get_graph (network), &n_operations);
  g_set_error (error, GBP_ERROR, GBP_ERROR_MEMORY,
      "not enough memory to prepare the weights of %u operations", n_operations);
  return NULL;
}

/* Takes from the original what is missing and not the copy's own; it is there already. */
static void
borrow_parts (const Job *job, const GbpPreparation *original)
{
  for (guint i = 0; i < job->n_layers; i++)
    if (is_layer_missing (job, i))
      gbp_preparation_borrow_layer (job->prepared, original, i);
  for (guint i = 0; i < 2 * job->prepared->public.n_operations; i++)
    if (is_node_missing (job, i))
      gbp_preparation_borrow_node (job->prepared, original, i);
}

/* A copy's original first, which has what is not the copy's own. */
static gboolean
fill_prepared (const Job *job, GbpTeam *team, GError **error)
{
  Job below = *job;
  gboolean is_complete;

  below.network = gbp_network_get_original (job->network, &below.excepted);
  if (below.network != NULL) {
    if (gbp_prepared_get (below.network, error) == NULL)
      return FALSE;
    below.prepared = gbp_network_share_prepared (below.network, make_prepared, destroy_prepared);
    if (!fill_prepared (&below, team, error))
      return FALSE;
  }
  gbp_preparation_begin (job->prepared);
  if (below.network != NULL)
    borrow_parts (job, below.prepared);
  if (is_any_missing (job)) /* else no helper is needed */
    gbp_team_run (
        team, prepare_part, (gpointer) job, job->n_layers + 2 * job->prepared->public.n_operations);
  is_complete = check_prepared (job, error);
  gbp_preparation_end (job->prepared);
  return is_complete;
}

gboolean
gbp_prepared_fill (
    GbpNetwork *network, guint n_layers, const gboolean *wanted, GbpTeam *team, GError **error)
{
  GbpPreparation *prepared = gbp_network_share_prepared (network, make_prepared, destroy_prepared);
  const Job job = {prepared, network, n_layers, wanted, NULL};

  return fill_prepared (&job, team, error);
}

const float *
gbp_prepared_sum_pixels (GbpNetwork *network, guint layer, GbpTeam *team, GError **error)
{
  GbpPreparation *prepared = gbp_network_share_prepared (network, make_prepared, destroy_prepared);
  const GbpLayer *it = &prepared->public.layers[layer], *map = it - 2;
  GbpDense dense = {gbp_kernels_get (), team, it->weights.n_inputs, it->channels,
      it->weights.kernel, it->weights.bias, it->has_relu};
  float *sums;

  gbp_preparation_begin (prepared);
  sums = prepared->public.pixel_sums;
  if (sums == NULL) {
    sums = gbp_memory_new (map->channels, it->channels * sizeof *sums);
    if (sums != NULL)
      gbp_dense_sum_pixels (&dense, map->channels, sums);
    prepared->public.pixel_sums = sums;
  }
  gbp_preparation_end (prepared);
  if (sums == NULL)
    g_set_error (error, GBP_ERROR, GBP_ERROR_MEMORY,
        "not enough memory to prepare the weights of layer %s, from %u to %u channels", it->name,
        map->channels, it->channels);
  return sums;
}

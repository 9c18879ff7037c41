/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Copies of a network whose upper layers are as before any training, for the question of Adebayo et al. 2018: does an
 * explanation change when what was learnt is gone? */
#include <math.h>

#include "kernel/floating_point.h"
#include "kernel/shared.h"
#include "network/network.h"
#include "network/random_weights.h"

#define PRELU_SLOPE 0.25f /* He et al. 2015 */

/* A copy in the making.
 * @graph: the original's at first
 * @first: the operation that the randomised ones begin with */
typedef struct {
  GbpGraph *graph;
  const GbpOperation *operations;
  guint n_operations;
  guint first;
  gboolean *is_fresh;
} Copy;

static gboolean
has_kernel (const GbpOperation *operation)
{
  return operation->kind == GBP_KIND_CONVOLUTION || operation->kind == GBP_KIND_DENSE;
}

/* Normalisation and rectifier belong to the convolution or dense layer that they finish: its operation. Else
 * @index itself. */
static guint
find_base (const Copy *copy, guint index)
{
  const GbpOperation *operation = &copy->operations[index];

  while ((gbp_kind_scales (operation->kind) || operation->kind == GBP_KIND_ACTIVATION)
         && operation->inputs[0] > 0)
    operation = &copy->operations[operation->inputs[0] - 1];
  return has_kernel (operation) ? (guint) (operation - copy->operations) : index;
}

/* A number for every channel is a constant of the architecture, such as ⅙; batch normalisation that has learnt nothing
 * is one too. */
static gboolean
is_constant (const GbpTensor *tensor)
{
  for (gsize i = 1; tensor != NULL && i < tensor->n_values; i++)
    if (tensor->values[i] != tensor->values[0])
      return FALSE;
  return TRUE;
}

/* Whether training has set weights of it. What comes before the first kernel is preprocessing. */
static gboolean
has_learnt (const Copy *copy, guint index)
{
  const GbpOperation *operation = &copy->operations[index];
  guint first_kernel = 0;

  if (has_kernel (operation))
    return TRUE;
  while (first_kernel < index && !has_kernel (&copy->operations[first_kernel]))
    first_kernel++;
  if (first_kernel == index)
    return FALSE;
  if (gbp_kind_scales (operation->kind))
    return !is_constant (operation->tensors[0]) || !is_constant (operation->tensors[1]);
  return operation->kind == GBP_KIND_ACTIVATION && operation->tensors[0] != NULL;
}

/* Returns: (transfer full): NULL if there is no memory */
static GbpTensor *
make_same (gsize n_values, float value)
{
  float *values = g_try_new (float, n_values);

  if (values == NULL)
    return NULL;
  for (gsize i = 0; i < n_values; i++)
    values[i] = value;
  return gbp_tensor_new_take (values, n_values);
}

/* The sum of twelve numbers of 16 bits, from which its mean is taken: normal but for its ends, which are at six
 * deviations, and whole, so that it is the same on every machine; log() and cos() are not. Deviation: 2¹⁶ to ten
 * digits. */
static int
draw_normal (guint64 *state)
{
  int sum = -6 * G_MAXUINT16;

  for (guint i = 0; i < 3; i++) {
    guint64 word = gbp_random_next (state);

    for (guint shift = 0; shift < 64; shift += 16)
      sum += (int) ((word >> shift) & G_MAXUINT16);
  }
  return sum;
}

/* He et al. 2015, equation 10: deviation √(2 / inputs).
 * Returns: (transfer full): NULL if there is no memory */
static GbpTensor *
make_normal (gsize n_values, gsize n_inputs, guint64 state)
{
  float *values = g_try_new (float, n_values);
  double unit = sqrt (2.0 / (double) n_inputs) * 0x1p-16;

  if (values == NULL)
    return NULL;
  for (gsize i = 0; i < n_values; i++)
    values[i] = (float) (unit * draw_normal (&state));
  return gbp_tensor_new_take (values, n_values);
}

/* Each operation's numbers are its own: those of the layers above do not depend on how far down one goes. */
static GbpTensor *
make_kernel (const Copy *copy, guint index, guint64 seed)
{
  const GbpOperation *operation = &copy->operations[index];
  gsize n_inputs = gbp_graph_get_shape (copy->graph, operation->inputs[0])->channels;
  gsize n_outputs = gbp_graph_get_shape (copy->graph, index + 1)->channels;
  guint64 state = seed, place = index;

  if (operation->kind == GBP_KIND_CONVOLUTION)
    n_inputs =
        n_inputs / operation->window.groups * operation->window.rows * operation->window.columns;
  state = gbp_random_next (&state) ^ gbp_random_next (&place);
  return make_normal (n_inputs * n_outputs, n_inputs, state);
}

static gboolean
put_tensor (const Copy *copy, guint index, guint tensor, GbpTensor *made, GError **error)
{
  if (made != NULL) {
    gbp_graph_set_tensor (copy->graph, index, tensor, made);
    return TRUE;
  }
  g_set_error (error, GBP_ERROR, GBP_ERROR_MEMORY,
      "not enough memory for the random weights of operation %u", index + 1);
  return FALSE;
}

/* What frameworks begin with: He-normal kernels, no bias, a scale that does nothing. */
static gboolean
randomize_operation (const Copy *copy, guint index, guint64 seed, GError **error)
{
  const GbpOperation *operation = &copy->operations[index];
  const GbpTensor *first = operation->tensors[0], *second = operation->tensors[1];
  float same = gbp_kind_scales (operation->kind) ? 1 : PRELU_SLOPE;

  if (has_kernel (operation)) {
    if (!put_tensor (copy, index, 0, make_kernel (copy, index, seed), error))
      return FALSE;
  } else if (first != NULL
             && !put_tensor (copy, index, 0, make_same (first->n_values, same), error)) {
    return FALSE;
  }
  return second == NULL || put_tensor (copy, index, 1, make_same (second->n_values, 0), error);
}

static gboolean
randomize_operations (const Copy *copy, guint64 seed, GError **error)
{
  for (guint i = 0; i < copy->n_operations; i++)
    if (copy->is_fresh[i] && has_learnt (copy, i) && !randomize_operation (copy, i, seed, error))
      return FALSE;
  return TRUE;
}

/* Sets where the randomised operations begin, and which they are. */
static gboolean
find_fresh (Copy *copy, const GbpLayer *layer, GError **error)
{
  gboolean is_any = FALSE;

  copy->operations = gbp_graph_get_operations (copy->graph, &copy->n_operations);
  copy->first = find_base (copy, layer->value - 1);
  copy->is_fresh = g_new (gboolean, copy->n_operations);
  for (guint i = 0; i < copy->n_operations; i++) {
    copy->is_fresh[i] = find_base (copy, i) >= copy->first;
    is_any = is_any || (copy->is_fresh[i] && has_learnt (copy, i));
  }
  if (!is_any)
    g_set_error (error, GBP_ERROR, GBP_ERROR_LAYER,
        "layer \"%s\": expected one with weights in it or above it, found none", layer->name);
  return is_any;
}

/* Returns: (nullable): the layer called @name; else @error is set */
static const GbpLayer *
find_layer (const GbpNetwork *network, const char *name, GError **error)
{
  guint n_layers;
  const GbpLayer *layers = gbp_network_get_layers (network, &n_layers);
  int index = gbp_network_find_layer (network, name, error);

  return index < 0 ? NULL : &layers[index];
}

gboolean
gbp_network_check_randomized (const GbpNetwork *network, const char *layer, GError **error)
{
  const GbpLayer *found = find_layer (network, layer, error);
  g_autoptr (GbpGraph) graph = NULL;
  Copy copy;
  gboolean is_any;

  if (found == NULL)
    return FALSE;
  copy.graph = graph = gbp_graph_copy (gbp_network_get_graph (network));
  is_any = find_fresh (&copy, found, error);
  g_free (copy.is_fresh);
  return is_any;
}

static GbpNetwork *
make_copy (GbpNetwork *network, const char *layer, guint64 seed, GError **error)
{
  g_auto (GbpNetworkParts) parts = {0};
  const GbpLayer *found = find_layer (network, layer, error);
  gboolean is_any;
  Copy copy;

  if (found == NULL)
    return NULL;
  parts.graph = copy.graph = gbp_graph_copy (gbp_network_get_graph (network));
  is_any = find_fresh (&copy, found, error);
  parts.is_fresh = copy.is_fresh;
  if (!is_any || !randomize_operations (&copy, seed, error))
    return NULL;
  parts.original = gbp_network_ref (network);
  parts.goes_on = gbp_network_goes_on (network);
  parts.preprocess = gbp_network_get_preprocess (network);
  parts.training = GBP_TRAINING_RANDOMIZED;
  parts.title = g_strdup (gbp_network_get_description (network));
  parts.origin = g_strdup_printf ("with random weights from the top down to %s", layer);
  parts.class_names = g_strdupv ((char **) gbp_network_get_class_names (network));
  return gbp_network_new_from_graph (&parts, error);
}

GbpNetwork *
gbp_network_new_randomized (GbpNetwork *network, const char *layer, guint64 seed, GError **error)
{
  GbpFloatEnvironment environment;
  GbpNetwork *copy;

  g_return_val_if_fail (network != NULL, NULL);
  environment = gbp_float_environment_begin (GBP_DENORMALS_KEPT);
  copy = make_copy (network, layer, seed, error);
  gbp_float_environment_end (environment);
  return copy;
}

static void
remove_copy (GbpNetwork *network)
{
  const gboolean *is_fresh;
  GbpNetworkCopy *copy = gbp_network_get_copy (gbp_network_get_original (network, &is_fresh));

  gbp_shared_lock ();
  if (copy->network == network) /* there may be a newer one */
    copy->network = NULL;
  gbp_shared_unlock ();
}

/* Under the shared lock.
 * Returns: (transfer full) (nullable) */
static GbpNetwork *
find_copy (const GbpNetworkCopy *copy, const char *layer)
{
  gboolean is_it = copy->network != NULL && g_strcmp0 (copy->layer, layer) == 0
                   && gbp_network_ref_if_alive (copy->network);

  return is_it ? copy->network : NULL;
}

/* Makes @made the one that others find, unless another thread was first.
 * Returns: (transfer full) (nullable): what that one made */
static GbpNetwork *
offer_copy (GbpNetworkCopy *copy, GbpNetwork *made, const char *layer)
{
  GbpNetwork *found;

  gbp_shared_lock ();
  found = find_copy (copy, layer);
  if (found == NULL) {
    gbp_network_set_dispose (made, remove_copy);
    g_free (copy->layer);
    copy->layer = g_strdup (layer);
    copy->network = made;
  }
  gbp_shared_unlock ();
  return found;
}

GbpNetwork *
gbp_network_share_randomized (GbpNetwork *network, const char *layer, GError **error)
{
  GbpNetworkCopy *copy = gbp_network_get_copy (network);
  GbpNetwork *found, *made;

  gbp_shared_lock ();
  found = find_copy (copy, layer);
  gbp_shared_unlock ();
  if (found != NULL)
    return found;
  made = gbp_network_new_randomized (network, layer, GBP_RANDOMIZE_SEED, error);
  found = made != NULL ? offer_copy (copy, made, layer) : NULL;
  if (found == NULL)
    return made;
  gbp_network_unref (made);
  return found;
}

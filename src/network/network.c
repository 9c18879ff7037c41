/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network/network.h"

#include <gbp/registry.h>
#include <string.h>

#include "kernel/shared.h"
#include "network/class_labels.h"
#include "network/words.h"

struct _GbpNetwork {
  int ref_count; /* atomic */
  GbpGraph *graph;
  GbpPreprocess preprocess;
  GbpTraining training;
  char *description;
  char *refusal;
  char *notice;
  char **class_names;
  const char **layer_names; /* NULL-terminated; the names are the graph's */
  GbpLayer *layers;
  guint n_layers;
  int class_layer;
  gboolean goes_on;
  GbpNetwork *original;
  gboolean *is_fresh;
  GbpNetworkCopy copy;
  GbpScorer scorer;
  void (*dispose) (GbpNetwork *network);

  gpointer prepared; /* atomic: set once; all else is immutable */
  GDestroyNotify destroy_prepared;
};

/* GLib keeps a quark's string for ever, and what this is linked into may be unloaded before: so the string is GLib's
 * own copy. Not by G_DEFINE_QUARK, which gives it ours, and which two threads may not enter at once. */
GQuark
gbp_error_quark (void)
{
  return g_quark_from_string ("gbp-error-quark");
}

/* Whoever asks for scores is told of the logits. */
static void
init_layer (GbpLayer *layer, const GbpGraph *graph, guint value, guint logits)
{
  const GbpShape *shape;

  gbp_layer_init (layer, graph, value);
  if (value <= logits)
    return;
  shape = gbp_graph_get_shape (graph, logits);
  layer->value = logits;
  layer->height = shape->height;
  layer->width = shape->width;
  layer->channels = shape->channels;
}

/* @n_names: of classes */
static void
take_layers (GbpNetwork *network, guint n_names)
{
  guint n_operations, logits = gbp_scorer_find (network->graph, &network->scorer);
  const GbpOperation *operations = gbp_graph_get_operations (network->graph, &n_operations);

  network->layers = g_new0 (GbpLayer, n_operations);
  network->layer_names = g_new0 (const char *, n_operations + 1);
  for (guint i = 0; i < n_operations; i++)
    if (operations[i].name != NULL) {
      init_layer (&network->layers[network->n_layers], network->graph, i + 1, logits);
      network->layer_names[network->n_layers++] = operations[i].name;
    }
  network->class_layer = -1;
  if (!network->goes_on && network->n_layers > 0
      && network->layers[network->n_layers - 1].value == logits
      && gbp_scorer_has_classes (network->graph, logits, n_names))
    network->class_layer = (int) network->n_layers - 1;
}

/* After the layers. A copy's is that of its original; of one class alone a softmax is always 1. */
static void
choose_scorer (GbpNetwork *network, GbpNetworkParts *parts)
{
  GbpScorer *scorer = &network->scorer;

  parts->says_scoring = parts->says_scoring && parts->scoring == GBP_SCORING_AUTO
                        && network->class_layer >= 0 && scorer->scoring == GBP_SCORING_AUTO;
  if (parts->original != NULL)
    *scorer = parts->original->scorer;
  else if (parts->scoring != GBP_SCORING_AUTO)
    *scorer = (GbpScorer){.scoring = parts->scoring};
  else if (scorer->scoring == GBP_SCORING_AUTO)
    scorer->scoring = parts->usual_scoring;
  if (parts->says_scoring && network->layers[network->class_layer].channels == 1)
    scorer->scoring = GBP_SCORING_SIGMOID;
  if (scorer->scoring == GBP_SCORING_AUTO)
    scorer->scoring = GBP_SCORING_NONE;
  parts->scoring = scorer->scoring;
}

static gboolean
check_graph (const GbpNetwork *network, GError **error)
{
  const GbpShape *input = gbp_graph_get_shape (network->graph, 0);

  if (input->channels != 3) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "expected a network of images with 3 channels, found %u", input->channels);
    return FALSE;
  }
  if (network->n_layers == 0)
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ, "expected a network with layers, found none");
  return network->n_layers > 0;
}

/* (transfer full) (nullable) */
static char *
describe_rest (const GbpNetwork *network, const GbpNetworkParts *parts)
{
  g_autofree char *text = NULL;

  if (parts->notice != NULL)
    return gbp_words_clean (parts->notice, GBP_WORDS_MAX_MESSAGE);
  if (network->refusal == NULL)
    return NULL;
  text = g_strdup_printf ("what comes behind layer %s is left out: %s",
      network->layers[network->n_layers - 1].name, network->refusal);
  return gbp_words_clean (text, GBP_WORDS_MAX_MESSAGE);
}

GbpNetwork *
gbp_network_new_from_graph (GbpNetworkParts *parts, GError **error)
{
  g_auto (GbpNetworkParts) taken = *parts;
  g_autoptr (GbpNetwork) network = g_new0 (GbpNetwork, 1);
  const GbpLayer *classes;

  memset (parts, 0, sizeof *parts);
  g_atomic_int_set (&network->ref_count, 1);
  network->graph = g_steal_pointer (&taken.graph);
  network->preprocess = taken.preprocess;
  network->training = taken.training;
  network->goes_on = taken.goes_on;
  take_layers (network, taken.class_names != NULL ? g_strv_length (taken.class_names) : 0);
  choose_scorer (network, &taken);
  classes = network->class_layer < 0 ? NULL : &network->layers[network->class_layer];
  if (!check_graph (network, error)
      || !gbp_classes_take (&taken, classes, &network->class_names, error))
    return NULL;
  network->description = gbp_network_parts_describe (&taken);
  network->original = g_steal_pointer (&taken.original);
  network->refusal =
      g_strdup (network->original != NULL ? network->original->refusal : taken.refusal);
  network->notice = describe_rest (network, &taken);
  network->is_fresh = g_steal_pointer (&taken.is_fresh);
  return g_steal_pointer (&network);
}

GbpNetwork *
gbp_network_new_take (GbpWeights *weights, GError **error)
{
  g_auto (GbpWeights) taken = *weights;
  GbpNetworkParts parts = {.preprocess = taken.preprocess,
      .training = taken.training,
      .scoring = taken.scoring,
      .usual_scoring = GBP_SCORING_SOFTMAX};
  guint width = taken.layers[0].n_outputs;

  memset (weights, 0, sizeof *weights);
  parts.graph = gbp_vgg_build (&taken, error);
  if (parts.graph == NULL)
    return NULL;
  parts.title = gbp_vgg_describe (taken.architecture, width);
  parts.trained_on = g_steal_pointer (&taken.trained_on);
  parts.origin = g_steal_pointer (&taken.origin);
  parts.class_names = g_steal_pointer (&taken.class_names);
  parts.class_origin = g_steal_pointer (&taken.class_origin);
  parts.must_have_classes = taken.must_have_classes;
  parts.notice = g_steal_pointer (&taken.notice);
  return gbp_network_new_from_graph (&parts, error);
}

GbpNetwork *
gbp_network_ref (GbpNetwork *network)
{
  g_return_val_if_fail (network != NULL, NULL);
  g_atomic_int_inc (&network->ref_count);
  return network;
}

void
gbp_network_set_dispose (GbpNetwork *network, void (*dispose) (GbpNetwork *network))
{
  network->dispose = dispose;
}

gboolean
gbp_network_ref_if_alive (GbpNetwork *network)
{
  int count = g_atomic_int_get (&network->ref_count);

  while (count > 0 && !g_atomic_int_compare_and_exchange (&network->ref_count, count, count + 1))
    count = g_atomic_int_get (&network->ref_count);
  return count > 0;
}

void
gbp_network_unref (GbpNetwork *network)
{
  if (network == NULL || !g_atomic_int_dec_and_test (&network->ref_count))
    return;
  if (network->dispose != NULL)
    network->dispose (network);
  if (network->prepared != NULL)
    network->destroy_prepared (network->prepared);
  gbp_graph_free (network->graph);
  g_free (network->layers);
  g_free (network->description);
  g_free (network->refusal);
  g_free (network->notice);
  g_strfreev (network->class_names);
  g_free (network->layer_names);
  g_free (network->is_fresh);
  g_free (network->copy.layer);
  g_clear_pointer (&network->original, gbp_network_unref); /* what is prepared may be its */
  g_free (network);
}

const char *
gbp_network_get_description (const GbpNetwork *network)
{
  g_return_val_if_fail (network != NULL, NULL);
  return network->description;
}

const char *
gbp_network_get_notice (const GbpNetwork *network)
{
  g_return_val_if_fail (network != NULL, NULL);
  return network->notice;
}

GbpPreprocess
gbp_network_get_preprocess (const GbpNetwork *network)
{
  g_return_val_if_fail (network != NULL, GBP_PREPROCESS_AUTO);
  return network->preprocess;
}

gboolean
gbp_network_is_trained (const GbpNetwork *network)
{
  g_return_val_if_fail (network != NULL, FALSE);
  return network->training != GBP_TRAINING_UNTRAINED
         && network->training != GBP_TRAINING_RANDOMIZED;
}

const char *const *
gbp_network_get_layer_names (const GbpNetwork *network)
{
  g_return_val_if_fail (network != NULL, NULL);
  return network->layer_names;
}

const char *const *
gbp_network_get_class_names (const GbpNetwork *network)
{
  g_return_val_if_fail (network != NULL, NULL);
  return (const char *const *) network->class_names;
}

const GbpGraph *
gbp_network_get_graph (const GbpNetwork *network)
{
  return network->graph;
}

GbpNetworkCopy *
gbp_network_get_copy (GbpNetwork *network)
{
  return &network->copy;
}

GbpNetwork *
gbp_network_get_original (const GbpNetwork *network, const gboolean **is_fresh)
{
  *is_fresh = network->is_fresh;
  return network->original;
}

void
gbp_network_get_input_size (const GbpNetwork *network, guint *height, guint *width)
{
  const GbpShape *input;

  g_return_if_fail (network != NULL);
  input = gbp_graph_get_shape (network->graph, 0);
  if (height != NULL)
    *height = input->height;
  if (width != NULL)
    *width = input->width;
}

gboolean
gbp_network_goes_on (const GbpNetwork *network)
{
  return network->goes_on;
}

const char *
gbp_network_get_class_layer (const GbpNetwork *network)
{
  g_return_val_if_fail (network != NULL, NULL);
  return network->class_layer < 0 ? NULL : network->layers[network->class_layer].name;
}

const GbpScorer *
gbp_network_get_scorer (const GbpNetwork *network)
{
  return &network->scorer;
}

GbpScoring
gbp_network_get_scoring (const GbpNetwork *network)
{
  g_return_val_if_fail (network != NULL, GBP_SCORING_NONE);
  return network->class_layer < 0 ? GBP_SCORING_NONE : network->scorer.scoring;
}

const GbpLayer *
gbp_network_get_layers (const GbpNetwork *network, guint *n_layers)
{
  *n_layers = network->n_layers;
  return network->layers;
}

int
gbp_network_find_layer (const GbpNetwork *network, const char *name, GError **error)
{
  const char *rest = network->notice;
  g_autofree char *valid = NULL;

  for (guint i = 0; i < network->n_layers; i++)
    if (g_strcmp0 (network->layers[i].name, name) == 0)
      return (int) i;
  valid = g_strjoinv (", ", (char **) network->layer_names);
  g_set_error (error, GBP_ERROR, GBP_ERROR_LAYER, "no layer \"%s\"; valid layers are %s%s%s",
      name == NULL ? "" : name, valid, rest != NULL ? "; " : "", rest != NULL ? rest : "");
  return -1;
}

gboolean
gbp_network_get_layer_shape (const GbpNetwork *network, const char *layer, guint *height,
    guint *width, guint *channels, GError **error)
{
  int index;

  g_return_val_if_fail (network != NULL && layer != NULL, FALSE);
  index = gbp_network_find_layer (network, layer, error);
  if (index < 0)
    return FALSE;
  if (height != NULL)
    *height = network->layers[index].height;
  if (width != NULL)
    *width = network->layers[index].width;
  if (channels != NULL)
    *channels = network->layers[index].channels;
  return TRUE;
}

void
gbp_network_release_kernel (GbpNetwork *network, guint operation)
{
  gbp_graph_drop_tensor (network->graph, operation, 0);
  for (guint i = 0; i < network->n_layers; i++)
    if (network->layers[i].operation == operation)
      network->layers[i].weights.kernel = NULL;
}

gpointer
gbp_network_share_prepared (
    GbpNetwork *network, gpointer (*make) (const GbpNetwork *network), GDestroyNotify destroy)
{
  gpointer shared = g_atomic_pointer_get (&network->prepared);

  if (shared != NULL)
    return shared;
  gbp_shared_lock ();
  shared = network->prepared;
  if (shared == NULL && (shared = make (network)) != NULL) {
    network->destroy_prepared = destroy;
    g_atomic_pointer_set (&network->prepared, shared);
  }
  gbp_shared_unlock ();
  return shared;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network/network.h"

#include <math.h>
#include <string.h>

#include "network/demand.h"
#include "network/words.h"

struct _GbpNetwork {
  int ref_count; /* atomic */
  GbpArchitecture architecture;
  GbpPreprocess preprocess;
  GbpTraining training;
  char *description;
  char **class_names;
  const char **layer_names; /* NULL-terminated; the names are the table's */
  GbpLayer layers[GBP_MAX_LAYERS];
  guint n_layers;
  void (*forget) (GbpNetwork *network);

  gpointer prepared; /* atomic: set once; all else is immutable */
  GDestroyNotify destroy_prepared;
};

/* GLib keeps a quark's string for ever, and what this is linked into may be unloaded before: so the string is GLib's own
 * copy. Not by G_DEFINE_QUARK, which gives it ours, and which two threads may not enter at once. */
GQuark
gbp_error_quark (void)
{
  return g_quark_from_string ("gbp-error-quark");
}

void
gbp_weights_clear (GbpWeights *weights)
{
  for (guint i = 0; i < GBP_MAX_LAYERS; i++) {
    g_free (weights->layers[i].kernel);
    g_free (weights->layers[i].bias);
  }
  g_free (weights->trained_on);
  g_free (weights->origin);
  g_strfreev (weights->class_names);
  memset (weights, 0, sizeof *weights);
}

static gboolean
all_finite (const float *values, gsize n_values)
{
  float sum = 0; /* 0 · x is NaN for every x that is not finite */

  for (gsize i = 0; i < n_values; i++)
    sum += 0.0f * values[i];
  return sum == 0;
}

static gboolean
check_layer_weights (
    const GbpLayerEntry *entry, const GbpLayerWeights *weights, guint n_inputs, GError **error)
{
  gsize n_kernel = (gsize) weights->n_inputs * weights->n_outputs;

  if (weights->n_inputs != n_inputs || weights->n_outputs == 0) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "layer %s: expected %u input channels and at least one output channel, found %u and %u",
        entry->name, n_inputs, weights->n_inputs, weights->n_outputs);
    return FALSE;
  }
  if (entry->kind == GBP_LAYER_CONVOLUTION)
    n_kernel *= 9;
  if (!all_finite (weights->kernel, n_kernel) || !all_finite (weights->bias, weights->n_outputs)) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "layer %s: expected finite weights, found NaN or infinity", entry->name);
    return FALSE;
  }
  return TRUE;
}

static gboolean
has_weights (GbpLayerKind kind)
{
  return kind == GBP_LAYER_CONVOLUTION || kind == GBP_LAYER_DENSE;
}

/* The shape that comes out of a layer when @before goes in. */
static GbpLayer
shape_layer (const GbpLayerEntry *entry, const GbpLayer *before)
{
  GbpLayer layer = {.name = entry->name, .kind = entry->kind};
  guint step = entry->kind == GBP_LAYER_POOL ? 2 : 1;

  layer.has_relu = has_weights (entry->kind) && strcmp (entry->name, "predictions") != 0;
  layer.height = before->height / step;
  layer.width = before->width / step;
  layer.channels = before->channels;
  if (entry->kind == GBP_LAYER_FLATTEN) {
    layer.channels = before->height * before->width * before->channels;
    layer.height = layer.width = 1;
  }
  return layer;
}

/* How many layers can be computed: up to the first one that needs weights and has none. */
static guint
count_layers (const GbpLayerEntry *entries, guint n_entries, const GbpWeights *weights)
{
  guint i = 0;

  while (i < n_entries && (!has_weights (entries[i].kind) || weights->layers[i].kernel != NULL))
    i++;
  return i;
}

static gboolean
check_no_gap (
    const GbpLayerEntry *entries, guint first, guint n, const GbpWeights *weights, GError **error)
{
  for (guint i = first; i < n; i++) {
    if (weights->layers[i].kernel == NULL)
      continue;
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "layer %s: expected weights, found none, though there are some for %s after it",
        entries[first].name, entries[i].name);
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_widths (const GbpLayerEntry *entries, guint n, const GbpWeights *weights, GError **error)
{
  guint64 n_outputs[GBP_MAX_LAYERS] = {0};

  for (guint i = 0; i < n; i++)
    n_outputs[i] = weights->layers[i].n_outputs;
  return gbp_demand_check (entries, n, n_outputs, error);
}

static gboolean
take_layers (GbpNetwork *network, GbpWeights *weights, GError **error)
{
  guint n_entries;
  const GbpLayerEntry *entries = gbp_architecture_get_layers (weights->architecture, &n_entries);
  GbpLayer before = {.height = GBP_INPUT_SIZE, .width = GBP_INPUT_SIZE, .channels = 3};

  network->n_layers = count_layers (entries, n_entries, weights);
  if (!check_no_gap (entries, network->n_layers, n_entries, weights, error)
      || !check_widths (entries, network->n_layers, weights, error))
    return FALSE;
  for (guint i = 0; i < network->n_layers; i++) {
    GbpLayer *layer = &network->layers[i];

    *layer = shape_layer (&entries[i], &before);
    if (has_weights (layer->kind)) {
      if (!check_layer_weights (&entries[i], &weights->layers[i], before.channels, error))
        return FALSE;
      layer->weights = weights->layers[i];
      layer->channels = layer->weights.n_outputs;
      weights->layers[i] = (GbpLayerWeights){0};
    }
    before = *layer;
    network->layer_names[i] = layer->name;
  }
  if (network->n_layers == 0)
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "layer %s: expected weights, found none: the network would be empty", entries[0].name);
  return network->n_layers > 0;
}

static gboolean
take_class_names (GbpNetwork *network, GbpWeights *weights, GError **error)
{
  const GbpLayer *last = &network->layers[network->n_layers - 1];
  guint n_names = weights->class_names == NULL ? 0 : g_strv_length (weights->class_names);
  gboolean has_classes = strcmp (last->name, "predictions") == 0;

  if (n_names > 0 && has_classes && n_names != last->channels) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "layer predictions: expected one class name for each of its %u channels, found %u",
        last->channels, n_names);
    return FALSE;
  }
  if (n_names == 0 || !has_classes)
    return TRUE;
  network->class_names = g_new0 (char *, n_names + 1);
  for (guint i = 0; i < n_names; i++)
    network->class_names[i] = gbp_words_clean (weights->class_names[i], GBP_WORDS_MAX_NAME);
  return TRUE;
}

static char *
describe (const GbpNetwork *network, const GbpWeights *weights)
{
  static const char *const training[] = {[GBP_TRAINING_UNKNOWN] = "",
      [GBP_TRAINING_TRAINED] = ", trained",
      [GBP_TRAINING_UNTRAINED] = ", untrained"};
  guint width = network->layers[0].channels;
  g_autofree char *origin = gbp_words_clean (weights->origin, GBP_WORDS_MAX_NAME);
  g_autofree char *data =
      gbp_words_clean (weights->trained_on != NULL ? weights->trained_on : "", GBP_WORDS_MAX_NAME);
  g_autofree char *scale = NULL;

  if (width == 64)
    scale = g_strdup ("");
  else if (64 % width == 0)
    scale = g_strdup_printf (" at 1/%u width", 64 / width);
  else
    scale = g_strdup_printf (" at width %u", width);
  if (network->training != GBP_TRAINING_TRAINED)
    data[0] = '\0';
  return g_strdup_printf ("%s%s, %s%s%s%s", gbp_architecture_get_name (weights->architecture),
      scale, origin, training[network->training], *data != '\0' ? " on " : "", data);
}

GbpNetwork *
gbp_network_new_take (GbpWeights *weights, GError **error)
{
  g_auto (GbpWeights) taken = *weights;
  g_autoptr (GbpNetwork) network = g_new0 (GbpNetwork, 1);

  memset (weights, 0, sizeof *weights);
  g_atomic_int_set (&network->ref_count, 1);
  network->architecture = taken.architecture;
  network->preprocess = taken.preprocess;
  network->training = taken.training;
  network->layer_names = g_new0 (const char *, GBP_MAX_LAYERS + 1);
  if (!take_layers (network, &taken, error) || !take_class_names (network, &taken, error))
    return NULL;
  network->description = describe (network, &taken);
  return g_steal_pointer (&network);
}

GbpNetwork *
gbp_network_ref (GbpNetwork *network)
{
  g_atomic_int_inc (&network->ref_count);
  return network;
}

void
gbp_network_set_forget (GbpNetwork *network, void (*forget) (GbpNetwork *network))
{
  network->forget = forget;
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
  if (!g_atomic_int_dec_and_test (&network->ref_count))
    return;
  if (network->forget != NULL)
    network->forget (network);
  if (network->prepared != NULL)
    network->destroy_prepared (network->prepared);
  for (guint i = 0; i < GBP_MAX_LAYERS; i++) {
    g_free (network->layers[i].weights.kernel);
    g_free (network->layers[i].weights.bias);
  }
  g_free (network->description);
  g_strfreev (network->class_names);
  g_free (network->layer_names);
  g_free (network);
}

const char *
gbp_network_get_description (const GbpNetwork *network)
{
  return network->description;
}

GbpPreprocess
gbp_network_get_preprocess (const GbpNetwork *network)
{
  return network->preprocess;
}

gboolean
gbp_network_is_trained (const GbpNetwork *network)
{
  return network->training != GBP_TRAINING_UNTRAINED;
}

const char *const *
gbp_network_get_layer_names (const GbpNetwork *network)
{
  return network->layer_names;
}

const char *const *
gbp_network_get_class_names (const GbpNetwork *network)
{
  return (const char *const *) network->class_names;
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
  g_autofree char *valid = NULL;

  for (guint i = 0; i < network->n_layers; i++)
    if (g_strcmp0 (network->layers[i].name, name) == 0)
      return (int) i;
  valid = g_strjoinv (", ", (char **) network->layer_names);
  g_set_error (error, GBP_ERROR, GBP_ERROR_LAYER, "no layer \"%s\"; valid layers are %s",
      name == NULL ? "" : name, valid);
  return -1;
}

gboolean
gbp_network_get_layer_shape (const GbpNetwork *network, const char *layer, guint *height,
    guint *width, guint *channels, GError **error)
{
  int index = gbp_network_find_layer (network, layer, error);

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
gbp_network_release_kernel (GbpNetwork *network, guint index)
{
  g_clear_pointer (&network->layers[index].weights.kernel, g_free);
}

gpointer
gbp_network_share_prepared (
    GbpNetwork *network, gpointer (*make) (const GbpNetwork *network), GDestroyNotify destroy)
{
  gpointer made, shared = g_atomic_pointer_get (&network->prepared);

  if (shared != NULL || (made = make (network)) == NULL)
    return shared;
  if (g_atomic_pointer_compare_and_exchange (&network->prepared, NULL, made)) {
    network->destroy_prepared = destroy;
    return made;
  }
  destroy (made); /* another thread was first */
  return g_atomic_pointer_get (&network->prepared);
}

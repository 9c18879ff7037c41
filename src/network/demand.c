/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network/demand.h"

/* Channels are kept in multiples of this. */
#define PADDING 16

/* Bytes of a unit in Winograd's transforms: 36 floats for 4×4 units. Where the weights are large the whole
 * map is transformed at once. */
#define TRANSFORMED_SIZE (36 * sizeof (float) / 16)

/* More channels than memory has bytes for: their products with a map's pixels still fit 64 bits. */
#define MAX_CHANNELS (G_GUINT64_CONSTANT (1) << 40)

/* What goes through the network.
 * @height, @width: of the map
 * @largest: units of the largest map
 * @transformed: units that go into and come out of a convolution, the most of any
 * @kept: bytes of what is kept of each layer for the way back */
typedef struct {
  guint64 height, width;
  guint64 channels;
  guint64 largest;
  guint64 transformed;
  guint64 kept;
} Demand;

static guint64
count_units (const Demand *demand)
{
  return demand->height * demand->width * ((demand->channels + PADDING - 1) / PADDING * PADDING);
}

/* Adds a layer. It keeps a bit of each unit, and a pool two more, of which of four was the largest. */
static void
add_layer (Demand *demand, const GbpLayerEntry *entry, guint64 n_outputs)
{
  guint64 n_before = count_units (demand), n_units;

  if (entry->kind == GBP_LAYER_POOL) {
    demand->height /= 2;
    demand->width /= 2;
  }
  if (entry->kind == GBP_LAYER_FLATTEN)
    demand->channels *= demand->height * demand->width;
  if (entry->kind == GBP_LAYER_FLATTEN || entry->kind == GBP_LAYER_GLOBAL_AVERAGE
      || entry->kind == GBP_LAYER_GLOBAL_MAX)
    demand->height = demand->width = 1;
  if (entry->kind == GBP_LAYER_CONVOLUTION || entry->kind == GBP_LAYER_DENSE)
    demand->channels = n_outputs;
  demand->channels = MIN (demand->channels, MAX_CHANNELS);
  n_units = count_units (demand);
  if (entry->kind == GBP_LAYER_CONVOLUTION)
    demand->transformed = MAX (demand->transformed, n_before + n_units);
  demand->largest = MAX (demand->largest, n_units);
  demand->kept += n_units / 8 + (entry->kind == GBP_LAYER_POOL ? n_units / 4 : 0);
}

guint64
gbp_demand_estimate_frame (
    const GbpLayerEntry *entries, guint n_layers, const guint64 *n_outputs, const GbpShape *input)
{
  Demand demand = {.height = input->height, .width = input->width, .channels = input->channels};

  for (guint i = 0; i < n_layers; i++)
    add_layer (&demand, &entries[i], n_outputs[i]);
  return 2 * sizeof (float) * demand.largest + demand.largest / 8 + demand.kept
         + TRANSFORMED_SIZE * demand.transformed;
}

gboolean
gbp_demand_check (const GbpLayerEntry *entries, guint n_layers, const guint64 *n_outputs,
    const GbpShape *input, GError **error)
{
  for (guint i = 0; i < n_layers; i++) {
    guint64 n_bytes = gbp_demand_estimate_frame (entries, i + 1, n_outputs, input);

    if (n_bytes <= GBP_DEMAND_MAX_FRAME)
      continue;
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "layer %s: expected a width for which a frame takes at most %" G_GUINT64_FORMAT
        " bytes, found %" G_GUINT64_FORMAT " channels, for which it takes %" G_GUINT64_FORMAT,
        entries[i].name, GBP_DEMAND_MAX_FRAME, n_outputs[i], n_bytes);
    return FALSE;
  }
  return TRUE;
}

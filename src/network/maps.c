/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Layers whose outputs are maps of more than one pixel, on the way to the classes. */
#include "network/network.h"

/* Sets @leads [n_operations + 1] for the values of which @value, itself included, is made. */
static void
find_sources (const GbpGraph *graph, guint value, gboolean *leads)
{
  guint n_operations;
  const GbpOperation *operations = gbp_graph_get_operations (graph, &n_operations);

  for (guint i = 0; i <= n_operations; i++)
    leads[i] = i == value;
  for (guint i = value; i > 0; i--)
    for (guint j = 0; leads[i] && j < operations[i - 1].n_inputs; j++)
      leads[operations[i - 1].inputs[j]] = TRUE;
}

/* The value that all inner maps lead to: the classes', or where there are none the graph's last. */
static guint
get_goal (const GbpNetwork *network)
{
  guint n_layers;
  const GbpLayer *layers = gbp_network_get_layers (network, &n_layers);

  return layers[n_layers - 1].value;
}

static gboolean
is_map (const GbpLayer *layer)
{
  return layer->height > 1 || layer->width > 1;
}

gboolean
gbp_network_is_inner_map (const GbpNetwork *network, guint layer)
{
  gboolean leads[GBP_GRAPH_MAX_OPERATIONS + 1];
  guint n_layers;
  const GbpLayer *layers = gbp_network_get_layers (network, &n_layers);

  find_sources (gbp_network_get_graph (network), get_goal (network), leads);
  return is_map (&layers[layer]) && leads[layers[layer].value];
}

char *
gbp_network_list_inner_maps (const GbpNetwork *network)
{
  gboolean leads[GBP_GRAPH_MAX_OPERATIONS + 1];
  GString *list = g_string_new (NULL);
  guint n_layers;
  const GbpLayer *layers = gbp_network_get_layers (network, &n_layers);

  find_sources (gbp_network_get_graph (network), get_goal (network), leads);
  for (guint i = 0; i < n_layers; i++)
    if (is_map (&layers[i]) && leads[layers[i].value])
      g_string_append_printf (list, "%s%s", list->len > 0 ? ", " : "", layers[i].name);
  return g_string_free (list, FALSE);
}

static gboolean
is_pool (const GbpLayer *layer)
{
  return layer->kind == GBP_KIND_POOL_MAX || layer->kind == GBP_KIND_POOL_AVERAGE
         || layer->kind == GBP_KIND_POOL_AVERAGE_PADDED;
}

const char *
gbp_network_get_last_map (const GbpNetwork *network)
{
  gboolean leads[GBP_GRAPH_MAX_OPERATIONS + 1];
  const GbpLayer *found = NULL, *pool = NULL;
  guint n_layers;
  const GbpLayer *layers = gbp_network_get_layers (network, &n_layers);

  find_sources (gbp_network_get_graph (network), get_goal (network), leads);
  for (guint i = 0; i < n_layers; i++) {
    if (!is_map (&layers[i]) || !leads[layers[i].value])
      continue;
    if (is_pool (&layers[i]))
      pool = &layers[i];
    else
      found = &layers[i];
  }
  if (found == NULL)
    found = pool;
  return found != NULL ? found->name : NULL;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain/chain.h"

#include <string.h>

typedef struct {
  const GbpGraph *graph;
  const GbpOperation *operations;
  guint n_operations;
} Walk;

/* The operation that alone reads @value; NULL if there are none or several. */
static const GbpOperation *
find_user (const Walk *walk, guint value)
{
  const GbpOperation *user = NULL;

  for (guint i = value; i < walk->n_operations; i++)
    for (guint j = 0; j < walk->operations[i].n_inputs; j++) {
      if (walk->operations[i].inputs[j] != value)
        continue;
      if (user != NULL)
        return NULL;
      user = &walk->operations[i];
    }
  return user;
}

static guint
get_output (const Walk *walk, const GbpOperation *operation)
{
  return (guint) (operation - walk->operations) + 1;
}

static gboolean
has_window (const GbpOperation *operation, guint size, guint stride, guint padding)
{
  const GbpWindow window = {
      size, size, stride, stride, 1, 1, {padding, padding, padding, padding}, 1};

  return memcmp (&operation->window, &window, sizeof window) == 0;
}

/* The output of the ReLU that closes @operation; 0: there is none. */
static guint
find_relu (const Walk *walk, const GbpOperation *operation)
{
  const GbpOperation *user = find_user (walk, get_output (walk, operation));

  if (user == NULL || !gbp_operation_is_relu (user))
    return 0;
  return get_output (walk, user);
}

/* The value at the end of the layer that @operation begins; 0: it is none of a chain's. */
static guint
find_end (const Walk *walk, const GbpOperation *operation, gboolean is_first)
{
  const GbpShape *input = gbp_graph_get_shape (walk->graph, operation->inputs[0]);
  guint closed;

  switch (operation->kind) {
    case GBP_KIND_CONVOLUTION:
      return has_window (operation, 3, 1, 1) && operation->tensors[1] != NULL
                 ? find_relu (walk, operation)
                 : 0;
    case GBP_KIND_POOL_MAX:
      return !is_first && has_window (operation, 2, 2, 0) && input->height % 2 == 0
                     && input->width % 2 == 0
                 ? get_output (walk, operation)
                 : 0;
    case GBP_KIND_FLATTEN:
      return is_first ? 0 : get_output (walk, operation);
    case GBP_KIND_DENSE:
      if (is_first || operation->tensors[1] == NULL)
        return 0;
      closed = find_relu (walk, operation);
      return closed != 0 ? closed : get_output (walk, operation);
    default:
      return 0;
  }
}

guint
gbp_chain_find (const GbpGraph *graph, GbpLayer *layers)
{
  Walk walk = {.graph = graph};
  guint n_layers = 0, value = 0;

  walk.operations = gbp_graph_get_operations (graph, &walk.n_operations);
  while (TRUE) {
    const GbpOperation *user = find_user (&walk, value);

    value = user != NULL ? find_end (&walk, user, n_layers == 0) : 0;
    if (value == 0)
      return n_layers;
    if (layers != NULL)
      gbp_layer_init_from (&layers[n_layers], graph, (guint) (user - walk.operations), value);
    n_layers++;
  }
}

gboolean
gbp_chain_hides (const GbpLayer *layer, guint value)
{
  return value > layer->operation && value < layer->value;
}

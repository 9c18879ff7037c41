/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A network in memory: its layers, their shapes, their weights. */
#pragma once

#include <gbp/network.h>

#include "network/architecture.h"

/* One layer's weights. A layer without weights, or beyond the file's end, has no kernel.
 * @n_inputs: channels in; for a dense layer, the length of its input
 * @n_outputs: channels out
 * @kernel: (owned): convolution [3][3][n_inputs][n_outputs], dense [n_inputs][n_outputs], where fc1's
 *     inputs come in the order [height][width][channel]
 * @bias: (owned): [n_outputs] */
typedef struct {
  guint n_inputs;
  guint n_outputs;
  float *kernel;
  float *bias;
} GbpLayerWeights;

/* GbpTraining: what is known of where weights come from
 * @GBP_TRAINING_UNKNOWN: nothing; most files do not say */
typedef enum {
  GBP_TRAINING_UNKNOWN,
  GBP_TRAINING_TRAINED,
  GBP_TRAINING_UNTRAINED,
} GbpTraining;

/* What a reader of weight files hands over.
 * @preprocess: never AUTO
 * @training: what the file says of itself
 * @trained_on: (owned) (nullable): what they were trained on, in the file's words
 * @origin: (owned): where they come from: "built in", or a file's name
 * @class_names: (owned) (nullable): as many as "predictions" has channels, in the file's words
 * @file_size: of the file that they are read from, in bytes, which bounds what they may take; 0: they are
 *     from no file
 * @layers: indexed as the architecture's table */
typedef struct {
  GbpArchitecture architecture;
  GbpPreprocess preprocess;
  GbpTraining training;
  char *trained_on;
  char *origin;
  char **class_names;
  guint64 file_size;
  GbpLayerWeights layers[GBP_MAX_LAYERS];
} GbpWeights;

void gbp_weights_clear (GbpWeights *weights);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GbpWeights, gbp_weights_clear)

/* gbp_network_new_take:
 * @weights: (transfer full): cleared, on failure too
 *
 * Checks that the layers fit each other and the input (3 channels into block1_conv1, each layer's
 * inputs the outputs before it, no gap), that no layer is so wide that a frame takes more than
 * GBP_DEMAND_MAX_FRAME, and that every value is finite.
 *
 * Returns: NULL with @error set (GBP_ERROR_READ), naming the layer */
GbpNetwork *gbp_network_new_take (GbpWeights *weights, GError **error);

/* A layer of a network, with the shape of its output; one past the file's end does not exist.
 * @has_relu: a ReLU closes it */
typedef struct {
  const char *name;
  GbpLayerKind kind;
  gboolean has_relu;
  guint height;
  guint width;
  guint channels;
  GbpLayerWeights weights;
} GbpLayer;

/* gbp_network_set_forget:
 * @forget: called once, by the thread that drops the last reference, before anything is freed
 *
 * For a table of weak references: it takes the network off the table, under the table's lock. Set
 * before the network is shared between threads. */
void gbp_network_set_forget (GbpNetwork *network, void (*forget) (GbpNetwork *network));

/* A new reference, or FALSE if the last one has been dropped. @network must not be freed meanwhile:
 * hold the lock that its forget function takes. */
gboolean gbp_network_ref_if_alive (GbpNetwork *network);

const GbpLayer *gbp_network_get_layers (const GbpNetwork *network, guint *n_layers);

/* The index of the layer called @name; -1 with @error set (GBP_ERROR_LAYER), listing the valid ones. */
int gbp_network_find_layer (const GbpNetwork *network, const char *name, GError **error);

/* Frees a convolution's kernel, once it is prepared in another form: its layer then has none. The caller
 * sees to it that nothing else reads it. */
void gbp_network_release_kernel (GbpNetwork *network, guint index);

/* What an explanation computes once from the weights and shares: made by the first caller's @make, freed with the
 * network by @destroy. Safe from any thread, and without a lock that fork() could find taken.
 * Returns: NULL if @make gave NULL: the next caller tries again */
gpointer gbp_network_share_prepared (
    GbpNetwork *network, gpointer (*make) (const GbpNetwork *network), GDestroyNotify destroy);

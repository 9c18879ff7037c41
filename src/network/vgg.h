/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VGG as a graph, from arrays whose names or places say which of its layers they belong to. */
#pragma once

#include <gbp/network.h>

#include "network/architecture.h"
#include "network/graph.h"

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
 * @GBP_TRAINING_UNKNOWN: nothing; most files do not say
 * @GBP_TRAINING_RANDOMIZED: they were replaced, all or some, by random ones */
typedef enum {
  GBP_TRAINING_UNKNOWN,
  GBP_TRAINING_TRAINED,
  GBP_TRAINING_UNTRAINED,
  GBP_TRAINING_RANDOMIZED,
} GbpTraining;

/* The most layers that weights may have: VGG19's, with a head of up to ten dense layers. */
#define GBP_WEIGHTS_MAX_DENSE  10
#define GBP_WEIGHTS_MAX_LAYERS (GBP_MAX_LAYERS - 3 + GBP_WEIGHTS_MAX_DENSE)

/* What makes a vector of the last map: its numbers in a row, or the average or the maximum of each channel. */
typedef enum {
  GBP_VGG_POOLING_NONE,
  GBP_VGG_POOLING_AVERAGE,
  GBP_VGG_POOLING_MAX,
} GbpVggPooling;

/* What a reader of weight files hands over.
 * @preprocess: never AUTO
 * @scoring: AUTO: a softmax
 * @training: what the file says of itself
 * @trained_on: (owned) (nullable): what they were trained on, in the file's words
 * @origin: (owned): where they come from: "built in", or a file's name
 * @class_names: (owned) (nullable): as many as "predictions" has channels, in the file's words
 * @class_origin, @must_have_classes: as in GbpNetworkParts
 * @file_size: of the file that they are read from, in bytes, which bounds what they may take; 0: they are
 *     from no file
 * @notice: (owned) (nullable): what of the file is left out or assumed, and why, in words
 * @height, @width: of the input; 0: GBP_VGG_INPUT_SIZE, or what the head wants
 * @pooling: before a head that is not the architecture's
 * @n_dense: dense layers of the head, the classes' last; 0: the architecture's three
 * @layers: indexed as gbp_weights_list_layers() has them */
typedef struct {
  GbpArchitecture architecture;
  GbpPreprocess preprocess;
  GbpScoring scoring;
  GbpTraining training;
  char *trained_on;
  char *origin;
  char **class_names;
  char *class_origin;
  gboolean must_have_classes;
  guint64 file_size;
  char *notice;
  guint height, width;
  GbpVggPooling pooling;
  guint n_dense;
  GbpLayerWeights layers[GBP_WEIGHTS_MAX_LAYERS];
} GbpWeights;

void gbp_weights_clear (GbpWeights *weights);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GbpWeights, gbp_weights_clear)

/* gbp_weights_list_layers:
 * @entries: [GBP_WEIGHTS_MAX_LAYERS]: (out): the architecture's layers, with a head of as many dense layers as the
 *     weights have: fc1, fc2 …, predictions
 *
 * Returns: how many there are */
guint gbp_weights_list_layers (const GbpWeights *weights, GbpLayerEntry *entries);

/* Height and width of the input that the weights are for. */
void gbp_weights_get_input_size (const GbpWeights *weights, guint *height, guint *width);

/* gbp_vgg_build:
 * @weights: whose layers' arrays are taken
 *
 * Checks that the layers fit each other and the input (3 channels into block1_conv1, each layer's inputs the outputs
 * before it, no gap), that no layer is so wide that a frame takes more than GBP_DEMAND_MAX_FRAME, and that every value
 * is finite. The graph ends where the weights do.
 *
 * Returns: (transfer full): NULL with @error set (GBP_ERROR_READ), naming the layer */
GbpGraph *gbp_vgg_build (GbpWeights *weights, GError **error);

/* Returns: (transfer full): such as "VGG19 at 1/4 width"
 * @width: channels of block1_conv1 */
char *gbp_vgg_describe (GbpArchitecture architecture, guint width);

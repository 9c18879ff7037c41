/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * From Keras' layers to operations. */
#pragma once

#include "format/keras_weights.h"

/* @version: of the Keras that wrote the file: 1, 2 or 3: a function of one name may have changed
 * @is_channels_first: the model's maps are [channels][height][width] for Keras
 * @n_calls: of layers, so far
 * @views: (owned) (nullable) (element-type int gpointer): of values that are no maps for Keras: see
 *     gbp_keras_find_view() */
typedef struct {
  GbpBuilder *builder;
  GbpKerasWeights *weights;
  guint version;
  gboolean is_channels_first;
  guint n_calls;
  GHashTable *views;
} GbpKeras;

/* One call of a layer.
 * @inputs: [n_inputs]: values
 * @operands: (nullable) (element-type GbpKerasOperand): what the call takes, the inputs among it, in order; NULL in a
 *     Sequential */
typedef struct {
  GbpKeras *keras;
  GbpKerasLayer *layer;
  const int *inputs;
  guint n_inputs;
  const GArray *operands;
} GbpKerasCall;

/* gbp_keras_call_layer:
 *
 * Adds the operations of a layer that is no model.
 *
 * Returns: the value that comes out, which may be the input; -1 with @error set, by gbp_builder_refuse() where it is
 *     not supported */
int gbp_keras_call_layer (const GbpKerasCall *call, GError **error);

/* gbp_keras_build:
 * @output: (out): the value of the model's first output; -1: not understood
 *
 * Builds the whole graph.
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) */
gboolean gbp_keras_build (GbpKeras *keras, const GbpKerasModel *model, const GbpDescribed *file,
    int *output, GError **error);

/* gbp_keras_describe_config:
 * @text: model_config
 * @is_numbered: the arrays are as in a .keras, else as in a whole model's HDF5
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ). A text that has no layers leaves @description as it is */
gboolean gbp_keras_describe_config (const GbpDescribed *file, const char *text, GbpKeras *keras,
    gboolean is_numbered, GbpDescription *description, GError **error);

/* Builds one layer, and gives its value; see gbp_keras_call_layer(). */
typedef int (*GbpKerasLayerFunction) (const GbpKerasCall *call, GError **error);

/* A class of layers and the function that builds it, beside which it stands.
 * @is_old: a name of Keras 1, of an operator, or of one network's own layer, which messages leave out */
typedef struct {
  const char *class_name;
  GbpKerasLayerFunction build;
  gboolean is_old;
} GbpKerasRow;

/* Each ends with a row without a name. */
extern const GbpKerasRow gbp_keras_convolution_rows[];
extern const GbpKerasRow gbp_keras_scale_rows[];
extern const GbpKerasRow gbp_keras_activation_rows[];
extern const GbpKerasRow gbp_keras_length_rows[];
extern const GbpKerasRow gbp_keras_pool_rows[];
extern const GbpKerasRow gbp_keras_shape_rows[];
extern const GbpKerasRow gbp_keras_merge_rows[];
extern const GbpKerasRow gbp_keras_resample_rows[];
extern const GbpKerasRow gbp_keras_index_rows[];
extern const GbpKerasRow gbp_keras_operator_rows[];

/* The activations that layers may have, for messages. */
#define GBP_KERAS_ACTIVATIONS                                                                      \
  "relu, relu6, leaky_relu, elu, selu, celu, silu, gelu, hard_swish, mish, softplus, squareplus, " \
  "sparse_plus, sigmoid, hard_sigmoid, sparse_sigmoid, log_sigmoid, tanh, hard_tanh, "             \
  "tanh_shrink, soft_shrink, hard_shrink, softsign, exponential, glu, softmax, log_softmax and "   \
  "linear"

/* A function of each number, by Keras' name, that is more than one operation; else refuses it. */
int gbp_keras_add_composed (const GbpKerasCall *call, int value, const char *name, GError **error);

/* Whether what is over @axis (nullable), or else over the last one, is over the channels of @value. */
gboolean gbp_keras_is_over_channels (const GbpKerasCall *call, int value, const json_t *axis);

/* PReLU, whose slopes have a shape of their own. */
int gbp_keras_prelu (const GbpKerasCall *call, GError **error);

/* Layers that others are made of. */
int gbp_keras_identity (const GbpKerasCall *call, GError **error);
int gbp_keras_concatenate (const GbpKerasCall *call, GError **error);
int gbp_keras_pool_max (const GbpKerasCall *call, GError **error);
int gbp_keras_pool_average (const GbpKerasCall *call, GError **error);

/* What gbp_keras_keep_view() has kept of the first input, whose axes are other than a map's: only the layers of
 * gbp_keras_shape_rows take such. NULL: nothing */
gconstpointer gbp_keras_find_view (const GbpKerasCall *call);
void gbp_keras_keep_view (const GbpKerasCall *call, int value, gconstpointer view, gsize size);

/* The preprocessing of an application of Keras' that the model is, or has in it; GBP_PREPROCESS_AUTO: it is none. */
GbpPreprocess gbp_keras_find_preprocess (const GbpKerasModel *model);

/* Fills in what is 0 of @shape from a Resizing layer, if the model has one. */
void gbp_keras_find_resizing (const GbpKerasModel *model, GbpShape *shape);

/* gbp_keras_activate:
 * @config: of a layer with a member "activation"
 *
 * Returns: what comes out of the layer's own activation: @value, where it is linear */
int gbp_keras_activate (const GbpKerasCall *call, int value, GError **error);

/* Whether a layer says that its maps are so; FALSE where it says nothing. */
gboolean gbp_keras_has_channels_first (const GbpKerasLayer *layer);

/* A layer's class, or for an operator of TensorFlow's the one that does what it does. */
const char *gbp_keras_find_class (const GbpKerasLayer *layer);

/* Whether an axis, a number or a list of one, is the channels'. */
gboolean gbp_keras_is_channel_axis (const GbpKerasCall *call, const json_t *node);

/* What an operator is told beside its inputs: in its configuration, or of TensorFlow's, which is called once, a
 * keyword.
 * Returns: (nullable) */
const json_t *gbp_keras_find_argument (const GbpKerasCall *call, const char *name);

/* What a layer takes of a pair: a number for both, or a list of two. */
gboolean gbp_keras_get_pair (
    const json_t *config, const char *name, guint otherwise, guint pair[2]);

/* gbp_keras_get_window:
 * @window: (inout): strides, dilation and padding are set; rows and columns count
 *
 * "same" as TensorFlow pads: as many windows as strides fit into the map, an odd pixel at the bottom and right. */
int gbp_keras_get_window (const GbpKerasCall *call, GbpWindow *window, GError **error);

static inline const GbpShape *
gbp_keras_get_input_shape (const GbpKerasCall *call)
{
  return gbp_graph_get_shape (call->keras->builder->graph, (guint) call->inputs[0]);
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What networks are made of: operations on maps, with their parameters and weights.
 *
 * A map is that of one image, [height][width][channels]; a vector is a map of one pixel. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Sizes are at most this, so that 64 bits hold what is counted with them; so are channels, of which a vector may have
 * more than a map has columns. */
#define GBP_MAX_SIZE     (1u << 20)
#define GBP_MAX_CHANNELS (1u << 28)

/* An immutable array of float32, shared by whoever has a reference. Its shape is what the operation's kind says.
 * @is_finite: looked at once, however many operations share it */
typedef struct {
  int ref_count; /* atomic */
  gsize n_values;
  float *values; /* owned */
  gboolean is_finite;
} GbpTensor;

/* @values: (transfer full): of g_malloc()
 * Returns: (transfer full) */
GbpTensor *gbp_tensor_new_take (float *values, gsize n_values);
GbpTensor *gbp_tensor_ref (GbpTensor *tensor);
void gbp_tensor_unref (GbpTensor *tensor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GbpTensor, gbp_tensor_unref)

/* What an operation does: a row for each kind, GBP_KIND_CONVOLUTION being computed by gbp_kind_convolution of
 * kind_convolution.c. Weights are tensors[0], tensors[1] in the order given; those in brackets may be NULL.
 * @CONVOLUTION: kernel [rows][columns][channels in / groups][channels out], [bias [channels out]]
 * @DENSE: on a map of one pixel: kernel [channels in][channels out], [bias [channels out]]
 * @SCALE: x · factor + shift for each channel: factor [channels], [shift [channels]]. Batch normalisation, Rescaling,
 *     Normalization and constants that are added or multiplied are this
 * @LAYER_NORM: each pixel's channels, less their mean and over their deviation, @epsilon being added to the variance,
 *     and scaled then: [factor [channels]], [shift [channels]]
 * @GROUP_NORM: as that, but @groups of channels, each over the whole map; as many as channels: instance normalization
 * @RESPONSE_NORM: each value over (k + alpha · the sum of its channel's and its neighbours' squares)^beta: numbers: k,
 *     alpha, beta. Of its pixel's channels window.columns are summed up, (window.columns − 1) / 2 of them before its
 *     own; as many as all: RMS normalization, or a vector over its length
 * @ACTIVATION: @function; [slopes [channels], or [height][width][channels]] of PReLU
 * @SOFTMAX, @LOG_SOFTMAX: over the channels of each pixel; the latter: its logarithm
 * @POOL_MAX, @POOL_AVERAGE: a window; padding never counts
 * @POOL_AVERAGE_PADDED: a window; zeros of the padding count (PyTorch's count_include_pad)
 * @GLOBAL_AVERAGE, @GLOBAL_MAX: to a map of one pixel
 * @ADD, @MULTIPLY: two or more inputs, where height and width, or channels, or all may be 1 and are repeated
 * @MAXIMUM: two or more inputs of one shape: where they are equal, all of them share the gradient, or where @corner is
 *     GBP_CORNER_ABOVE the first has it
 * @CHANNEL_MAX: the largest of each pixel's channels, a map of one; equal ones as those of MAXIMUM
 * @CONCATENATE: the channels of two or more inputs
 * @SELECT: channels in another order, or some of them: those of the input [channels out], each a whole number, −1:
 *     zeros
 * @RESAMPLE: each row out is a sum of window.rows rows in that follow each other: rows [rows out][1 + window.rows], the
 *     number of the first of them and the factors; columns by window.columns likewise: [columns out][1 +
 *     window.columns]
 * @TRANSPOSE: rows, columns and channels change places: of each of the output's three axes the number of the input's:
 *     0, 1, 2
 * @PAD: zeros around, @CROP: the border off: @padding says how many pixels
 * @FLATTEN: to a map of one pixel, in the order [height][width][channel]
 * @IDENTITY: dropout, and what else does nothing: it has a name and can be a target */
#define GBP_KINDS(ROW)                                                                             \
  ROW (CONVOLUTION, convolution)                                                                   \
  ROW (DENSE, dense)                                                                               \
  ROW (SCALE, scale)                                                                               \
  ROW (LAYER_NORM, layer_norm)                                                                     \
  ROW (GROUP_NORM, group_norm)                                                                     \
  ROW (RESPONSE_NORM, response_norm)                                                               \
  ROW (ACTIVATION, activation)                                                                     \
  ROW (SOFTMAX, softmax)                                                                           \
  ROW (LOG_SOFTMAX, log_softmax)                                                                   \
  ROW (POOL_MAX, pool_max)                                                                         \
  ROW (POOL_AVERAGE, pool_average)                                                                 \
  ROW (POOL_AVERAGE_PADDED, pool_average_padded)                                                   \
  ROW (GLOBAL_AVERAGE, global_average)                                                             \
  ROW (GLOBAL_MAX, global_max)                                                                     \
  ROW (ADD, add)                                                                                   \
  ROW (MULTIPLY, multiply)                                                                         \
  ROW (MAXIMUM, maximum)                                                                           \
  ROW (CHANNEL_MAX, channel_max)                                                                   \
  ROW (CONCATENATE, concatenate)                                                                   \
  ROW (SELECT, select)                                                                             \
  ROW (RESAMPLE, resample)                                                                         \
  ROW (TRANSPOSE, transpose)                                                                       \
  ROW (PAD, pad)                                                                                   \
  ROW (CROP, crop)                                                                                 \
  ROW (FLATTEN, flatten)                                                                           \
  ROW (IDENTITY, identity)

#define GBP_KIND_NUMBER(KIND, name) GBP_KIND_##KIND,

typedef enum {
  GBP_KINDS (GBP_KIND_NUMBER) GBP_N_KINDS,
} GbpKind;

/* The functions of GBP_KIND_ACTIVATION. Those up to SOFTPLUS are rectifiers, at which a method's rule holds.
 * @RELU: min (max (x, 0), @maximum), where a @maximum of 0 stands for infinity (ReLU6: 6)
 * @LEAKY_RELU: x below 0 times @slope; PReLU: times the channel's slope
 * @THRESHOLD_RELU: min (x, @maximum) above @offset, else @slope · (x − @offset); a @maximum of 0 is infinity. Its
 *     derivative is 0 at the threshold, as Keras has it
 * @ELU: @slope · (eˣ − 1) below 0
 * @GELU: x · Φ (x); @GELU_TANH: its approximation
 * @HARD_SWISH: x · min (max (x + 3, 0), 6) / 6
 * @SOFTPLUS: log (1 + eˣ); @LOG_SIGMOID: −log (1 + e⁻ˣ)
 * @HARD_SIGMOID: min (max (@slope · x + @offset, 0), 1)
 * @SOFTSIGN: x / (1 + |x|)
 * @EXPONENTIAL: eˣ; @POWER: x to the power of @slope
 * @CLAMP: min (max (x, @offset), @maximum), either of which may be infinite
 * @STEP: 1 where x is above @offset, or where @corner is GBP_CORNER_ABOVE not below it; else 0. Its derivative is 0 */
typedef enum {
  GBP_FUNCTION_RELU,
  GBP_FUNCTION_LEAKY_RELU,
  GBP_FUNCTION_THRESHOLD_RELU,
  GBP_FUNCTION_ELU,
  GBP_FUNCTION_SELU,
  GBP_FUNCTION_SILU,
  GBP_FUNCTION_GELU,
  GBP_FUNCTION_GELU_TANH,
  GBP_FUNCTION_HARD_SWISH,
  GBP_FUNCTION_MISH,
  GBP_FUNCTION_SOFTPLUS,
  GBP_FUNCTION_SIGMOID,
  GBP_FUNCTION_HARD_SIGMOID,
  GBP_FUNCTION_TANH,
  GBP_FUNCTION_LOG_SIGMOID,
  GBP_FUNCTION_SOFTSIGN,
  GBP_FUNCTION_EXPONENTIAL,
  GBP_FUNCTION_POWER,
  GBP_FUNCTION_CLAMP,
  GBP_FUNCTION_STEP,
  GBP_N_FUNCTIONS,
} GbpFunction;

/* The derivative at a corner where frameworks differ: from below it, from above, or none. LEAKY_RELU, ELU and SELU have
 * it at zero: from below, as PyTorch; from above, as TensorFlow's SELU; none, as Keras' PReLU; the sum of both, as
 * TensorFlow's CELU. THRESHOLD_RELU and CLAMP have it at the maximum, and CLAMP at @offset: the one that is not zero,
 * as Keras; none, as Keras' ReLU6 and PyTorch's hardtanh. */
typedef enum {
  GBP_CORNER_BELOW,
  GBP_CORNER_ABOVE,
  GBP_CORNER_FLAT,
  GBP_CORNER_BOTH,
} GbpCorner;

typedef struct {
  guint top, left, bottom, right;
} GbpPadding;

/* Of convolutions and pools; @padding also of PAD and CROP. "same" has been turned into pixels by who fills this in.
 * A pool's padding is less than its window, so that no window is padding alone.
 * @dilation: 1: none
 * @groups: 1: none; the number of channels: depthwise; also of GROUP_NORM */
typedef struct {
  guint rows, columns;
  guint stride_y, stride_x;
  guint dilation_y, dilation_x;
  GbpPadding padding;
  guint groups;
} GbpWindow;

/* An operation. Its output is the value of its own index + 1.
 * @name: (owned): unique in the graph: the layer's name that a user gives. NULL: one that cannot be a target, such as
 *     the convolution whose layer's output is what the ReLU behind it makes
 * @inputs: (owned): [n_inputs] values
 * @tensors: the last member: gbp_graph_copy() counts on it */
typedef struct {
  GbpKind kind;
  char *name;
  guint n_inputs;
  guint *inputs;
  GbpWindow window;
  GbpFunction function;
  float slope, offset, maximum;
  GbpCorner corner;
  float epsilon;
  GbpTensor *tensors[2]; /* (owned) (nullable) */
} GbpOperation;

typedef struct {
  guint height, width, channels;
} GbpShape;

/* The most bytes that one map may take. */
#define GBP_MAX_MAP (G_GUINT64_CONSTANT (1) << 30)

/* Frees what it owns, and makes it empty. */
void gbp_operation_clear (GbpOperation *operation);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GbpOperation, gbp_operation_clear)

/* For people: "max pooling", "leaky ReLU". */
const char *gbp_kind_get_name (GbpKind kind);
const char *gbp_function_get_name (GbpFunction function);

/* Whether its weights are a factor and a shift for each channel, which do nothing where they are 1 and 0. */
gboolean gbp_kind_scales (GbpKind kind);

/* Whether a method's rule holds at it. */
gboolean gbp_function_is_rectifier (GbpFunction function);

G_END_DECLS

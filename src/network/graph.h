/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A network as a graph: operations in the order in which they can be computed, the values that go between them,
 * and their weights. Nothing in it knows an architecture; VGG is one builder of it, a file's description another.
 *
 * A value is one image's map, [height][width][channels]; a vector is a map of one pixel. The input is value 0. */
#pragma once

#include <gbp/error.h>

G_BEGIN_DECLS

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

/* What an operation does. Weights are tensors[0], tensors[1] in the order given; those in brackets may be NULL.
 * @CONVOLUTION: kernel [rows][columns][channels in / groups][channels out], [bias [channels out]]
 * @DENSE: on a map of one pixel: kernel [channels in][channels out], [bias [channels out]]
 * @SCALE: x · factor + shift for each channel: factor [channels], [shift [channels]]. Batch normalisation, Rescaling,
 *     Normalization and constants that are added or multiplied are this
 * @ACTIVATION: @function; [slopes [channels]] of PReLU
 * @SOFTMAX: over the channels of a map of one pixel
 * @POOL_MAX, @POOL_AVERAGE: a window; padding never counts
 * @POOL_AVERAGE_PADDED: a window; zeros of the padding count (PyTorch's count_include_pad)
 * @GLOBAL_AVERAGE, @GLOBAL_MAX: to a map of one pixel
 * @ADD, @MULTIPLY: two or more inputs, where height and width, or channels, or all may be 1 and are repeated
 * @CONCATENATE: the channels of two or more inputs
 * @SELECT: channels in another order, or some of them: those of the input [channels out], each a whole number
 * @PAD: zeros around, @CROP: the border off: @padding says how many pixels
 * @FLATTEN: to a map of one pixel, in the order [height][width][channel]
 * @IDENTITY: dropout, and what else does nothing: it has a name and can be a target */
typedef enum {
  GBP_KIND_CONVOLUTION,
  GBP_KIND_DENSE,
  GBP_KIND_SCALE,
  GBP_KIND_ACTIVATION,
  GBP_KIND_SOFTMAX,
  GBP_KIND_POOL_MAX,
  GBP_KIND_POOL_AVERAGE,
  GBP_KIND_POOL_AVERAGE_PADDED,
  GBP_KIND_GLOBAL_AVERAGE,
  GBP_KIND_GLOBAL_MAX,
  GBP_KIND_ADD,
  GBP_KIND_MULTIPLY,
  GBP_KIND_CONCATENATE,
  GBP_KIND_SELECT,
  GBP_KIND_PAD,
  GBP_KIND_CROP,
  GBP_KIND_FLATTEN,
  GBP_KIND_IDENTITY,
  GBP_N_KINDS,
} GbpKind;

/* The functions of GBP_KIND_ACTIVATION. Those up to MISH are rectifiers, at which a method's rule holds.
 * @RELU: min (max (x, 0), @maximum), where a @maximum of 0 stands for infinity (ReLU6: 6)
 * @LEAKY_RELU: x below 0 times @slope; PReLU: times the channel's slope
 * @ELU: @slope · (eˣ − 1) below 0
 * @GELU: x · Φ (x); @GELU_TANH: its approximation
 * @HARD_SWISH: x · min (max (x + 3, 0), 6) / 6
 * @HARD_SIGMOID: min (max (@slope · x + @offset, 0), 1) */
typedef enum {
  GBP_FUNCTION_RELU,
  GBP_FUNCTION_LEAKY_RELU,
  GBP_FUNCTION_ELU,
  GBP_FUNCTION_SELU,
  GBP_FUNCTION_SILU,
  GBP_FUNCTION_GELU,
  GBP_FUNCTION_GELU_TANH,
  GBP_FUNCTION_HARD_SWISH,
  GBP_FUNCTION_MISH,
  GBP_FUNCTION_SIGMOID,
  GBP_FUNCTION_HARD_SIGMOID,
  GBP_FUNCTION_TANH,
  GBP_N_FUNCTIONS,
} GbpFunction;

typedef struct {
  guint top, left, bottom, right;
} GbpPadding;

/* Of convolutions and pools; @padding also of PAD and CROP. "same" has been turned into pixels by who fills this in.
 * A pool's padding is less than its window, so that no window is padding alone.
 * @dilation: 1: none
 * @groups: 1: none; the number of channels: depthwise */
typedef struct {
  guint rows, columns;
  guint stride_y, stride_x;
  guint dilation_y, dilation_x;
  GbpPadding padding;
  guint groups;
} GbpWindow;

/* An operation. Its output is the value of its own index + 1.
 * @name: (owned): unique in the graph: the layer's name that a user gives. NULL: one that cannot be a target, such as the
 *     convolution whose layer's output is what the ReLU behind it makes
 * @inputs: (owned): [n_inputs] values */
typedef struct {
  GbpKind kind;
  char *name;
  guint n_inputs;
  guint *inputs;
  GbpWindow window;
  GbpFunction function;
  float slope, offset, maximum;
  GbpTensor *tensors[2]; /* (owned) (nullable) */
} GbpOperation;

typedef struct {
  guint height, width, channels;
} GbpShape;

/* Frees what it owns, and makes it empty. */
void gbp_operation_clear (GbpOperation *operation);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GbpOperation, gbp_operation_clear)

/* For people: "max pooling", "leaky ReLU". */
const char *gbp_kind_get_name (GbpKind kind);
const char *gbp_function_get_name (GbpFunction function);

/* Whether a method's rule holds at it. */
gboolean gbp_function_is_rectifier (GbpFunction function);

/* The most operations that a graph may have, and the most bytes that one map may take. */
#define GBP_GRAPH_MAX_OPERATIONS 8192
#define GBP_GRAPH_MAX_MAP        (G_GUINT64_CONSTANT (1) << 30)

typedef struct _GbpGraph GbpGraph;

/* @input: whose map takes at most GBP_GRAPH_MAX_MAP bytes
 * Returns: (transfer full): a graph without operations */
GbpGraph *gbp_graph_new (const GbpShape *input);
void gbp_graph_free (GbpGraph *graph);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GbpGraph, gbp_graph_free)

/* gbp_graph_add:
 * @operation: (transfer full): cleared, on failure too
 *
 * Infers the shape of the output, and checks inputs, window, weights' sizes and that all weights are finite.
 *
 * Returns: the value that comes out, or -1 with @error set (GBP_ERROR_READ) that names the operation, what was
 *     expected and what was found */
int gbp_graph_add (GbpGraph *graph, GbpOperation *operation, GError **error);

/* gbp_graph_set_name:
 * @value: not the input
 * @name: (nullable): what its operation is called from now on
 *
 * Returns: FALSE, with nothing changed, if another operation has that name */
gboolean gbp_graph_set_name (GbpGraph *graph, guint value, const char *name);

/* The value of the operation called @name, or -1. */
int gbp_graph_find (const GbpGraph *graph, const char *name);

guint gbp_graph_count_values (const GbpGraph *graph);

/* Lets one of an operation's tensors go, once what is made of it is there. The caller sees to it that nothing reads it
 * any more. */
void gbp_graph_drop_tensor (GbpGraph *graph, guint operation, guint tensor);

/* gbp_graph_copy:
 *
 * Returns: (transfer full): a graph that shares all tensors but the convolutions' kernels, which another thread may be
 *     about to drop: these it lacks */
GbpGraph *gbp_graph_copy (const GbpGraph *graph);

/* Puts @tensor where the operation has another one of its size, or lacks its own. Before anything else reads @graph.
 * @tensor: (transfer full) */
void gbp_graph_set_tensor (GbpGraph *graph, guint operation, guint index, GbpTensor *tensor);

const GbpShape *gbp_graph_get_shape (const GbpGraph *graph, guint value);
const GbpOperation *gbp_graph_get_operations (const GbpGraph *graph, guint *n_operations);

G_END_DECLS

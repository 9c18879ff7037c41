/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What goes between ONNX's nodes, while a graph is made of them. */
#pragma once

#include "format/compose.h"
#include "format/onnx_functions.h"
#include "format/onnx_model.h"

/* @MISSING: not understood, or depends on what is not
 * @CONSTANT: the same for every picture
 * @MAP: a value of the graph
 * @PENDING: a function of each number of a map, for which there is no operation yet: more may follow that make one
 *     activation together
 * @MOMENT: of each pixel's channels together, such as their mean: layer normalization in the making
 * @SEQUENCE: maps in a list, which only SequenceAt takes */
typedef enum {
  GBP_ONNX_MISSING,
  GBP_ONNX_CONSTANT,
  GBP_ONNX_MAP,
  GBP_ONNX_PENDING,
  GBP_ONNX_MOMENT,
  GBP_ONNX_SEQUENCE,
} GbpOnnxState;

/* What an axis of ONNX's is in the graph.
 * @SINGLE: of one, and none of the map's
 * @GROUPS: of a map whose channels are two axes: the one that counts in larger steps
 * @REST: of a map in groups: a group's channels and all pixels
 * @BLOCK_ROWS, @BLOCK_COLUMNS: of a map whose channels are three axes: those of a square of pixels, see
 *     onnx_blocks.c */
typedef enum {
  GBP_ONNX_BATCH,
  GBP_ONNX_SINGLE,
  GBP_ONNX_HEIGHT,
  GBP_ONNX_WIDTH,
  GBP_ONNX_CHANNELS,
  GBP_ONNX_GROUPS,
  GBP_ONNX_REST,
  GBP_ONNX_BLOCK_ROWS,
  GBP_ONNX_BLOCK_COLUMNS,
} GbpOnnxRole;

typedef struct _GbpOnnxValue GbpOnnxValue;

/* Of a function of numbers. */
#define GBP_ONNX_MOST_OPERANDS 3

/* @constant: of CONSTANT
 * @value: of MAP: the graph's
 * @rank, @roles: of a map's axes, in ONNX's order; an axis that is not there has one pixel, or one picture
 * @flattened: of a vector that was a map of more than one pixel in ONNX's order [channels][height][width], which the
 *     graph's vector has as [height][width][channels]: that map's shape; else zeros
 * @groups: where the channels are two axes, or in one with the pixels, the size of GBP_ONNX_GROUPS, or of a
 *     square of pixels; only what changes axes takes such a map; else 0
 * @base: (nullable): of PENDING and MOMENT: the MAP that it is a function of
 * @samples: of MAP and PENDING: what the function makes of each point; a map's is the one that does nothing
 * @probes: (owned) (nullable): what it is for some pixels' channels: see onnx_moments.c
 * @epsilon: of MOMENT: what has been added to a number of a pixel's
 * @node, @operands: of PENDING and MOMENT: the last node, and what it takes; NULL behind the last
 * @depth: of PENDING and MOMENT: how many nodes are pending in a row
 * @parts: (owned) (nullable) (element-type GbpOnnxValue): of SEQUENCE */
struct _GbpOnnxValue {
  GbpOnnxState state;
  GbpOnnxConstant constant;
  int value;
  guint rank;
  GbpOnnxRole roles[GBP_ONNX_MAX_RANK];
  GbpShape flattened;
  guint groups;
  GbpOnnxValue *base;
  GbpOnnxSamples samples;
  double *probes;
  double epsilon;
  const GbpOnnxNode *node;
  GbpOnnxValue *operands[GBP_ONNX_MOST_OPERANDS];
  guint depth;
  GPtrArray *parts;
};

/* @builder: not owned
 * @model: not owned
 * @folder: (nullable): of the model's file
 * @values: (owned) (element-type GbpOnnxValue): all
 * @named: (owned) (element-type utf8 GbpOnnxValue): by the name that nodes call them
 * @initializers: (owned) (element-type utf8 GbpOnnxNamed): by name; they are read when a node takes them
 * @users: (owned) (element-type utf8 GPtrArray): the nodes that take a value, by its name
 * @branches: (owned) (element-type GbpOnnxModel): of nodes that have some
 * @has_branches: some nodes have, of which @users knows nothing
 * @n_nested: branches that are being built, one in the other */
typedef struct {
  GbpBuilder *builder;
  const GbpOnnxModel *model;
  const char *folder;
  GPtrArray *values;
  GHashTable *named;
  GHashTable *initializers;
  GHashTable *users;
  GPtrArray *branches;
  gboolean has_branches;
  guint n_nested;
} GbpOnnx;

GbpOnnxValue *gbp_onnx_value_new (GbpOnnx *onnx, GbpOnnxState state);

/* A map of the graph's, with @like's axes. */
GbpOnnxValue *gbp_onnx_map_new (GbpOnnx *onnx, int value, const GbpOnnxValue *like);

/* gbp_onnx_constant_new:
 * @values: (transfer full): as many as the product of @shape, [@rank] */
GbpOnnxValue *gbp_onnx_constant_new (
    GbpOnnx *onnx, guint rank, const guint64 *shape, float *values);

/* gbp_onnx_get_input:
 *
 * Returns: (nullable): the value that a node takes; NULL: it is left out, or @error is set, because no node before it
 *     makes that value */
GbpOnnxValue *gbp_onnx_get_input (
    GbpOnnx *onnx, const GbpOnnxNode *node, guint index, GError **error);

/* gbp_onnx_need_map:
 *
 * The input as a map, with an operation made of what is pending.
 *
 * Returns: NULL with @error set: it is missing, a constant, or a function that the graph does not have */
GbpOnnxValue *gbp_onnx_need_map (
    GbpOnnx *onnx, const GbpOnnxNode *node, guint index, GError **error);

/* Likewise, but the channels may be in groups. */
GbpOnnxValue *gbp_onnx_need_groups (
    GbpOnnx *onnx, const GbpOnnxNode *node, guint index, GError **error);

/* gbp_onnx_need_constant:
 *
 * Returns: NULL with @error set: it is missing or depends on the picture */
const GbpOnnxConstant *gbp_onnx_need_constant (
    GbpOnnx *onnx, const GbpOnnxNode *node, guint index, GError **error);

/* The map that a value which depends on the picture is, or is a function of. */
GbpOnnxValue *gbp_onnx_get_base (GbpOnnxValue *value);

/* gbp_onnx_find_middle:
 * @middle: (out): a value before @value, of which that is one operation alone; NULL: there is none
 * @samples: (out): what @value is as a function of that
 *
 * Returns: FALSE with @error set */
gboolean gbp_onnx_find_middle (GbpOnnx *onnx, GbpOnnxValue *value, GbpOnnxValue **middle,
    GbpOnnxSamples *samples, GError **error);

/* Makes the pending value the map that an operation gives.
 * @made: the graph's value; -1: FALSE is returned, for who has set an error already */
gboolean gbp_onnx_become_map (
    GbpOnnx *onnx, GbpOnnxValue *value, const GbpOnnxValue *like, int made);

/* Makes an operation of what is pending, if it is. FALSE with @error set, by gbp_builder_refuse() where there is
 * none. */
gboolean gbp_onnx_settle (GbpOnnx *onnx, GbpOnnxValue *value, GError **error);

/* How many numbers a constant has. */
guint64 gbp_onnx_count (const GbpOnnxConstant *constant);

/* gbp_onnx_get_numbers:
 * @numbers: (out): up to @n_most integers of an attribute, or, where the operator's later versions take them from
 *     there, of a constant input
 *
 * Returns: how many; -1: it has neither, or @error is set */
int gbp_onnx_get_numbers (GbpOnnx *onnx, const GbpOnnxNode *node, const char *attribute,
    guint index, gint64 *numbers, guint n_most, GError **error);

/* The size of a map's axis in the graph. */
guint gbp_onnx_get_size (const GbpOnnx *onnx, const GbpOnnxValue *map, guint axis);

/* The axis with a role; -1: none. */
int gbp_onnx_find_axis (const GbpOnnxValue *map, GbpOnnxRole role);

/* Whether the axes are [batch, channels, height, width]. */
gboolean gbp_onnx_is_nchw (const GbpOnnxValue *map);

/* gbp_onnx_spread_channels:
 * @values: (out): [channels] in the graph's order: of a constant with one number, or one for each channel, and else
 *     axes of 1
 *
 * Returns: FALSE if the constant is neither */
gboolean gbp_onnx_spread_channels (
    const GbpOnnx *onnx, const GbpOnnxValue *map, const GbpOnnxConstant *constant, float *values);

/* Where the graph's vector has what ONNX's has at @index. */
guint gbp_onnx_place_channel (const GbpOnnxValue *map, guint index);

/* One node's operations. Returns: what its first output is; NULL with @error set, by gbp_builder_refuse() where it is
 * not supported */
typedef GbpOnnxValue *(*GbpOnnxOperator) (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error);

/* A kind of node and the function that builds it, beside which it stands. */
typedef struct {
  const char *kind;
  GbpOnnxOperator build;
} GbpOnnxRow;

/* Each ends with a row without a name. */
extern const GbpOnnxRow gbp_onnx_layer_rows[];
extern const GbpOnnxRow gbp_onnx_combine_rows[];
extern const GbpOnnxRow gbp_onnx_norm_rows[];
extern const GbpOnnxRow gbp_onnx_composed_rows[];
extern const GbpOnnxRow gbp_onnx_pool_rows[];
extern const GbpOnnxRow gbp_onnx_reduction_rows[];
extern const GbpOnnxRow gbp_onnx_shape_rows[];
extern const GbpOnnxRow gbp_onnx_channel_rows[];
extern const GbpOnnxRow gbp_onnx_constant_rows[];
extern const GbpOnnxRow gbp_onnx_expand_rows[];
extern const GbpOnnxRow gbp_onnx_slice_rows[];
extern const GbpOnnxRow gbp_onnx_border_rows[];
extern const GbpOnnxRow gbp_onnx_resample_rows[];
extern const GbpOnnxRow gbp_onnx_branch_rows[];

/* Makes a node's outputs known. What is not supported is kept as the reason why the network ends; FALSE with @error
 * set */
gboolean gbp_onnx_add_node (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error);

/* What a node does to each number, or to several.
 * @n_operands: 1: @function counts, with @a and @b as its parameters; 2: @binary; 3: the second one where the first is
 *     not 0, else the third */
typedef struct {
  guint n_operands;
  GbpOnnxFunction function;
  GbpOnnxBinary binary;
  double a, b;
} GbpOnnxMeaning;

/* @node: of a kind that gbp_onnx_name_function() names. FALSE with @error set */
gboolean gbp_onnx_read_meaning (
    GbpOnnx *onnx, const GbpOnnxNode *node, GbpOnnxMeaning *meaning, GError **error);
double gbp_onnx_apply_meaning (
    const GbpOnnxMeaning *meaning, const double operands[GBP_ONNX_MOST_OPERANDS]);

/* What it makes of functions. */
void gbp_onnx_apply_to_samples (const GbpOnnxMeaning *meaning,
    const GbpOnnxSamples operands[GBP_ONNX_MOST_OPERANDS], GbpOnnxSamples *samples);

/* What gbp_onnx_add_function() returns where the graph has no such function; @error is not set. */
#define GBP_ONNX_NONE -2

/* Where a file adds nothing to the numbers that it divides by; the graph's operation must. */
#define GBP_ONNX_LEAST_EPSILON 1e-12

/* gbp_onnx_add_function:
 * @x, @y: a MAP, and before or behind it a number, if there is one; @y: (nullable)
 *
 * A function of each number by itself.
 *
 * Returns: the graph's value; -1 with @error set; GBP_ONNX_NONE */
int gbp_onnx_add_function (GbpOnnx *onnx, const GbpOnnxMeaning *meaning, const GbpOnnxValue *x,
    const GbpOnnxValue *y, GError **error);

/* A function of the graph's values @first and @second: the value that it gives; -1 with @error set. */
int gbp_onnx_add_pair (
    GbpOnnx *onnx, const GbpOnnxMeaning *meaning, int first, int second, GError **error);

/* gbp_onnx_add_comparison:
 * @binary: from GREATER to EQUAL
 * @is_first: the number comes first
 *
 * Returns: the value, 1 where it is true, else 0; -1 with @error set */
int gbp_onnx_add_comparison (GbpBuilder *builder, GbpOnnxBinary binary, int input, double number,
    gboolean is_first, GError **error);

/* A function of maps, or of maps and constants that have a number for each channel, or for all: MAPs and CONSTANTs.
 * Returns: a map; NULL with @error set */
GbpOnnxValue *gbp_onnx_combine_maps (GbpOnnx *onnx, const GbpOnnxMeaning *meaning,
    GbpOnnxValue *const operands[GBP_ONNX_MOST_OPERANDS], GError **error);

/* Makes operations of what a pending value's last node does: what is before it is settled. FALSE with @error set */
gboolean gbp_onnx_settle_last (GbpOnnx *onnx, GbpOnnxValue *value, GError **error);

/* What a constant's number, or a value, is as a function of its base. */
GbpOnnxSamples gbp_onnx_get_samples (const GbpOnnxValue *value);

/* Whether a value is a constant of one number. */
gboolean gbp_onnx_is_number (const GbpOnnxValue *value);

/* What a node makes of a value's channels, which is a MOMENT: their mean, sum, length, or its square. NULL with @error
 * set */
GbpOnnxValue *gbp_onnx_reduce_channels (
    GbpOnnx *onnx, const GbpOnnxNode *node, GbpOnnxValue *value, GError **error);

/* What a node of gbp_onnx_reduction_rows makes of each pixel's channels: the graph's value; -1 with @error set. */
int gbp_onnx_add_channel_reduction (
    GbpOnnx *onnx, const GbpOnnxNode *node, int input, GError **error);

/* gbp_onnx_combine_moments:
 * @operands: what the node takes; NULL behind the last
 * @combined: (out): a MOMENT; NULL: neither is one, or they can be none together, and are MAPs from now on
 *
 * Returns: FALSE with @error set */
gboolean gbp_onnx_combine_moments (GbpOnnx *onnx, const GbpOnnxNode *node,
    const GbpOnnxMeaning *meaning, GbpOnnxValue *const operands[GBP_ONNX_MOST_OPERANDS],
    GbpOnnxValue **combined, GError **error);
gboolean gbp_onnx_settle_moment (GbpOnnx *onnx, GbpOnnxValue *value, GError **error);

/* The kinds of node that are functions of each number, NULL behind the last, and what builds them all. */
const char *gbp_onnx_name_function (guint index);
GbpOnnxValue *gbp_onnx_elementwise (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error);

/* The operator of a kind, NULL if there is none; and the names of all, for messages. */
GbpOnnxOperator gbp_onnx_find_operator (const char *kind);
char *gbp_onnx_list_operators (void);

/* What becomes of a moment by Expand, which is counted for each channel already: another one. NULL with @error set */
GbpOnnxValue *gbp_onnx_expand_moment (
    GbpOnnx *onnx, const GbpOnnxNode *node, GbpOnnxValue *moment, GError **error);

/* The nodes that take the first output of one: (transfer none) (nullable) (element-type GbpOnnxNode). */
const GPtrArray *gbp_onnx_get_users (const GbpOnnx *onnx, const GbpOnnxNode *node);

/* Gives what it takes. */
GbpOnnxValue *gbp_onnx_identity (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error);

/* Sets a window's strides, dilations and padding from the attributes; FALSE with @error set. */
gboolean gbp_onnx_get_window (const GbpOnnx *onnx, const GbpOnnxNode *node, const GbpOnnxValue *map,
    GbpWindow *window, GError **error);

/* Sets a convolution's or pool's stride, dilation, padding and outputs along @n channels, which are its only axis, or
 * the first one of several; FALSE with @error set.
 * @bands: (inout): its size is there */
gboolean gbp_onnx_get_bands (const GbpOnnxNode *node, guint n, GbpBands *bands, GError **error);

/* gbp_onnx_take_bias:
 * @index: of the input
 * @factor: of its numbers, of which there are @n_outputs, or one for all
 * @bias: (out) (transfer full): NULL: there is none
 *
 * Returns: FALSE with @error set */
gboolean gbp_onnx_take_bias (GbpOnnx *onnx, const GbpOnnxNode *node, guint index, guint64 n_outputs,
    double factor, GbpTensor **bias, GError **error);

/* Gives a vector the axes of @shape, of which at most one has more than one number: that is the channels', the others
 * are batch, height and width. NULL with @error set */
GbpOnnxValue *gbp_onnx_give_axes (
    GbpOnnx *onnx, const GbpOnnxValue *vector, guint rank, const guint64 *shape, GError **error);

/* Gather on a map. */
GbpOnnxValue *gbp_onnx_gather_channels (
    GbpOnnx *onnx, const GbpOnnxNode *node, GbpOnnxValue *map, GError **error);

/* A map of the channels @first, @first + @step and so on, @n of them. */
GbpOnnxValue *gbp_onnx_take_channels (
    GbpOnnx *onnx, const GbpOnnxValue *map, gint64 first, gint64 step, guint64 n, GError **error);

/* The map with its channels in two axes; NULL: that is not what @shape, [@rank], asks for. */
GbpOnnxValue *gbp_onnx_group_channels (
    GbpOnnx *onnx, const GbpOnnxValue *map, guint rank, const guint64 *shape);

/* The map as [batch, groups, all else], which @node makes for an InstanceNormalization behind it; NULL: it does not. */
GbpOnnxValue *gbp_onnx_group_pixels (GbpOnnx *onnx, const GbpOnnxNode *node,
    const GbpOnnxValue *map, guint rank, const guint64 *shape);

/* The way back. NULL with @error set */
GbpOnnxValue *gbp_onnx_spread_pixels (
    GbpOnnx *onnx, const GbpOnnxValue *map, guint rank, const guint64 *shape, GError **error);

/* Constants by the operators that maps have too. */
GbpOnnxValue *gbp_onnx_transpose_constant (
    GbpOnnx *onnx, const GbpOnnxConstant *constant, const gint64 *order, GError **error);
GbpOnnxValue *gbp_onnx_reshape_constant (
    GbpOnnx *onnx, const GbpOnnxConstant *constant, guint rank, const guint64 *shape);
GbpOnnxValue *gbp_onnx_join_constants (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error);
GbpOnnxValue *gbp_onnx_compute_constant (GbpOnnx *onnx, const GbpOnnxMeaning *meaning,
    GbpOnnxValue *const operands[GBP_ONNX_MOST_OPERANDS], GError **error);

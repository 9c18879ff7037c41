/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ONNX's messages, as far as a reader of networks needs them: onnx.proto's field numbers stand in onnx_model.c. */
#pragma once

#include "format/builder.h"
#include "format/onnx_wire.h"

#define GBP_ONNX_MAX_RANK   6
#define GBP_ONNX_MAX_INPUTS 4096

/* @name, @kind: (owned): the name is that of the first output where the file gives none
 * @domain: (owned): of the kind; empty for ONNX's own
 * @inputs, @outputs: (owned): NULL-terminated; those left out are empty
 * @message: NodeProto, for its attributes */
typedef struct {
  char *name;
  char *kind;
  char *domain;
  GStrv inputs;
  GStrv outputs;
  guint n_inputs;
  GbpWire message;
} GbpOnnxNode;

/* @name: (owned)
 * @message: TensorProto of an initializer, ValueInfoProto of an input */
typedef struct {
  char *name;
  GbpWire message;
} GbpOnnxNamed;

/* @nodes: (owned) (element-type GbpOnnxNode); @initializers, @inputs, @outputs: (owned) (element-type GbpOnnxNamed)
 * @class_names: (owned) (nullable): as the metadata have them
 * @opset: version of ONNX's own operators */
typedef struct {
  GPtrArray *nodes;
  GPtrArray *initializers;
  GPtrArray *inputs;
  GPtrArray *outputs;
  GStrv class_names;
  guint64 opset;
} GbpOnnxModel;

/* gbp_onnx_model_parse:
 * @model: zeros; to be cleared, on failure too
 * @message: ModelProto, kept as long as the model
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) */
gboolean gbp_onnx_model_parse (GbpOnnxModel *model, GbpWire message, GError **error);
void gbp_onnx_model_clear (GbpOnnxModel *model);

/* Likewise, of a GraphProto alone, as a node has it among its attributes: @opset is that of the model around it. */
gboolean gbp_onnx_model_parse_graph (
    GbpOnnxModel *model, GbpWire message, guint64 opset, GError **error);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GbpOnnxModel, gbp_onnx_model_clear)

/* A node's attributes. Where there is none of that name and type: @otherwise, FALSE, or -1 numbers. */
gint64 gbp_onnx_get_int (const GbpOnnxNode *node, const char *name, gint64 otherwise);
double gbp_onnx_get_float (const GbpOnnxNode *node, const char *name, double otherwise);
gboolean gbp_onnx_get_text (const GbpOnnxNode *node, const char *name, GbpWire *text);
gboolean gbp_onnx_get_tensor (const GbpOnnxNode *node, const char *name, GbpWire *tensor);
gboolean gbp_onnx_get_graph (const GbpOnnxNode *node, const char *name, GbpWire *graph);

/* Fills @numbers with up to @n_most. Returns: how many the attribute has; -1: there is none, or it has more */
int gbp_onnx_get_ints (const GbpOnnxNode *node, const char *name, gint64 *numbers, guint n_most);

/* The dimensions of an input; 0: free.
 * Returns: how many; -1: unknown, or more than @n_most */
int gbp_onnx_get_input_shape (const GbpOnnxNamed *input, guint64 *shape, guint n_most);

/* A constant, in ONNX's order; integers are floats too, exact up to 2²⁴, which shapes are.
 * @is_whole: of an integer type
 * @values: (owned): [n_values] */
typedef struct {
  guint rank;
  guint64 shape[GBP_ONNX_MAX_RANK];
  gboolean is_whole;
  GbpTensor *values;
} GbpOnnxConstant;

/* gbp_onnx_read_tensor:
 * @tensor: TensorProto
 * @constant: (out): to be cleared
 *
 * Reads values from the message, or from a file in the folder of the model.
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) */
gboolean gbp_onnx_read_tensor (GbpBuilder *builder, const char *folder, GbpWire tensor,
    GbpOnnxConstant *constant, GError **error);
void gbp_onnx_constant_clear (GbpOnnxConstant *constant);

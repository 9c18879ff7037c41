/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ONNX files of the tests' own making: messages of Protocol Buffers, byte by byte. */
#pragma once

#include "format/description.h"

/* A graph, and the metadata beside it, as they grow. */
typedef struct {
  GByteArray *graph;
  GByteArray *metadata;
} OnnxFile;

OnnxFile *onnx_new (void);
void onnx_free (OnnxFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OnnxFile, onnx_free)

/* @shape: [@rank]; 0: free */
void onnx_add_input (OnnxFile *file, const char *name, guint rank, const guint64 *shape);
void onnx_add_output (OnnxFile *file, const char *name);

/* An initializer of float32, in raw bytes. */
void onnx_add_floats (
    OnnxFile *file, const char *name, guint rank, const guint64 *shape, const float *values);

/* An initializer of as many zeros. */
void onnx_add_zeros (OnnxFile *file, const char *name, guint rank, const guint64 *shape);

/* A list of int64, in fields of the message. */
void onnx_add_integers (OnnxFile *file, const char *name, guint n, const gint64 *numbers);

/* An initializer of float32 whose bytes are at @offset in another file. */
void onnx_add_external (
    OnnxFile *file, const char *name, guint64 n, const char *location, guint64 offset);

void onnx_add_metadata (OnnxFile *file, const char *key, const char *value);

/* @inputs, @outputs: separated by spaces; "-": left out
 * @attributes: (transfer full) (nullable) */
void onnx_add_node (OnnxFile *file, const char *kind, const char *name, const char *inputs,
    const char *outputs, GByteArray *attributes);

/* @text: "NAME=WORD", "NAME:NUMBER" and "NAME:[NUMBER,…]", with spaces between. (transfer full) (nullable) */
GByteArray *onnx_parse_attributes (const char *text);

/* Adds a node for each line, "KIND INPUT… > OUTPUT" or that and " | ATTRIBUTES", called as its output; inputs that are
 * numbers are constants. */
void onnx_add_lines (OnnxFile *file, const char *text);

/* Add an attribute to @attributes, which they return; NULL begins some. */
GByteArray *onnx_int (GByteArray *attributes, const char *name, gint64 number);
GByteArray *onnx_float (GByteArray *attributes, const char *name, float number);
GByteArray *onnx_text (GByteArray *attributes, const char *name, const char *text);
GByteArray *onnx_ints (GByteArray *attributes, const char *name, guint n, const gint64 *numbers);

/* A graph of nodes and initializers alone, as the named branch of an If; its output is @output. */
GByteArray *onnx_branch (
    GByteArray *attributes, const char *name, const OnnxFile *branch, const char *output);

/* (transfer full): the whole file. */
GByteArray *onnx_end (const OnnxFile *file, guint64 opset);

/* Describes what @file comes to with the output "y". */
gboolean onnx_read (OnnxFile *file, guint64 opset, GbpDescription *description, GError **error);

/* Likewise; fails the test where that fails. */
void onnx_assert_read (OnnxFile *file, guint64 opset, GbpDescription *description);

/* A file whose input "x" is one image. */
OnnxFile *onnx_new_of_image (guint64 height, guint64 width);

/* As onnx_assert_read(). Returns: (transfer none) (nullable): why the description ends before "y" */
const char *onnx_find_refusal (OnnxFile *file, guint64 opset, GbpDescription *description);

/* The last operation. @n: (out): how many there are */
const GbpOperation *onnx_get_last (const GbpDescription *description, guint *n);

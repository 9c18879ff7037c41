/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the readers of descriptions share while they make a graph: operations one after the other, names that are
 * unique, and memory that the file's size bounds. */
#pragma once

#include "format/description.h"

/* @graph: (owned) (nullable): until gbp_builder_finish() takes it
 * @n_bytes_left: what may still be made of tensors
 * @files: (owned) (element-type utf8): those beside the file that values are read from, whose sizes count too
 * @refusal: (owned) (nullable): the first one
 * @goes_on: what is behind it has weights, or takes other values too, so that the network does not end there */
typedef struct {
  GbpGraph *graph;
  guint64 n_bytes_left;
  GHashTable *files;
  char *refusal;
  gboolean goes_on;
} GbpBuilder;

/* @file_size: in bytes, which bounds what may be made of the file */
void gbp_builder_init (GbpBuilder *builder, guint64 file_size);
void gbp_builder_clear (GbpBuilder *builder);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GbpBuilder, gbp_builder_clear)

/* Lets the size of a file beside the described one count, once. */
void gbp_builder_add_file (GbpBuilder *builder, const char *name, guint64 size);

/* Begins the graph; FALSE with @error set (GBP_ERROR_READ) unless @input has 3 channels and a size that a map can
 * have. */
gboolean gbp_builder_start (GbpBuilder *builder, const GbpShape *input, GError **error);

/* Room for values that the file has, or that are made of them: NULL with @error set if that is more than the file can
 * have, or there is no memory. */
float *gbp_builder_allocate (GbpBuilder *builder, guint64 n_values, GError **error);

/* An operation on one value, with a window of one pixel that moves by one. */
GbpOperation gbp_operation_on (GbpKind kind, int input);

/* An operation on @n_inputs values. */
GbpOperation gbp_operation_on_all (GbpKind kind, const int *inputs, guint n_inputs);

/* gbp_builder_add:
 * @operation: (transfer full): as gbp_graph_add() wants it; one that changes nothing is left out
 *
 * Returns: the value that it gives; -1 with @error set */
int gbp_builder_add (GbpBuilder *builder, GbpOperation *operation, GError **error);

/* x · @factor + @shift in all channels. */
int gbp_builder_add_affine (
    GbpBuilder *builder, int input, double factor, double shift, GError **error);

/* Parameters of an activation, as GbpOperation has them. */
typedef struct {
  GbpFunction function;
  float slope, offset, maximum;
  GbpCorner corner;
} GbpActivation;

int gbp_builder_add_activation (
    GbpBuilder *builder, int input, const GbpActivation *activation, GError **error);

/* Calls the operation that makes @value @name, or @other where that is taken, or @name with a number. The input and
 * what has a name stay as they are. */
void gbp_builder_name (GbpBuilder *builder, int value, const char *name, const char *other);

/* What a layer or node that is not understood says of itself: an error that gbp_builder_pass() knows. -1, which a
 * function that adds operations returns. */
int gbp_builder_refuse (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Takes an error for which the graph only ends here, keeps its message, if it is the first, with @what before it, and
 * frees it. FALSE if @cause is of another kind, and stays. */
gboolean gbp_builder_pass (GbpBuilder *builder, GError **cause, const char *what);

/* gbp_builder_finish:
 * @output: the value of the network's output; -1: not understood
 *
 * Looks for the classes, and hands graph and refusal over.
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) if nothing of the network was understood */
gboolean gbp_builder_finish (
    GbpBuilder *builder, int output, GbpDescription *description, GError **error);

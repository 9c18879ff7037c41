/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A network as a graph: operations in the order in which they can be computed, and the values that go between them.
 * Nothing in it knows an architecture; VGG is one builder of it, a file's description another.
 *
 * A value is one image's map; the input is value 0. */
#pragma once

#include <gbp/error.h>

#include "layer/operation.h"

G_BEGIN_DECLS

/* The most operations that a graph may have. */
#define GBP_GRAPH_MAX_OPERATIONS 8192

typedef struct _GbpGraph GbpGraph;

/* @input: whose map takes at most GBP_MAX_MAP bytes
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

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What stands behind a GbpPrepared. That of a copy of a network has its own of what the copy's fresh operations need,
 * and borrows the rest of the original's: both have the same graph, so that what has an index in one has it in the
 * other. The copy keeps its original alive. */
#pragma once

#include "explain/prepared.h"

/* @public: first
 * @is_preparing, @generation, @done: under the shared lock: whether a thread of that generation fills in what is
 * missing; a child of fork() has not inherited it
 * @shapes: the nodes' inputs
 * @n_users: of the graph's values
 * @is_inner: [n_operations]: whether a fused node computes it along
 * @folded: [n_operations]: the operations of the fused nodes that have a scale in their weights
 * @has_hidden: whether the chain fuses what can be a target itself: all of it may then be needed in both forms
 * @is_made: [2 · n_operations]: whether @weights has what the kind makes, which may be NULL
 * @is_fresh: [n_operations] (not owned) (nullable): of a copy: the others' weights are the original's, borrowed of
 *     it */
typedef struct {
  GbpPrepared public;
  gboolean is_preparing;
  guint generation;
  GCond done;
  GbpShape *shapes;
  guint *n_users;
  gboolean *is_inner;
  GbpOperation *folded;
  gboolean has_hidden;
  gboolean *is_made;
  const gboolean *is_fresh;
} GbpPreparation;

/* One thread at a time fills in what is missing, between these two. */
void gbp_preparation_begin (GbpPreparation *prepared);
void gbp_preparation_end (GbpPreparation *prepared);

/* Whether what is prepared of @operation belongs to the network itself. */
gboolean gbp_preparation_owns (const GbpPreparation *prepared, guint operation);

/* Takes the convolution of a layer, or a node's weights, from the original's preparation, where it is made; nothing if
 * it is the copy's own to make. */
void gbp_preparation_borrow_layer (
    GbpPreparation *prepared, const GbpPreparation *original, guint index);
void gbp_preparation_borrow_node (
    GbpPreparation *prepared, const GbpPreparation *original, guint index);

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What operations are, written down a second time and slowly: the derivative of each output by each input. Of those
 * that are linear in each input, all but normalizations, that says what comes out as well. */
#pragma once

#include "nodes.h"

/* ∂ output [to] / ∂ input [from], where it may be other than zero; units are counted without padding. */
typedef void (*JacobianEntry) (gpointer data, guint input, gsize to, gsize from, double value);

/* Of every kind but activations and softmax. */
void jacobian_walk (const TestNode *node, JacobianEntry entry, gpointer data);

/* Of normalization by mean and deviation, and by what is around. */
void jacobian_walk_moments (const TestNode *node, JacobianEntry entry, gpointer data);
void jacobian_walk_response (const TestNode *node, JacobianEntry entry, gpointer data);

/* What a normalization makes of a map, as its definition says; @x, @y: unpadded. */
void jacobian_normalize (const TestNode *node, const double *x, double *y);

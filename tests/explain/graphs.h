/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Graphs to explain, of the tests' own making. */
#pragma once

#include "network/network.h"

/* Of their input. */
#define GRAPHS_HEIGHT    10
#define GRAPHS_WIDTH     13
#define GRAPHS_N_PIXELS  (GRAPHS_HEIGHT * GRAPHS_WIDTH)
#define GRAPHS_N_TARGETS 15

/* How it begins: without a chain, since the first convolution is no VGG's; with one; with one whose convolutions have
 * names, and are targets before their ReLUs too. */
typedef enum {
  NO_CHAIN,
  CHAIN,
  NAMED_CHAIN,
  N_BEGINNINGS,
} Beginning;

/* A chain of two convolutions, or none; then a residual block, whose beginning is read three times, two of
 * them by one multiplication; a squeeze; two branches; classes.
 * @begin: its beginning */
GbpNetwork *graphs_make_network (Beginning begin);

/* The names of its layers, whatever its beginning. */
extern const char *const graphs_targets[GRAPHS_N_TARGETS];

/* Adds an operation on one value, or on two where @second is not negative.
 * Returns: its value */
guint graphs_add_plain (GbpGraph *graph, GbpKind kind, const char *name, guint first, int second);
/* A product with a number for each channel of @input, which has three.
 * Returns: its value */
guint graphs_add_factors (GbpGraph *graph, guint input, const float factors[3]);

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * From a file's named arrays to a network's layers: whether they are complete and fit each other, and only then their
 * values. */
#pragma once

#include "network/network.h"

#define GBP_ARRAY_MAX_RANK  4
#define GBP_N_ARCHITECTURES 2

/* How a file orders a kernel.
 * @GBP_LAYOUT_KERAS: convolution [3][3][n_inputs][n_outputs], dense [n_inputs][n_outputs]
 * @GBP_LAYOUT_TORCH: convolution [n_outputs][n_inputs][3][3], dense [n_outputs][n_inputs], or the same
 *     as a convolution [n_outputs][channels][height][width] */
typedef enum {
  GBP_LAYOUT_KERAS,
  GBP_LAYOUT_TORCH,
} GbpArrayLayout;

/* What an array is in a batch normalization, which belongs to the convolution before it. */
typedef enum {
  GBP_ARRAY_NONE,
  GBP_ARRAY_GAMMA,
  GBP_ARRAY_BETA,
  GBP_ARRAY_MEAN,
  GBP_ARRAY_VARIANCE,
  GBP_N_ARRAY_NORMS,
} GbpArrayNorm;

/* Layers of an array that is in no architecture's table.
 * @GBP_LAYER_NONE: where the table has none
 * @GBP_LAYER_BEYOND: behind the last convolution: it may be left out */
#define GBP_LAYER_NONE   (-1)
#define GBP_LAYER_BEYOND (-2)

/* One array of a file.
 * @name: (owned): as the file has it
 * @shown: (owned): the name as messages have it
 * @is_claimed: it belongs to a layer of VGG, in one of the architectures
 * @problem: (owned) (nullable): why rank and shape are not known, or its values cannot be read
 * @piece: which of several files it is in
 * @layer: indexed by architecture: the layer that it belongs to in the architecture's table, or one of those above
 * @norm: indexed by architecture: NONE: it is the layer's own
 * @is_bias: of the layer's own: else it is a kernel
 * @rank: number of dimensions
 * @shape: its dimensions; their product times the size of an element is known not to overflow and to
 *     fit what the file holds
 * @element: kind of an element, for the array's reader
 * @offset: of the first byte, for a reader that needs it
 * @n_bytes: that it takes from there, for such a reader */
typedef struct {
  char *name;
  char *shown;
  gboolean is_claimed;
  GError *problem;
  guint piece;
  int layer[GBP_N_ARCHITECTURES];
  GbpArrayNorm norm[GBP_N_ARCHITECTURES];
  gboolean is_bias;
  guint rank;
  guint64 shape[GBP_ARRAY_MAX_RANK];
  int element;
  guint64 offset;
  guint64 n_bytes;
} GbpArray;

GbpArray *gbp_array_new (const char *name);
void gbp_array_free (GbpArray *array);

/* A kernel or bias in memory, [positions][channels][n_outputs]: 9 positions in a convolution, as many
 * as the map has in fc1, else 1. A bias has one position and one channel. */
typedef struct {
  guint64 positions;
  guint64 channels;
  guint64 n_outputs;
} GbpArraySize;

/* Reads the values of one array in the order of @size. */
typedef gboolean (*GbpArrayRead) (gpointer reader, const GbpArray *array, const GbpArraySize *size,
    float *values, GError **error);

/* gbp_arrays_assemble:
 * @arrays: (element-type GbpArray): at least one
 * @read: called once for each array, with @reader
 * @weights: whose architecture, number of dense layers and input size say which layers there are; the layers are set;
 *     on failure it is still to be cleared
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ), naming the array, what was expected and found */
gboolean gbp_arrays_assemble (GPtrArray *arrays, GbpArrayLayout layout, GbpArrayRead read,
    gpointer reader, GbpWeights *weights, GError **error);

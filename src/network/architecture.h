/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VGG's layers as a table (Simonyan and Zisserman 2015, configurations D and E). */
#pragma once

#include <glib.h>

#define GBP_VGG_INPUT_SIZE 224 /* height and width of what it was published for */
#define GBP_N_BLOCKS       5
#define GBP_MAX_LAYERS     25 /* VGG19: 16 convolutions, 5 pools, flatten, 3 dense layers */

typedef enum {
  GBP_ARCHITECTURE_VGG16,
  GBP_ARCHITECTURE_VGG19,
} GbpArchitecture;

typedef enum {
  GBP_LAYER_CONVOLUTION,    /* 3×3, stride 1, zero padding 1, bias, ReLU */
  GBP_LAYER_POOL,           /* maximum over 2×2, stride 2 */
  GBP_LAYER_FLATTEN,        /* [height][width][channel] to one row */
  GBP_LAYER_DENSE,          /* bias; a ReLU, but where its outputs are the classes' logits */
  GBP_LAYER_GLOBAL_AVERAGE, /* in place of flatten, of people's own heads: one number a channel */
  GBP_LAYER_GLOBAL_MAX,
} GbpLayerKind;

/* One row of the table.
 * @name: Keras' name of the layer
 * @kind: what it does
 * @block: 0 … 4 for convolutions and pools, GBP_N_BLOCKS after them
 * @has_classes: its outputs are the classes' logits */
typedef struct {
  const char *name;
  GbpLayerKind kind;
  guint block;
  gboolean has_classes;
} GbpLayerEntry;

/* "VGG16" or "VGG19". */
const char *gbp_architecture_get_name (GbpArchitecture architecture);

/* The layers from the input on; their number goes to @n_layers. */
const GbpLayerEntry *gbp_architecture_get_layers (GbpArchitecture architecture, guint *n_layers);

/* The index of the layer called @name, or -1. */
int gbp_architecture_find (GbpArchitecture architecture, const char *name);

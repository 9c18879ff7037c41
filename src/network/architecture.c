/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network/architecture.h"

#include <string.h>

#define CONVOLUTION(block, index)                                                                  \
  {                                                                                                \
    "block" #block "_conv" #index, GBP_LAYER_CONVOLUTION, block - 1, FALSE                         \
  }
#define POOL(block)                                                                                \
  {                                                                                                \
    "block" #block "_pool", GBP_LAYER_POOL, block - 1, FALSE                                       \
  }
/* clang-format off */
#define BLOCK_OF_2(block) CONVOLUTION (block, 1), CONVOLUTION (block, 2), POOL (block)
#define BLOCK_OF_3(block)                                                                          \
  CONVOLUTION (block, 1), CONVOLUTION (block, 2), CONVOLUTION (block, 3), POOL (block)
#define BLOCK_OF_4(block)                                                                          \
  CONVOLUTION (block, 1), CONVOLUTION (block, 2), CONVOLUTION (block, 3), CONVOLUTION (block, 4),  \
      POOL (block)
#define TOP                                                                                        \
  { "flatten", GBP_LAYER_FLATTEN, GBP_N_BLOCKS, FALSE },                                                  \
  { "fc1", GBP_LAYER_DENSE, GBP_N_BLOCKS, FALSE },                                                        \
  { "fc2", GBP_LAYER_DENSE, GBP_N_BLOCKS, FALSE },                                                        \
  { "predictions", GBP_LAYER_DENSE, GBP_N_BLOCKS, TRUE }

static const GbpLayerEntry vgg16[] = {
  BLOCK_OF_2 (1), BLOCK_OF_2 (2), BLOCK_OF_3 (3), BLOCK_OF_3 (4), BLOCK_OF_3 (5), TOP,
};

static const GbpLayerEntry vgg19[] = {
  BLOCK_OF_2 (1), BLOCK_OF_2 (2), BLOCK_OF_4 (3), BLOCK_OF_4 (4), BLOCK_OF_4 (5), TOP,
};
/* clang-format on */

G_STATIC_ASSERT (G_N_ELEMENTS (vgg19) == GBP_MAX_LAYERS);

const char *
gbp_architecture_get_name (GbpArchitecture architecture)
{
  return architecture == GBP_ARCHITECTURE_VGG16 ? "VGG16" : "VGG19";
}

const GbpLayerEntry *
gbp_architecture_get_layers (GbpArchitecture architecture, guint *n_layers)
{
  gboolean is_vgg16 = architecture == GBP_ARCHITECTURE_VGG16;

  *n_layers = is_vgg16 ? G_N_ELEMENTS (vgg16) : G_N_ELEMENTS (vgg19);
  return is_vgg16 ? vgg16 : vgg19;
}

int
gbp_architecture_find (GbpArchitecture architecture, const char *name)
{
  guint n_layers;
  const GbpLayerEntry *layers = gbp_architecture_get_layers (architecture, &n_layers);

  for (guint i = 0; i < n_layers; i++)
    if (strcmp (layers[i].name, name) == 0)
      return (int) i;
  return -1;
}

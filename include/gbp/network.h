/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gbp/error.h>

G_BEGIN_DECLS

/* GbpPreprocess: how 8-bit RGB becomes the network's input
 * @GBP_PREPROCESS_AUTO: what the file's metadata says, else what its array names imply: Keras' names
 *     mean caffe, torchvision's and timm's mean torch
 * @GBP_PREPROCESS_CAFFE: BGR minus [103.939, 116.779, 123.68], as keras.applications.vgg19 does
 * @GBP_PREPROCESS_TORCH: RGB / 255, minus [0.485, 0.456, 0.406], divided by [0.229, 0.224, 0.225], as
 *     torchvision does
 * @GBP_PREPROCESS_NONE: RGB as it is, 0 … 255, as networks want it that scale it themselves
 * @GBP_PREPROCESS_UNIT: RGB / 255
 * @GBP_PREPROCESS_TF: RGB / 127.5, minus 1, as keras.applications.mobilenet_v2 does */
typedef enum {
  GBP_PREPROCESS_AUTO,
  GBP_PREPROCESS_CAFFE,
  GBP_PREPROCESS_TORCH,
  GBP_PREPROCESS_NONE,
  GBP_PREPROCESS_UNIT,
  GBP_PREPROCESS_TF,
} GbpPreprocess;

/* GbpScoring: what a network makes of its classes' logits
 * @GBP_SCORING_NONE: nothing: the scores are the logits
 * @GBP_SCORING_SOFTMAX: eˣ, divided by the sum of those of all classes: 0 … 1, and 1 together
 * @GBP_SCORING_SIGMOID: of each class for itself 0 … 1: the logistic function, or Keras' or ONNX' hard sigmoid */
typedef enum {
  GBP_SCORING_NONE,
  GBP_SCORING_SOFTMAX,
  GBP_SCORING_SIGMOID,
} GbpScoring;

/* GbpNetwork: a network with its weights. Immutable and reference-counted: one
 * network may be used by any number of threads at once. */
typedef struct _GbpNetwork GbpNetwork;

/* gbp_network_load:
 * @weights: (nullable): a file's path; or a published network's bare name (vgg19, vgg19-top, vgg16,
 *     vgg16-top), looked up where weights/fetch.sh puts it; or NULL: the built-in network
 * @preprocess: how pixels become input
 *
 * Reads Keras HDF5 (.h5, .weights.h5), .keras and safetensors. The file's shapes decide the width; a
 * file that ends early gives a network that ends early. Loads of the same unchanged file share one
 * network while it is alive. The file is not needed after the call.
 *
 * A child of fork() may load too, whatever the parent's other threads were loading, as far as GLib goes along: that a
 * thread held one of GLib's own locks at that moment, as while it reads JSON, cannot be mended here.
 *
 * Returns: (transfer full): the network, or NULL with @error set (GBP_ERROR_NOT_FOUND,
 *     GBP_ERROR_READ) */
GBP_API GbpNetwork *gbp_network_load (
    const char *weights, GbpPreprocess preprocess, GError **error);

/* gbp_network_new_randomized:
 * @network: stays as it is; what lies below @layer is shared with it, and keeps a reference
 * @layer: a layer's name: it and all above it get random weights
 * @seed: the same seed gives the same weights, on every machine; a layer's do not depend on @layer
 *
 * For the question whether an explanation shows what the network has learnt (Adebayo et al. 2018, cascading
 * randomisation): what does not change when the weights do, does not. They are what a training would begin with
 * (re-initialisation, not a permutation of what was learnt): He-normal kernels, biases of zero, batch normalisation that
 * does nothing. Batch normalisation and activation belong to the layer before them. Layers are above @layer in the order
 * of gbp_network_get_layer_names(), also where branches go side by side.
 *
 * Returns: (transfer full): NULL with @error set (GBP_ERROR_LAYER, GBP_ERROR_MEMORY) if there is no such layer, if
 *     neither it nor what is above it has weights, or without memory */
#define GBP_RANDOMIZE_SEED 1 /* that of GbpTarget's */

GBP_API GbpNetwork *gbp_network_new_randomized (
    GbpNetwork *network, const char *layer, guint64 seed, GError **error);

GBP_API GbpNetwork *gbp_network_ref (GbpNetwork *network);
GBP_API void gbp_network_unref (GbpNetwork *network);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GbpNetwork, gbp_network_unref)

/* One line for people: architecture, width, where it comes from, and whether and on what it is trained, if the
 * file says so or is a published one that weights/fetch.sh has checked, such as
 * "VGG19 at 1/4 width, built in, trained on synthetic scenes". Owned by the network. */
GBP_API const char *gbp_network_get_description (const GbpNetwork *network);

/* Never GBP_PREPROCESS_AUTO. */
GBP_API GbpPreprocess gbp_network_get_preprocess (const GbpNetwork *network);

/* gbp_network_get_input_size:
 * @height: (out) (optional): rows of the image that the network takes
 * @width: (out) (optional): pixels in each of them */
GBP_API void gbp_network_get_input_size (const GbpNetwork *network, guint *height, guint *width);

/* FALSE if the file says of itself that its weights are random, and where gbp_network_new_randomized() made them so. */
GBP_API gboolean gbp_network_is_trained (const GbpNetwork *network);

/* The layers where the network can be cut, from the input on, NULL-terminated. Owned by the network. */
GBP_API const char *const *gbp_network_get_layer_names (const GbpNetwork *network);

/* The last layer whose output is a map of more than one pixel, on the way to the classes where there are any; one that is
 * no pool, if there is such a one: VGG's last convolution. NULL if there is none. Owned by the network. */
GBP_API const char *gbp_network_get_last_map (const GbpNetwork *network);

/* The name of the layer whose channels are the classes' logits, before a softmax or sigmoid; NULL if there is none.
 * Owned by the network. */
GBP_API const char *gbp_network_get_class_layer (const GbpNetwork *network);

/* The names of the classes, one for each channel of the class layer, NULL-terminated; NULL where the file gives none. Each is one line
 * of at most 100 characters that can be shown as it is. Owned by the network. */
GBP_API const char *const *gbp_network_get_class_names (const GbpNetwork *network);

/* How the scores of the classes are made: as the file describes; by a softmax where it has weights alone, which are
 * VGG's; GBP_SCORING_NONE where the description ends with the logits, or there are no classes. */
GBP_API GbpScoring gbp_network_get_scoring (const GbpNetwork *network);

#define GBP_CLASS_NONE (-1) /* no class */
#define GBP_CLASS_TOP                                                                              \
  (-2) /* that with the largest logit, of each image anew; of equals the first */

/* gbp_network_find_class:
 * @text: a class's number, from 0; or its name, exactly or but for upper and lower case; or "top"
 *
 * What can be read as a number is one. A class that is called "top" is found by its number.
 *
 * Returns: the class, or GBP_CLASS_TOP; GBP_CLASS_NONE with @error set (GBP_ERROR_CLASS) if the network has no such class,
 *     several that are called so, or no classes: the message gives what was asked for, and what is valid or near it */
GBP_API int gbp_network_find_class (const GbpNetwork *network, const char *text, GError **error);

/* gbp_network_get_layer_shape:
 * @layer: a layer's name
 * @height: (out) (optional): height of the layer's map; 1 where it is a vector
 * @width: (out) (optional): width of the layer's map; 1 where it is a vector
 * @channels: (out) (optional): the layer's channels
 *
 * Returns: FALSE with @error set (GBP_ERROR_LAYER) if there is no such layer */
GBP_API gboolean gbp_network_get_layer_shape (const GbpNetwork *network, const char *layer,
    guint *height, guint *width, guint *channels, GError **error);

G_END_DECLS

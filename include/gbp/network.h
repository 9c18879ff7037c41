/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gbp/error.h>

G_BEGIN_DECLS

/**
 * GbpPreprocess:
 * @GBP_PREPROCESS_AUTO: what the file's metadata says, else what its array names imply: Keras' names
 *     mean caffe, torchvision's and timm's mean torch
 * @GBP_PREPROCESS_CAFFE: BGR minus (103.939, 116.779, 123.68), as keras.applications.vgg19 does
 * @GBP_PREPROCESS_TORCH: RGB / 255, minus (0.485, 0.456, 0.406), divided by (0.229, 0.224, 0.225), as
 *     torchvision does
 * @GBP_PREPROCESS_NONE: RGB as it is, 0 … 255, as networks want it that scale it themselves
 * @GBP_PREPROCESS_UNIT: RGB / 255
 * @GBP_PREPROCESS_TF: RGB / 127.5, minus 1, as keras.applications.mobilenet_v2 does
 *
 * How 8-bit RGB becomes the network's input; gbp_list_preprocessings() lists them.
 */
typedef enum {
  GBP_PREPROCESS_AUTO,
  GBP_PREPROCESS_CAFFE,
  GBP_PREPROCESS_TORCH,
  GBP_PREPROCESS_NONE,
  GBP_PREPROCESS_UNIT,
  GBP_PREPROCESS_TF,
} GbpPreprocess;

/**
 * GbpScoring:
 * @GBP_SCORING_AUTO: as the weight file says of itself or its kind implies; no network's
 * @GBP_SCORING_NONE: nothing: the scores are the logits
 * @GBP_SCORING_SOFTMAX: eˣ, divided by the sum of those of all classes: 0 … 1, and 1 together
 * @GBP_SCORING_SIGMOID: of each class for itself 0 … 1: the logistic function, or Keras' or ONNX' hard sigmoid
 *
 * What a network makes of its classes' logits; gbp_list_scorings() lists them.
 */
typedef enum {
  GBP_SCORING_AUTO,
  GBP_SCORING_NONE,
  GBP_SCORING_SOFTMAX,
  GBP_SCORING_SIGMOID,
} GbpScoring;

/**
 * GbpNetwork:
 *
 * A network with its weights. Immutable and reference-counted: any number of threads may use one network at once, and
 * all its functions, from any thread. What a function returns that the network owns stays until the last reference
 * is dropped.
 */
typedef struct _GbpNetwork GbpNetwork;

/**
 * gbp_network_load:
 * @weights: (nullable) (type filename): a file's path; or a published network's bare name (vgg19, vgg19-top, vgg16,
 *     vgg16-top), looked up where weights/fetch.sh puts it; or NULL: the built-in network
 * @preprocess: how pixels become input; GBP_PREPROCESS_AUTO suits whoever does not know better than the file
 * @error: GBP_ERROR_NOT_FOUND or GBP_ERROR_READ
 *
 * Reads Keras HDF5 (.h5, .weights.h5), .keras, ONNX and safetensors, and the JSON index of weights in several files.
 * A file that describes its network decides; of another the arrays' names imply VGG16 or VGG19, and their shapes its
 * width. A file that ends early gives a network that ends early. Loads of the same unchanged file share one
 * network while it is alive. The file is not needed after the call.
 *
 * From any thread; threads that load the same file wait for one that reads it. Takes the time to read the file, and
 * memory in proportion to its size, whatever it says of itself.
 *
 * A child of fork() may load too, whatever the parent's other threads were loading, as far as GLib goes along: that a
 * thread held one of GLib's own locks at that moment cannot be mended here.
 *
 * Returns: (transfer full): the network, or NULL with @error set; release it with gbp_network_unref()
 */
GBP_AVAILABLE_IN_0_1 GbpNetwork *gbp_network_load (
    const char *weights, GbpPreprocess preprocess, GError **error);

/**
 * GbpLoadOptions:
 * @weights: (nullable) (type filename): as gbp_network_load() takes them
 * @preprocess: likewise
 * @class_names: (nullable) (type filename): the path of a text file with the names of the classes, one a line, which go
 *     before those that the weight file has; NULL: the weight file's, else those of NAME.classes.txt beside NAME.h5,
 *     NAME.weights.h5, NAME.keras, NAME.onnx or NAME.safetensors, if it is there
 * @input_height: rows of the input, where the weight file leaves them open: 1 to 8192; 0, as @input_width then has to
 *     be: as the file says, else 224, or the smallest size that the file's dense layers can take
 * @input_width: pixels in each of them, likewise
 * @scoring: what makes scores of the classes' logits, whatever the file says; GBP_SCORING_AUTO: the file's last layer,
 *     where that is a softmax or sigmoid; else nothing, if Keras wrote it; a softmax, if it is ONNX, since PyTorch's
 *     networks end with their logits, and of one class a sigmoid; the description then says so
 * @reserved: zeros
 *
 * What to load, with what a user knows of it and the file does not say. Start from GBP_LOAD_OPTIONS_INIT.
 */
typedef struct {
  const char *weights;
  GbpPreprocess preprocess;
  const char *class_names;
  guint input_height;
  guint input_width;
  GbpScoring scoring;
  gpointer reserved[8];
} GbpLoadOptions;

/**
 * GBP_LOAD_OPTIONS_INIT: (skip)
 *
 * The built-in network.
 */
#define GBP_LOAD_OPTIONS_INIT                                                                      \
  {                                                                                                \
    NULL, GBP_PREPROCESS_AUTO, NULL, 0, 0, GBP_SCORING_AUTO,                                       \
    {                                                                                              \
      NULL                                                                                         \
    }                                                                                              \
  }

/**
 * gbp_network_load_full:
 * @options: what to load
 * @error: GBP_ERROR_NOT_FOUND or GBP_ERROR_READ
 *
 * As gbp_network_load(), with options. Names of another number than there are classes, and an input size other than the
 * weight file's own, are errors.
 *
 * Returns: (transfer full): the network, or NULL with @error set; release it with gbp_network_unref()
 */
GBP_AVAILABLE_IN_0_1 GbpNetwork *gbp_network_load_full (
    const GbpLoadOptions *options, GError **error);

/**
 * GBP_RANDOMIZE_SEED:
 *
 * The seed of a target's random weights.
 */
#define GBP_RANDOMIZE_SEED 1

/**
 * gbp_network_new_randomized:
 * @network: stays as it is; what lies below @layer is shared with it, and keeps a reference
 * @layer: a layer's name: it and all above it get random weights
 * @seed: the same seed gives the same weights, on every machine; a layer's do not depend on @layer
 * @error: GBP_ERROR_LAYER or GBP_ERROR_MEMORY
 *
 * For the question whether an explanation shows what the network has learnt (Adebayo et al. 2018, cascading
 * randomisation): what does not change when the weights do, does not. They are what a training would begin with
 * (re-initialisation, not a permutation of what was learnt): He-normal kernels, biases of zero, batch normalisation
 * that does nothing. Batch normalisation and activation belong to the layer before them. Layers are above @layer in the
 * order of gbp_network_get_layer_names(), also where branches go side by side.
 *
 * Returns: (transfer full): NULL with @error set if there is no such layer, if neither it nor what is above it has
 *     weights, or without memory; release it with gbp_network_unref()
 */
GBP_AVAILABLE_IN_0_1 GbpNetwork *gbp_network_new_randomized (
    GbpNetwork *network, const char *layer, guint64 seed, GError **error);

/**
 * gbp_network_ref:
 * @network: a network
 *
 * From any thread.
 *
 * Returns: (transfer full): @network, with one more reference
 */
GBP_AVAILABLE_IN_0_1 GbpNetwork *gbp_network_ref (GbpNetwork *network);

/**
 * gbp_network_unref:
 * @network: (transfer full) (nullable): a network; nothing is done for NULL
 *
 * Drops a reference, and frees the network with the last one. From any thread.
 */
GBP_AVAILABLE_IN_0_1 void gbp_network_unref (GbpNetwork *network);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GbpNetwork, gbp_network_unref)

/**
 * gbp_network_get_description:
 * @network: a network
 *
 * One line for people: architecture, width, where it comes from, and whether and on what it is trained, if the
 * file says so or is a published one that weights/fetch.sh has checked, such as
 * "VGG19 at 1/4 width, built in, trained on synthetic scenes".
 *
 * Returns: (transfer none): owned by @network
 */
GBP_AVAILABLE_IN_0_1 const char *gbp_network_get_description (const GbpNetwork *network);

/**
 * gbp_network_get_notice:
 * @network: a network
 *
 * One line for people on what of the file is not in the network, or was assumed because the file does not say it:
 * "left out: dense, dense_1: the file does not say …".
 *
 * Returns: (transfer none) (nullable): owned by @network; NULL where there is nothing to say
 */
GBP_AVAILABLE_IN_0_1 const char *gbp_network_get_notice (const GbpNetwork *network);

/**
 * gbp_network_get_preprocess:
 * @network: a network
 *
 * How pixels become its input.
 *
 * Returns: what it was loaded with, or what was found; never GBP_PREPROCESS_AUTO
 */
GBP_AVAILABLE_IN_0_1 GbpPreprocess gbp_network_get_preprocess (const GbpNetwork *network);

/**
 * gbp_network_get_input_size:
 * @network: a network
 * @height: (out) (optional): rows of the image that the network takes
 * @width: (out) (optional): pixels in each of them
 *
 * The size that images must have, in pixels: 224 × 224 for the built-in network.
 */
GBP_AVAILABLE_IN_0_1 void gbp_network_get_input_size (
    const GbpNetwork *network, guint *height, guint *width);

/**
 * gbp_network_is_trained:
 * @network: a network
 *
 * Whether its pictures can be about anything: an untrained network's look crisp too.
 *
 * Returns: FALSE if the file says of itself that its weights are random, and where gbp_network_new_randomized() made
 *     them so; TRUE if the file says otherwise, or nothing
 */
GBP_AVAILABLE_IN_0_1 gboolean gbp_network_is_trained (const GbpNetwork *network);

/**
 * gbp_network_get_layer_names:
 * @network: a network
 *
 * The layers where the network can be cut, from the input on; there is at least one.
 *
 * Returns: (transfer none) (array zero-terminated=1): NULL-terminated, owned by @network
 */
GBP_AVAILABLE_IN_0_1 const char *const *gbp_network_get_layer_names (const GbpNetwork *network);

/**
 * gbp_network_get_last_map:
 * @network: a network
 *
 * The last layer whose output is a map of more than one pixel, on the way to the classes where there are any; one that
 * is no pool, if there is such a one: VGG's last convolution.
 *
 * Returns: (transfer none) (nullable): owned by @network; NULL if there is none
 */
GBP_AVAILABLE_IN_0_1 const char *gbp_network_get_last_map (const GbpNetwork *network);

/**
 * gbp_network_get_class_layer:
 * @network: a network
 *
 * The name of the layer whose channels are the classes' logits, before a softmax or sigmoid.
 *
 * Returns: (transfer none) (nullable): owned by @network; NULL if there is none
 */
GBP_AVAILABLE_IN_0_1 const char *gbp_network_get_class_layer (const GbpNetwork *network);

/**
 * gbp_network_get_class_names:
 * @network: a network
 *
 * The names of the classes, one for each channel of the class layer. Each is one line of at most 100 characters that
 * can be shown as it is.
 *
 * Returns: (transfer none) (array zero-terminated=1) (nullable): NULL-terminated, owned by @network; NULL where the
 *     file gives none
 */
GBP_AVAILABLE_IN_0_1 const char *const *gbp_network_get_class_names (const GbpNetwork *network);

/**
 * gbp_network_get_scoring:
 * @network: a network
 *
 * How the scores of the classes are made.
 *
 * Returns: what was asked for, or the file describes, or its kind implies, see GbpLoadOptions; a softmax where it has
 *     weights alone, which are VGG's; GBP_SCORING_NONE where there are no classes; never GBP_SCORING_AUTO
 */
GBP_AVAILABLE_IN_0_1 GbpScoring gbp_network_get_scoring (const GbpNetwork *network);

/**
 * GBP_CLASS_NONE:
 *
 * No class.
 */
#define GBP_CLASS_NONE (-1)

/**
 * GBP_CLASS_TOP:
 *
 * The class with the largest logit, of each image anew; of equals the first.
 */
#define GBP_CLASS_TOP (-2)

/**
 * gbp_network_find_class:
 * @network: a network
 * @text: a class's number, from 0; or its name, exactly or but for upper and lower case; or "top"
 * @error: GBP_ERROR_CLASS
 *
 * What can be read as a number is one. A class that is called "top" is found by its number.
 *
 * Returns: the class, or GBP_CLASS_TOP; GBP_CLASS_NONE with @error set if the network has no such class, several that
 *     are called so, or no classes: the message gives what was asked for, and what is valid or near it
 */
GBP_AVAILABLE_IN_0_1 int gbp_network_find_class (
    const GbpNetwork *network, const char *text, GError **error);

/**
 * gbp_network_get_layer_shape:
 * @network: a network
 * @layer: a layer's name
 * @height: (out) (optional): height of the layer's map; 1 where it is a vector
 * @width: (out) (optional): width of the layer's map; 1 where it is a vector
 * @channels: (out) (optional): the layer's channels
 * @error: GBP_ERROR_LAYER
 *
 * Takes a comparison for each layer.
 *
 * Returns: FALSE with @error set if there is no such layer; nothing else is then written
 */
GBP_AVAILABLE_IN_0_1 gboolean gbp_network_get_layer_shape (const GbpNetwork *network,
    const char *layer, guint *height, guint *width, guint *channels, GError **error);

G_END_DECLS

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

/* GbpNetwork: a network with its weights. Immutable and reference-counted: one
 * network may be used by any number of threads at once. */
typedef struct _GbpNetwork GbpNetwork;

/* gbp_network_load:
 * @weights: (nullable): a file's path; or a published network's bare name (vgg19, vgg19-top, vgg16,
 *     vgg16-top), looked up where weights/fetch.sh puts it; or NULL: the built-in network
 * @preprocess: how pixels become input
 *
 * Reads Keras HDF5 (.h5, .weights.h5), .keras, ONNX and safetensors, and the JSON index of weights in several files.
 * A file that describes its network decides; of another the arrays' names imply VGG16 or VGG19, and their shapes its
 * width. A file that ends early gives a network that ends early. Loads of the same unchanged file share one
 * network while it is alive. The file is not needed after the call.
 *
 * A child of fork() may load too, whatever the parent's other threads were loading, as far as GLib goes along: that a
 * thread held one of GLib's own locks at that moment cannot be mended here.
 *
 * Returns: (transfer full): the network, or NULL with @error set (GBP_ERROR_NOT_FOUND,
 *     GBP_ERROR_READ) */
GBP_API GbpNetwork *gbp_network_load (
    const char *weights, GbpPreprocess preprocess, GError **error);

/* GbpLoadOptions: what to load, with what a user knows of it and the file does not say
 * @weights, @preprocess: as gbp_network_load() takes them
 * @class_names: (nullable): the path of a text file with the names of the classes, one a line, which go before those
 *     that the weight file has; NULL: the weight file's, else those of NAME.classes.txt beside NAME.h5,
 *     NAME.weights.h5, NAME.keras, NAME.onnx or NAME.safetensors, if it is there
 * @input_height, @input_width: pixels of the input, where the weight file leaves them open: 1 to 8192; both 0: as the
 *     file says, else 224, or the smallest size that the file's dense layers can take
 * @reserved: zeros
 *
 * Start from GBP_LOAD_OPTIONS_INIT. */
typedef struct {
  const char *weights;
  GbpPreprocess preprocess;
  const char *class_names;
  guint input_height;
  guint input_width;
  gpointer reserved[8];
} GbpLoadOptions;

#define GBP_LOAD_OPTIONS_INIT                                                                      \
  {                                                                                                \
    NULL, GBP_PREPROCESS_AUTO, NULL, 0, 0,                                                         \
    {                                                                                              \
      NULL                                                                                         \
    }                                                                                              \
  }

/* gbp_network_load_full:
 *
 * As gbp_network_load(), with options. Names of another number than there are classes, and an input size other than the
 * weight file's own, are errors.
 *
 * Returns: (transfer full): the network, or NULL with @error set (GBP_ERROR_NOT_FOUND, GBP_ERROR_READ) */
GBP_API GbpNetwork *gbp_network_load_full (const GbpLoadOptions *options, GError **error);

GBP_API GbpNetwork *gbp_network_ref (GbpNetwork *network);
GBP_API void gbp_network_unref (GbpNetwork *network);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GbpNetwork, gbp_network_unref)

/* One line for people: architecture, width, where it comes from, and whether and on what it is trained, if the
 * file says so or is a published one that weights/fetch.sh has checked, such as
 * "VGG19 at 1/4 width, built in, trained on synthetic scenes". Owned by the network. */
GBP_API const char *gbp_network_get_description (const GbpNetwork *network);

/* One line for people on what of the file is not in the network, or was assumed because the file does not say it:
 * "left out: dense, dense_1: the file does not say …". NULL where there is nothing to say. Owned by the network. */
GBP_API const char *gbp_network_get_notice (const GbpNetwork *network);

/* Never GBP_PREPROCESS_AUTO. */
GBP_API GbpPreprocess gbp_network_get_preprocess (const GbpNetwork *network);

/* gbp_network_get_input_size:
 * @height: (out) (optional): rows of the image that the network takes
 * @width: (out) (optional): pixels in each of them */
GBP_API void gbp_network_get_input_size (const GbpNetwork *network, guint *height, guint *width);

/* FALSE if the file says of itself that its weights are random. */
GBP_API gboolean gbp_network_is_trained (const GbpNetwork *network);

/* The layers where the network can be cut, from the input on, NULL-terminated. Owned by the network. */
GBP_API const char *const *gbp_network_get_layer_names (const GbpNetwork *network);

/* The name of the layer whose channels are the classes' logits, before a softmax or sigmoid; NULL if there is none.
 * Owned by the network. */
GBP_API const char *gbp_network_get_class_layer (const GbpNetwork *network);

/* The names of the classes, one for each channel of the class layer, NULL-terminated; NULL where the file gives none. Each is one line
 * of at most 100 characters that can be shown as it is. Owned by the network. */
GBP_API const char *const *gbp_network_get_class_names (const GbpNetwork *network);

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

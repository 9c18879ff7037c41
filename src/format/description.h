/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Files that describe their network, and what comes of them: a graph, as far as it is understood. */
#pragma once

#include <gbp/network.h>

#include "format/source.h"
#include "network/graph.h"

/* What a file says of its network.
 * @graph: (owned) (nullable): NULL: the file describes none, and its arrays' names may imply one
 * @class_value: the value with the logits, before a softmax or sigmoid that closes the network; -1: the network does
 *     not end in a vector, or its end is not understood
 * @score_value: what the softmax or sigmoid makes of it; @class_value where there is none
 * @class_layer: (owned) (nullable): the layer whose channels are the classes; NULL where @class_value is -1
 * @class_names: (owned) (nullable): as many as there are classes, in the file's words
 * @is_scaled_inside: the network's first operation on pixels scales them: they are wanted as they are, 0 … 255
 * @preprocess: what the kind of network that the file names is trained with; GBP_PREPROCESS_AUTO: it says nothing of
 *     that
 * @refusal: (owned) (nullable): why the graph ends before the file's network does: the first layer or node that is not
 *     understood, its kind, what is supported. For who asks for a layer that the graph lacks
 * @goes_on: what is left out is more than what becomes of scores: what the graph ends with are no classes */
typedef struct {
  GbpGraph *graph;
  int class_value;
  int score_value;
  char *class_layer;
  char **class_names;
  gboolean is_scaled_inside;
  GbpPreprocess preprocess;
  char *refusal;
  gboolean goes_on;
} GbpDescription;

void gbp_description_clear (GbpDescription *description);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GbpDescription, gbp_description_clear)

/* Where a file is, for one that keeps its values in others beside it.
 * @folder: (nullable): NULL: there is none, and such a file is refused
 * @height, @width: of the input, where the file leaves them open; 0: as the reader likes */
typedef struct {
  const GbpSource *source;
  const char *folder;
  guint height, width;
} GbpDescribed;

/* The edge of an input whose size a file leaves open and nobody has asked for: the one that most networks for
 * photographs are trained at. */
#define GBP_DEFAULT_INPUT_SIZE 224

/* gbp_describe:
 * @description: zeros; to be cleared, on failure too
 *
 * The first bytes decide which kind of file it is: Keras' HDF5, Keras' zip, or ONNX.
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) if the file has a description that is damaged, contradicts its
 *     arrays, or has nothing in it that is supported. A file without any leaves the graph NULL, and is no failure */
gboolean gbp_describe (const GbpDescribed *file, GbpDescription *description, GError **error);

/* gbp_keras_describe_hdf5:
 * @file: Keras' HDF5 of a whole model, of Keras 1 to 3: the root's attribute model_config */
gboolean gbp_keras_describe_hdf5 (
    const GbpDescribed *file, GbpDescription *description, GError **error);

/* gbp_keras_describe_zip:
 * @file: Keras 3's zip, with config.json and model.weights.h5 */
gboolean gbp_keras_describe_zip (
    const GbpDescribed *file, GbpDescription *description, GError **error);

/* gbp_onnx_describe:
 * @file: ONNX of opset 7 to 21 or later, as far as its operators are the same */
gboolean gbp_onnx_describe (const GbpDescribed *file, GbpDescription *description, GError **error);

/* Whether these first bytes can be those of ONNX: the fields of a ModelProto that writers begin with. */
gboolean gbp_onnx_is_start (const guint8 *bytes, gsize n_bytes);

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which arrays of a Keras file belong to which layer of its model_config, and their values. */
#pragma once

#include "format/builder.h"
#include "format/hdf5_file.h"
#include "format/keras_config.h"

/* @file: (owned)
 * @arrays: (owned) (element-type GbpArray): all datasets */
typedef struct {
  GbpHdf5File *file;
  GPtrArray *arrays;
} GbpKerasWeights;

/* Reads the listing of @source; FALSE with @error set (GBP_ERROR_READ). @weights: zeros; to be cleared, on failure
 * too */
gboolean gbp_keras_weights_open (GbpKerasWeights *weights, const GbpSource *source, GError **error);
void gbp_keras_weights_clear (GbpKerasWeights *weights);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GbpKerasWeights, gbp_keras_weights_clear)

/* (transfer full) (nullable): the one text of an attribute of the root; NULL if it has none, or @error set. */
char *gbp_keras_weights_get_text (GbpKerasWeights *weights, const char *name, GError **error);

/* gbp_keras_bind_groups:
 *
 * Whole models in HDF5: a group for each layer of the outermost model, whose attribute weight_names lists its arrays in
 * order; those of a nested model all are in its group, by paths that have their layers' names.
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) */
gboolean gbp_keras_bind_groups (GbpKerasWeights *weights, GbpKerasModel *model, GError **error);

/* gbp_keras_bind_numbered:
 *
 * Keras 3's .keras: layers/CLASS_N/vars/M, where N counts the layers of a class; nested models within. Before Keras 3
 * _layer_checkpoint_dependencies, which lists layers with weights twice. With backslashes, if written on Windows. */
gboolean gbp_keras_bind_numbered (GbpKerasWeights *weights, GbpKerasModel *model, GError **error);

/* gbp_keras_weights_read:
 * @index: of the layer's arrays
 * @what: for messages: "kernel"
 * @shape: [@rank], which it must have
 *
 * Each array may be read once.
 *
 * Returns: (transfer full): NULL with @error set (GBP_ERROR_READ) that names the array, what was expected and found */
float *gbp_keras_weights_read (GbpKerasWeights *weights, GbpBuilder *builder,
    const GbpKerasLayer *layer, guint index, const char *what, guint rank, const guint64 *shape,
    GError **error);

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Readers of Keras' files. */
#pragma once

#include "format/source.h"
#include "network/network.h"

/* gbp_keras_hdf5_read:
 * @weights: all but the origin is set; on failure it is still to be cleared
 *
 * Reads what Keras writes as HDF5: the published files (block1_conv1/block1_conv1_W_1:0), later ones
 * (block1_conv1/block1_conv1/kernel), whole models (model_weights/…), and Keras 3's .weights.h5
 * (layers/conv2d_1/vars/0).
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) */
gboolean gbp_keras_hdf5_read (const GbpSource *source, GbpWeights *weights, GError **error);

/* The same of weights in several files: @pieces: [@n_pieces] */
gboolean gbp_keras_hdf5_read_pieces (
    const GbpSource *pieces, guint n_pieces, GbpWeights *weights, GError **error);

/* TRUE if @source has HDF5 behind other bytes, a user block, as the format allows. */
gboolean gbp_keras_hdf5_is_behind (const GbpSource *source);

/* gbp_keras_zip_read:
 * Reads Keras 3's .keras: a zip that holds model.weights.h5, stored or deflated; at its top, or in a folder, as where
 * someone has unpacked it and zipped the folder.
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) */
gboolean gbp_keras_zip_read (const GbpSource *source, GbpWeights *weights, GError **error);

/* The HDF5 file in a .keras.
 * @bytes: (owned) (nullable): of one that was deflated
 * @source: in the zip, or in @bytes */
typedef struct {
  guint8 *bytes;
  GbpSource source;
} GbpKerasUnpacked;

/* @unpacked: zeros; to be cleared, on failure too. FALSE with @error set (GBP_ERROR_READ) */
gboolean gbp_keras_zip_unpack (const GbpSource *source, GbpKerasUnpacked *unpacked, GError **error);
void gbp_keras_unpacked_clear (GbpKerasUnpacked *unpacked);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GbpKerasUnpacked, gbp_keras_unpacked_clear)

/* gbp_keras_zip_read_text:
 * @name: of a file that lies beside the weights
 * @n_most: bytes
 *
 * Returns: (transfer full) (nullable): NULL: it, or the weights, are not there, or @error is set (GBP_ERROR_READ) */
char *gbp_keras_zip_read_text (
    const GbpSource *source, const char *name, guint64 n_most, GError **error);

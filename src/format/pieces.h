/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Weights that are spread over several files: the index that lists them, in JSON, as Keras (NAME.weights.json beside
 * NAME_00000.weights.h5) and Hugging Face (NAME.safetensors.index.json beside NAME-00001-of-00002.safetensors) write
 * it. */
#pragma once

#include "format/source.h"
#include "network/network.h"

/* Whether these first bytes can be an index's. @bytes: at least 9 */
gboolean gbp_pieces_is_index (const guint8 *bytes);

/* gbp_pieces_read:
 * @index: a file
 * @folder: where it is, and its pieces
 *
 * Returns: FALSE with @error set (GBP_ERROR_NOT_FOUND, GBP_ERROR_READ), naming the piece */
gboolean gbp_pieces_read (
    const GbpSource *index, const char *folder, GbpWeights *weights, GError **error);

/* FALSE with @error set (GBP_ERROR_READ) if the file at @path is by its name a piece, and its index is beside it. */
gboolean gbp_pieces_check_whole (const char *path, GError **error);

/* Notes of weights that end early, in a file with the name of a piece, that they may be one. */
void gbp_pieces_note (const char *path, GbpWeights *weights);

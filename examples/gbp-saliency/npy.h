/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* NpyFile: float32 frames of one shape, one after the other, in NumPy's .npy format 1.0. */
typedef struct _NpyFile NpyFile;

/* @descriptor: (transfer full): of an empty file
 * @name: what messages call it
 * @frame_shape: the shape of a frame, such as "224, 224, 3"
 * @frame_length: its number of floats */
NpyFile *npy_file_new (
    int descriptor, const char *name, const char *frame_shape, gsize frame_length, GError **error);
gboolean npy_file_append (NpyFile *file, const float *frame, GError **error);

/* Writes the number of frames into the header and closes the file. It fails if anything is not on its
 * way to the disk; the file is freed either way. */
gboolean npy_file_close (NpyFile *file, GError **error);

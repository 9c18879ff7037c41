/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* NpyFile: float32 frames of one shape, one after the other, in NumPy's .npy format 1.0. */
typedef struct _NpyFile NpyFile;

/* @descriptor: (transfer full): of an empty file
 * @name: what messages call it */
NpyFile *npy_file_new (int descriptor, const char *name, GError **error);

/* @frame: [height][width][channels]
 * @shape: those three, which stay as they are from the first frame on */
gboolean npy_file_append (NpyFile *file, const float *frame, const gint shape[3], GError **error);

/* Writes the number of frames into the header and closes the file. It fails if anything is not on its
 * way to the disk; the file is freed either way. */
gboolean npy_file_close (NpyFile *file, GError **error);

/* Whether a file that begins so was written here and not by NumPy, which pads its header behind the brace. */
gboolean npy_is_ours (const char *bytes, gsize size);

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Input: what INPUT is
 * @name: as it was given, for messages
 * @uri: of a stream to decode; NULL where it is pictures
 * @pictures: files of one picture each, in order; NULL where it is a stream
 * @is_file: whether all of it is there already, so that nothing has to be waited for
 * @descriptor: what is read where it is a pipe that had to be opened; else -1 */
typedef struct {
  char *name;
  char *uri;
  GPtrArray *pictures;
  gboolean is_file;
  int descriptor;
} Input;

/* Finds out what @name is: a file, a URI, "-", a device, a folder of pictures, or a pattern of numbered ones. */
gboolean input_init (Input *input, const char *name, GError **error);
void input_clear (Input *input);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Input, input_clear)

/* Whether @name is of numbered pictures, and not of a file that is called so. */
gboolean input_is_pattern (const char *name);

/* Returns: (transfer full): the files of a folder whose names are not hidden, in order; NULL with @error set */
GPtrArray *input_list_folder (const char *folder, GError **error);

/* Whether a file is of one picture, by what it begins with. */
gboolean input_is_picture (const char *path);

/* Whether a file is a picture or a video, by what it begins with. */
gboolean input_is_visual (const char *path);

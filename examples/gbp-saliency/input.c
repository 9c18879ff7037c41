/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "input.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <gst/gst.h>

char *
input_get_uri (const char *input, GError **error)
{
  gboolean exists = g_file_test (input, G_FILE_TEST_EXISTS);

  if (!exists && gst_uri_is_valid (input))
    return g_strdup (input);
  if (*input == '\0')
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        "INPUT is empty; name an image, a video or a URI");
  else if (!exists)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
        "there is no file %s, and it is not a URI such as https://host/video.mp4", input);
  else if (g_file_test (input, G_FILE_TEST_IS_DIR))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY,
        "%s is a folder, not an image or a video", input);
  else if (g_access (input, R_OK) != 0)
    g_set_error (
        error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "the file %s is not readable", input);
  else
    return gst_filename_to_uri (input, error);
  return NULL;
}

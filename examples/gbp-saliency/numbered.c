/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "numbered.h"

#include "mark.h"
#include "names.h"
#include "partfile.h"
#include "parts.h"

#include <errno.h>
#include <gio/gio.h>
#include <gst/app/app.h>
#include <string.h>
#include <unistd.h>

struct _Numbered {
  const char *pattern;
  const Input *input;

  GMutex lock;         /* guards what follows, which the sink's thread adds to */
  GPtrArray *pictures; /* of PartFile, by number */
  gboolean discarded;
};

static void
picture_free (gpointer picture)
{
  part_file_clear (picture);
  g_free (picture);
}

static gboolean
check_file (
    const char *pattern, const char *path, const Input *input, gboolean force, GError **error)
{
  if (part_file_is_input (path, input))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
        "cannot write %s: %s is the input; give the output another name", pattern, path);
  else if (g_file_test (path, G_FILE_TEST_IS_SYMLINK)
           || !g_file_test (path, G_FILE_TEST_IS_REGULAR))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
        "cannot write %s: %s is there and not a file", pattern, path);
  else if (!force && !mark_is_in (path))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
        "cannot write %s: %s exists, and not by gbp-saliency; --force overwrites it", pattern,
        path);
  else
    return TRUE;
  return FALSE;
}

static gboolean
check_files (const char *pattern, const Input *input, gboolean force, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (pattern);
  g_autofree char *names = g_path_get_basename (pattern);
  int n_before = (int) (strlen (pattern) - strlen (names));
  g_autoptr (GDir) files = g_dir_open (folder, 0, error);
  const char *name;

  if (files == NULL)
    return FALSE;
  while ((name = g_dir_read_name (files)) != NULL) {
    g_autofree char *path = g_strdup_printf ("%.*s%s", n_before, pattern, name);

    if (name_is_of_pattern (name, names, NULL) && !check_file (pattern, path, input, force, error))
      return FALSE;
  }
  return TRUE;
}

Numbered *
numbered_new (const char *pattern, const Input *input, gboolean force, GError **error)
{
  g_autofree char *path = name_fill_in (pattern, 0);
  PartFile first = {0};
  Numbered *numbered;

  if (!part_file_init (&first, path, input, TRUE, error))
    return NULL;
  part_file_clear (&first);
  if (!check_files (pattern, input, force, error))
    return NULL;
  numbered = g_new0 (Numbered, 1);
  numbered->pattern = pattern;
  numbered->input = input;
  g_mutex_init (&numbered->lock);
  numbered->pictures = g_ptr_array_new_with_free_func (picture_free);
  return numbered;
}

/* Makes the next picture's part, unless all are discarded.
 * Returns: what to write to; -1 with @error set */
static int
add_picture (Numbered *numbered, GError **error)
{
  PartFile *picture = g_new0 (PartFile, 1);
  g_autofree char *path = NULL;
  int descriptor = -1;

  g_mutex_lock (&numbered->lock);
  path = name_fill_in (numbered->pattern, numbered->pictures->len);
  g_ptr_array_add (numbered->pictures, picture);
  if (numbered->discarded)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "stopped");
  else if (part_file_init (picture, path, numbered->input, TRUE, error))
    descriptor = part_file_create (picture, error);
  g_mutex_unlock (&numbered->lock);
  return descriptor;
}

static gboolean
write_all (int descriptor, const guint8 *data, gsize size)
{
  while (size > 0) {
    gssize n_written = write (descriptor, data, size);

    if (n_written < 0 && errno != EINTR)
      return FALSE;
    if (n_written > 0) {
      data += n_written;
      size -= (gsize) n_written;
    }
  }
  return TRUE;
}

static gboolean
write_picture (Numbered *numbered, const GstMapInfo *map, GError **error)
{
  int descriptor = add_picture (numbered, error);
  gboolean written;

  if (descriptor < 0)
    return FALSE;
  written = write_all (descriptor, map->data, map->size);
  if (written && close (descriptor) == 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "cannot write %s: %s",
      numbered->pattern, g_strerror (errno));
  if (!written)
    close (descriptor);
  return FALSE;
}

/* Runs in the sink's streaming thread. */
static GstFlowReturn
take_picture (GstAppSink *sink, gpointer numbered)
{
  g_autoptr (GstSample) sample = gst_app_sink_pull_sample (sink);
  g_autoptr (GstBuffer) picture = NULL;
  g_autoptr (GError) error = NULL;
  GstMapInfo map;

  if (sample == NULL)
    return GST_FLOW_EOS;
  picture = mark_picture (gst_buffer_ref (gst_sample_get_buffer (sample)));
  if (gst_buffer_map (picture, &map, GST_MAP_READ)) {
    gboolean written = write_picture (numbered, &map, &error);
    gst_buffer_unmap (picture, &map);
    if (written)
      return GST_FLOW_OK;
  }
  GST_ELEMENT_ERROR (sink, RESOURCE, WRITE,
      ("%s", error != NULL ? error->message : "No memory for what is to be written"), (NULL));
  return GST_FLOW_ERROR;
}

GstElement *
numbered_make_sink (Numbered *numbered, GError **error)
{
  GstAppSinkCallbacks callbacks = {.new_sample = take_picture};
  GstElement *sink = make_element ("appsink", error);

  if (sink == NULL)
    return NULL;
  g_object_set (sink, "sync", FALSE, "max-buffers", 2, NULL);
  gst_app_sink_set_callbacks (GST_APP_SINK (sink), &callbacks, numbered, NULL);
  return sink;
}

gboolean
numbered_commit (Numbered *numbered, GError **error)
{
  for (guint i = 0; i < numbered->pictures->len; i++)
    if (!part_file_commit (numbered->pictures->pdata[i], error))
      return FALSE;
  return TRUE;
}

void
numbered_discard (Numbered *numbered)
{
  g_mutex_lock (&numbered->lock);
  numbered->discarded = TRUE;
  for (guint i = 0; i < numbered->pictures->len; i++)
    part_file_discard (numbered->pictures->pdata[i]);
  g_mutex_unlock (&numbered->lock);
}

void
numbered_free (Numbered *numbered)
{
  g_ptr_array_unref (numbered->pictures);
  g_mutex_clear (&numbered->lock);
  g_free (numbered);
}

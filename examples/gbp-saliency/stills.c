/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stills.h"

#include "parts.h"
#include "picture.h"

#include <gst/app/app.h>
#include <math.h>

/* @names: of the pictures
 * @given: the content of the one that there is; NULL where they are files
 * @duration: of a frame
 * @frame: the last picture's, which several frames may show
 * @n_done: frames that are on their way */
struct _Stills {
  GPtrArray *names;
  GBytes *given;
  guint n_frames;
  GstClockTime duration;
  GstSample *frame;
  guint n_done;
};

Stills *
stills_new (GPtrArray *files, double seconds)
{
  Stills *stills = g_new0 (Stills, 1);
  gboolean is_lone = files->len == 1;

  stills->names = g_ptr_array_ref (files);
  stills->n_frames = is_lone ? (guint) MAX (1, floor (seconds * STILLS_RATE + 0.5)) : files->len;
  stills->duration =
      is_lone && seconds <= 0 ? STILLS_SECONDS * GST_SECOND : GST_SECOND / STILLS_RATE;
  return stills;
}

Stills *
stills_new_from_bytes (GBytes *file, const char *name, double seconds)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  Stills *stills;

  g_ptr_array_add (names, g_strdup (name));
  stills = stills_new (names, seconds);
  stills->given = g_bytes_ref (file);
  return stills;
}

void
stills_free (Stills *stills)
{
  g_ptr_array_unref (stills->names);
  g_clear_pointer (&stills->given, g_bytes_unref);
  g_clear_pointer (&stills->frame, gst_sample_unref);
  g_free (stills);
}

static GBytes *
read_file (const char *path, GError **error)
{
  g_autoptr (GError) reason = NULL;
  gsize size;
  char *data;

  if (g_file_get_contents (path, &data, &size, &reason))
    return g_bytes_new_take (data, size);
  g_set_error (
      error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ, "cannot read %s", reason->message);
  return NULL;
}

/* Sets @frame to the one that is to be shown next. */
static gboolean
decode_next (Stills *stills, GError **error)
{
  const char *name = stills->names->pdata[MIN (stills->n_done, stills->names->len - 1)];
  g_autoptr (GBytes) file = NULL;

  if (stills->names->len == 1 && stills->frame != NULL)
    return TRUE;
  g_clear_pointer (&stills->frame, gst_sample_unref);
  file = stills->given != NULL ? g_bytes_ref (stills->given) : read_file (name, error);
  if (file != NULL)
    stills->frame = picture_decode (file, name, error);
  return stills->frame != NULL;
}

/* A picture's caps as a film's. */
static GstCaps *
make_film_caps (Stills *stills)
{
  GstCaps *caps = gst_caps_copy (gst_sample_get_caps (stills->frame));
  gint seconds = (gint) (stills->duration / GST_SECOND); /* 0 where several are shown in one */

  gst_caps_set_simple (
      caps, "framerate", GST_TYPE_FRACTION, seconds > 0 ? 1 : STILLS_RATE, MAX (seconds, 1), NULL);
  return caps;
}

static void
push_frame (Stills *stills, GstAppSrc *source)
{
  g_autoptr (GstCaps) caps = make_film_caps (stills);
  g_autoptr (GstBuffer) buffer = gst_buffer_copy (gst_sample_get_buffer (stills->frame));
  g_autoptr (GstSample) sample = NULL;

  GST_BUFFER_PTS (buffer) = stills->n_done * stills->duration;
  GST_BUFFER_DTS (buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DURATION (buffer) = stills->duration;
  sample = gst_sample_new (buffer, caps, NULL, NULL);
  stills->n_done++;
  gst_app_src_push_sample (source, sample);
}

/* Runs in the source's streaming thread, whenever it has nothing left. */
static void
need_frame (GstAppSrc *source, guint n_bytes, gpointer data)
{
  Stills *stills = data;
  g_autoptr (GError) error = NULL;

  if (stills->n_done == stills->n_frames)
    gst_app_src_end_of_stream (source);
  else if (decode_next (stills, &error))
    push_frame (stills, source);
  else
    GST_ELEMENT_ERROR (source, STREAM, DECODE, ("%s", error->message), (NULL));
}

GstElement *
stills_make_source (Stills *stills, GError **error)
{
  GstAppSrcCallbacks callbacks = {.need_data = need_frame};
  GstElement *source = make_element ("appsrc", error);

  if (source == NULL)
    return NULL;
  g_object_set (
      source, "format", GST_FORMAT_TIME, "duration", stills->n_frames * stills->duration, NULL);
  gst_app_src_set_callbacks (GST_APP_SRC (source), &callbacks, stills, NULL);
  return source;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "filesink.h"

#include <errno.h>
#include <gst/base/gstbasesink.h>
#include <unistd.h>

/* @origin: where the descriptor was at first, from which muxers count; −1 where nobody can go back
 * @poll: ends a wait for a reader of a pipe */
typedef struct {
  GstBaseSink sink;
  int descriptor;
  char *name;
  off_t origin;
  GstPoll *poll;
} FileSink;

typedef struct {
  GstBaseSinkClass parent;
} FileSinkClass;

static GType file_sink_get_type (void);
G_DEFINE_TYPE (FileSink, file_sink, GST_TYPE_BASE_SINK)

static GstStaticPadTemplate any_template =
    GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

static void
post_reason (FileSink *self)
{
  int reason = errno;

  GST_ELEMENT_ERROR (
      self, RESOURCE, WRITE, ("cannot write %s: %s", self->name, g_strerror (reason)), (NULL));
}

/* Waits until the descriptor takes something; a file always does.
 * Returns: FALSE if that is not waited for any more */
static gboolean
wait_for_reader (FileSink *self)
{
  gint n_ready;

  do
    n_ready = gst_poll_wait (self->poll, GST_CLOCK_TIME_NONE);
  while (n_ready < 0 && (errno == EINTR || errno == EAGAIN));
  return n_ready >= 0;
}

static GstFlowReturn
write_all (FileSink *self, const guint8 *data, gsize size)
{
  while (size > 0) {
    gssize n_written;

    if (!wait_for_reader (self))
      return GST_FLOW_FLUSHING;
    n_written = write (self->descriptor, data, size);
    if (n_written < 0 && errno != EINTR && errno != EAGAIN) {
      post_reason (self);
      return GST_FLOW_ERROR;
    }
    data += MAX (n_written, 0);
    size -= (gsize) MAX (n_written, 0);
  }
  return GST_FLOW_OK;
}

static GstFlowReturn
write_buffer (GstBaseSink *sink, GstBuffer *buffer)
{
  GstMapInfo map;
  GstFlowReturn flow;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    GST_ELEMENT_ERROR (sink, RESOURCE, FAILED, ("No memory for what is to be written"), (NULL));
    return GST_FLOW_ERROR;
  }
  flow = write_all ((FileSink *) sink, map.data, map.size);
  gst_buffer_unmap (buffer, &map);
  return flow;
}

/* A muxer says by a segment where what follows is to be. */
static gboolean
take_event (GstBaseSink *sink, GstEvent *event)
{
  FileSink *self = (FileSink *) sink;
  const GstSegment *segment;

  if (GST_EVENT_TYPE (event) == GST_EVENT_SEGMENT && self->origin >= 0) {
    gst_event_parse_segment (event, &segment);
    if (segment->format == GST_FORMAT_BYTES
        && lseek (self->descriptor, self->origin + (off_t) segment->start, SEEK_SET) < 0)
      post_reason (self);
  }
  return GST_BASE_SINK_CLASS (file_sink_parent_class)->event (sink, event);
}

static gboolean
answer (GstBaseSink *sink, GstQuery *query)
{
  FileSink *self = (FileSink *) sink;
  GstFormat format;

  if (GST_QUERY_TYPE (query) != GST_QUERY_SEEKING)
    return GST_BASE_SINK_CLASS (file_sink_parent_class)->query (sink, query);
  gst_query_parse_seeking (query, &format, NULL, NULL, NULL);
  gst_query_set_seeking (
      query, format, format == GST_FORMAT_BYTES && self->origin >= 0, 0, GST_CLOCK_TIME_NONE);
  return TRUE;
}

static gboolean
unlock (GstBaseSink *sink)
{
  gst_poll_set_flushing (((FileSink *) sink)->poll, TRUE);
  return TRUE;
}

static gboolean
unlock_stop (GstBaseSink *sink)
{
  gst_poll_set_flushing (((FileSink *) sink)->poll, FALSE);
  return TRUE;
}

static void
finalize (GObject *object)
{
  FileSink *self = (FileSink *) object;

  gst_poll_free (self->poll);
  g_free (self->name);
  G_OBJECT_CLASS (file_sink_parent_class)->finalize (object);
}

static void
file_sink_class_init (FileSinkClass *class)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);
  GstBaseSinkClass *sink_class = GST_BASE_SINK_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = finalize;
  gst_element_class_add_static_pad_template (element_class, &any_template);
  gst_element_class_set_static_metadata (element_class, "File descriptor sink", "Sink/File",
      "Write to a descriptor, and say why it cannot", "gbpsaliency maintainers");
  sink_class->render = GST_DEBUG_FUNCPTR (write_buffer);
  sink_class->event = GST_DEBUG_FUNCPTR (take_event);
  sink_class->query = GST_DEBUG_FUNCPTR (answer);
  sink_class->unlock = GST_DEBUG_FUNCPTR (unlock);
  sink_class->unlock_stop = GST_DEBUG_FUNCPTR (unlock_stop);
}

static void
file_sink_init (FileSink *self)
{
  self->poll = gst_poll_new (TRUE);
}

GstElement *
file_sink_new (int descriptor, const char *name)
{
  FileSink *self = g_object_new (file_sink_get_type (), NULL);
  GstPollFD polled = GST_POLL_FD_INIT;

  self->descriptor = polled.fd = descriptor;
  self->name = g_strdup (name);
  self->origin = lseek (descriptor, 0, SEEK_CUR);
  gst_poll_add_fd (self->poll, &polled);
  gst_poll_fd_ctl_write (self->poll, &polled, TRUE);
  return GST_ELEMENT (self);
}

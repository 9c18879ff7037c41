/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An application with frames of its own: it pushes them into the element and takes the pictures out.
 * usage: embed [LAYER]
 *
 *     appsrc ! gbpsaliency ! appsink */
#include <gst/app/app.h>
#include <gst/controller/controller.h>
#include <gst/gst.h>
#include <gst/video/video.h>

#define WIDTH    320
#define HEIGHT   240
#define N_FRAMES 8

#define FRAME_DURATION (GST_SECOND / 30)

typedef struct {
  GstElement *pipeline;
  GstElement *source;
  GstElement *saliency;
  GstElement *sink;
} Application;

/* A controllable property follows a curve over the stream's time: here the picture fades in. */
static void
fade_in (GstElement *saliency)
{
  GstControlSource *curve = gst_interpolation_control_source_new ();
  GstTimedValueControlSource *points = GST_TIMED_VALUE_CONTROL_SOURCE (curve);

  g_object_set (curve, "mode", GST_INTERPOLATION_MODE_LINEAR, NULL);
  gst_timed_value_control_source_set (points, 0, 0.0);
  gst_timed_value_control_source_set (points, N_FRAMES * FRAME_DURATION, 1.0);
  gst_object_add_control_binding (GST_OBJECT (saliency),
      gst_direct_control_binding_new (GST_OBJECT (saliency), "blend", curve));
  gst_object_unref (curve);
}

/* The formats on both sides are the application's choice: the element converts between them itself. */
static gboolean
application_init (Application *application, const char *layer, GError **error)
{
  application->pipeline = gst_parse_launch_full (
      "appsrc name=source format=time max-buffers=2 block=true"
      " caps=video/x-raw,format=RGB,width=320,height=240,framerate=30/1"
      " ! gbpsaliency name=saliency colormap=inferno"
      " ! video/x-raw,format=BGRx ! appsink name=sink sync=false max-buffers=2",
      NULL, GST_PARSE_FLAG_FATAL_ERRORS, error);
  if (application->pipeline == NULL)
    return FALSE;
  application->source = gst_bin_get_by_name (GST_BIN (application->pipeline), "source");
  application->saliency = gst_bin_get_by_name (GST_BIN (application->pipeline), "saliency");
  application->sink = gst_bin_get_by_name (GST_BIN (application->pipeline), "sink");
  fade_in (application->saliency);
  if (layer != NULL)
    g_object_set (application->saliency, "layer", layer, NULL);
  return TRUE;
}

static void
application_clear (Application *application)
{
  if (application->pipeline != NULL)
    gst_element_set_state (application->pipeline, GST_STATE_NULL);
  gst_clear_object (&application->source);
  gst_clear_object (&application->saliency);
  gst_clear_object (&application->sink);
  gst_clear_object (&application->pipeline);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Application, application_clear)

/* A bright disc that moves over a dark ground. */
static GstBuffer *
draw_frame (guint index)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, WIDTH * HEIGHT * 3, NULL);
  int centre_x = 60 + 25 * (int) index, centre_y = HEIGHT / 2;
  GstMapInfo map;

  gst_buffer_map (buffer, &map, GST_MAP_WRITE);
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++) {
      int dx = x - centre_x, dy = y - centre_y;
      memset (map.data + 3 * (y * WIDTH + x), dx * dx + dy * dy < 40 * 40 ? 220 : 40, 3);
    }
  gst_buffer_unmap (buffer, &map);
  GST_BUFFER_PTS (buffer) = index * FRAME_DURATION;
  GST_BUFFER_DURATION (buffer) = FRAME_DURATION;
  return buffer;
}

/* Prints the picture's mean red, green and blue: what an application does with it is its business. */
static void
look_at_picture (GstSample *sample, guint index)
{
  guint64 sums[4] = {0};
  double n_pixels = WIDTH * HEIGHT;
  GstVideoInfo info;
  GstVideoFrame frame;

  gst_video_info_from_caps (&info, gst_sample_get_caps (sample));
  if (!gst_video_frame_map (&frame, &info, gst_sample_get_buffer (sample), GST_MAP_READ))
    return;
  for (int y = 0; y < GST_VIDEO_FRAME_HEIGHT (&frame); y++) {
    const guint8 *row = GST_VIDEO_FRAME_PLANE_DATA (&frame, 0);
    row += (gsize) y * GST_VIDEO_FRAME_PLANE_STRIDE (&frame, 0); /* rows may be padded */
    for (int x = 0; x < 4 * GST_VIDEO_FRAME_WIDTH (&frame); x++)
      sums[x % 4] += row[x];
  }
  g_print ("frame %u: %d x %d, mean red %.1f, green %.1f, blue %.1f\n", index,
      GST_VIDEO_FRAME_WIDTH (&frame), GST_VIDEO_FRAME_HEIGHT (&frame), sums[2] / n_pixels,
      sums[1] / n_pixels, sums[0] / n_pixels);
  gst_video_frame_unmap (&frame);
}

/* What the element refuses, it says on the bus: an ERROR stops the pipeline; a WARNING says that a
 * property keeps the value it had.
 * Returns: FALSE if there was an error */
static gboolean
print_messages (Application *application)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (application->pipeline);
  GstMessage *message;
  gboolean failed = FALSE;

  while ((message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR | GST_MESSAGE_WARNING)) != NULL) {
    g_autoptr (GError) error = NULL;

    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
      gst_message_parse_error (message, &error, NULL);
    else
      gst_message_parse_warning (message, &error, NULL);
    g_printerr ("embed: %s\n", error->message);
    failed |= GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR;
    gst_message_unref (message);
  }
  return !failed;
}

/* Pushes a frame and takes its picture, one by one. An element that fails says so on the bus, while the
 * sink would wait for ever: so look there too. */
static gboolean
process_frame (Application *application, guint index)
{
  GstAppSink *sink = GST_APP_SINK (application->sink);
  g_autoptr (GstSample) sample = NULL;

  gst_app_src_push_buffer (GST_APP_SRC (application->source), draw_frame (index));
  while (sample == NULL) {
    sample = gst_app_sink_try_pull_sample (sink, GST_SECOND / 10);
    if (!print_messages (application))
      return FALSE;
  }
  look_at_picture (sample, index);
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_auto (Application) application = {0};
  g_autoptr (GError) error = NULL;
  gboolean running = TRUE;

  gst_init (&argc, &argv);
  if (!application_init (&application, argc > 1 ? argv[1] : NULL, &error)) {
    g_printerr ("embed: %s\n", error->message);
    return 1;
  }
  gst_element_set_state (application.pipeline, GST_STATE_PLAYING);
  for (guint i = 0; running && i < N_FRAMES; i++) {
    if (i == N_FRAMES / 2) /* properties change while playing, from the next frame on */
      g_object_set (application.saliency, "layer", "block3_conv4", NULL);
    running = process_frame (&application, i);
  }
  gst_app_src_end_of_stream (GST_APP_SRC (application.source));
  return running ? 0 : 1;
}

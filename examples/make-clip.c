/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Makes a short video from a photograph: the view moves over it and zooms.
 * usage: make-clip PHOTOGRAPH.jpg OUT.mp4 */
#include <gst/controller/controller.h>
#include <gst/gst.h>

#define FRAMES 120 /* at 30 a second */

/* The scene is composed at twice the size, so that it moves by half pixels. */
#define SCENE                                                                                      \
  "filesrc name=photograph ! jpegdec ! imagefreeze num-buffers=%d ! video/x-raw,framerate=30/1"    \
  " ! compositor name=scene ! video/x-raw,width=960,height=720"                                    \
  " ! videoscale method=lanczos ! video/x-raw,width=480,height=360"                                \
  " ! videoconvert ! x264enc pass=qual quantizer=16 ! video/x-h264,profile=high"                   \
  " ! mp4mux ! filesink name=clip"

/* Where the photograph's left upper corner is in the scene, and how large it is, in scene pixels. */
static const struct {
  double seconds;
  int x, y, size;
} stations[] = {
    {0.0, 0, -40, 960},
    {1.2, -310, -60, 1700},
    {2.2, -870, -230, 1830},
    {3.2, -250, -500, 1500},
    {4.0, 0, -120, 960},
};

/* Moves one property of the photograph through its stations, smoothly. */
static void
animate (GstPad *pad, const char *property, gsize offset)
{
  GstControlSource *source = gst_interpolation_control_source_new ();

  g_object_set (source, "mode", GST_INTERPOLATION_MODE_CUBIC_MONOTONIC, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (stations); i++)
    gst_timed_value_control_source_set (GST_TIMED_VALUE_CONTROL_SOURCE (source),
        (GstClockTime) (stations[i].seconds * GST_SECOND),
        G_STRUCT_MEMBER (int, &stations[i], offset));
  gst_object_add_control_binding (GST_OBJECT (pad),
      gst_direct_control_binding_new_absolute (GST_OBJECT (pad), property, source));
  gst_object_unref (source);
}

static void
set_up_scene (GstElement *pipeline, const char *photograph, const char *clip)
{
  GstBin *bin = GST_BIN (pipeline);
  g_autoptr (GstElement) scene = gst_bin_get_by_name (bin, "scene");
  g_autoptr (GstElement) source = gst_bin_get_by_name (bin, "photograph");
  g_autoptr (GstElement) sink = gst_bin_get_by_name (bin, "clip");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (scene, "sink_0");

  g_object_set (source, "location", photograph, NULL);
  g_object_set (sink, "location", clip, NULL);
  animate (pad, "xpos", G_STRUCT_OFFSET (typeof (stations[0]), x));
  animate (pad, "ypos", G_STRUCT_OFFSET (typeof (stations[0]), y));
  animate (pad, "width", G_STRUCT_OFFSET (typeof (stations[0]), size));
  animate (pad, "height", G_STRUCT_OFFSET (typeof (stations[0]), size));
}

static gboolean
run (GstElement *pipeline, GError **error)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = NULL;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message =
      gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS)
    return TRUE;
  gst_message_parse_error (message, error, NULL);
  return FALSE;
}

int
main (int argc, char **argv)
{
  g_autofree char *description = g_strdup_printf (SCENE, FRAMES);
  g_autoptr (GstElement) pipeline = NULL;
  g_autoptr (GError) error = NULL;

  gst_init (&argc, &argv);
  if (argc != 3) {
    g_printerr ("usage: make-clip PHOTOGRAPH.jpg OUT.mp4\n");
    return 1;
  }
  pipeline = gst_parse_launch_full (description, NULL, GST_PARSE_FLAG_FATAL_ERRORS, &error);
  if (pipeline != NULL) {
    set_up_scene (pipeline, argv[1], argv[2]);
    if (run (pipeline, &error))
      return 0;
  }
  g_printerr ("make-clip: %s\n", error->message);
  return 1;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "source.h"

/* Live, as a camera is; made larger, since the ball has one size. */
#define TEST_PICTURE                                                                               \
  "videotestsrc is-live=true pattern=ball background-color=0xff305070 foreground-color=0xffffd040" \
  " ! video/x-raw,width=320,height=240,framerate=30/1 ! videoscale"                                \
  " ! capsfilter caps=video/x-raw,width=640,height=480"

/* Left alone, cameras give their largest pictures, a few in a second. */
#define CAMERA_CAPS                                                                                \
  "video/x-raw,width=(int)[1,1280],height=(int)[1,960],framerate=(fraction)[15/1,120/1]"

/* The camera with what is asked of it, where it can do that.
 * Returns: (transfer floating) (nullable) */
static GstElement *
open_camera (GstDevice *device)
{
  GstElement *camera = gst_device_create_element (device, NULL);
  g_autoptr (GstCaps) offered = gst_device_get_caps (device);
  g_autoptr (GstCaps) wanted = gst_caps_from_string (CAMERA_CAPS);
  GstElement *bin, *filter;
  g_autoptr (GstPad) pad = NULL;

  if (camera == NULL)
    return NULL;
  bin = gst_bin_new (NULL);
  filter = gst_element_factory_make ("capsfilter", NULL);
  if (offered != NULL && gst_caps_can_intersect (offered, wanted))
    g_object_set (filter, "caps", wanted, NULL);
  gst_bin_add_many (GST_BIN (bin), camera, filter, NULL);
  gst_element_link (camera, filter);
  pad = gst_element_get_static_pad (filter, "src");
  gst_element_add_pad (bin, gst_ghost_pad_new ("src", pad));
  return bin;
}

/* Returns: (transfer floating): NULL if there is no camera */
static GstElement *
find_camera (void)
{
  g_autoptr (GstDeviceMonitor) monitor = gst_device_monitor_new ();
  GstElement *camera = NULL;
  GList *devices;

  gst_device_monitor_add_filter (monitor, "Video/Source", NULL);
  devices = gst_device_monitor_get_devices (monitor);
  for (GList *device = devices; device != NULL && camera == NULL; device = device->next) {
    g_autofree char *name = gst_device_get_display_name (device->data);

    camera = open_camera (device->data);
    if (camera != NULL)
      g_print ("camera: %s\n", name);
  }
  g_list_free_full (devices, gst_object_unref);
  return camera;
}

static GstElement *
make_live (const char *input, GError **error)
{
  GstElement *camera = g_strcmp0 (input, "test") != 0 ? find_camera () : NULL;

  if (camera != NULL)
    return camera;
  if (g_strcmp0 (input, "camera") == 0) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND,
        "there is no camera; a file, a URI or \"test\" can be shown");
    return NULL;
  }
  if (input == NULL)
    g_print ("there is no camera: a test picture is shown\n");
  return gst_parse_bin_from_description_full (
      TEST_PICTURE, TRUE, NULL, GST_PARSE_FLAG_FATAL_ERRORS, error);
}

/* A picture has no rate: it stands still for as long as one looks at it. */
static gboolean
is_picture (const GstCaps *caps)
{
  gint numerator, denominator;

  return gst_structure_get_fraction (
             gst_caps_get_structure (caps, 0), "framerate", &numerator, &denominator)
         && numerator == 0;
}

/* The first video is taken, all else is left. */
static void
take_stream (GstElement *source, GstPad *pad, gpointer data)
{
  GstElement *entrance = data;
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  g_autoptr (GstElement) pipeline = GST_ELEMENT (gst_element_get_parent (entrance));
  g_autoptr (GstPad) target = gst_element_get_static_pad (entrance, "sink");
  GstElement *freeze;

  if (caps == NULL || gst_pad_is_linked (target)
      || !g_str_has_prefix (
          gst_structure_get_name (gst_caps_get_structure (caps, 0)), "video/x-raw"))
    return;
  if (is_picture (caps)) {
    freeze = gst_parse_bin_from_description (
        "imagefreeze ! capsfilter caps=video/x-raw,framerate=30/1", TRUE, NULL);
    gst_bin_add (GST_BIN (pipeline), freeze);
    gst_element_link (freeze, entrance);
    gst_element_sync_state_with_parent (freeze);
    gst_object_unref (target);
    target = gst_element_get_static_pad (freeze, "sink");
  }
  gst_pad_link (pad, target);
}

static void
check_streams (GstElement *source, gpointer entrance)
{
  g_autoptr (GstPad) target = gst_element_get_static_pad (entrance, "sink");

  if (!gst_pad_is_linked (target))
    GST_ELEMENT_ERROR (
        source, STREAM, WRONG_TYPE, ("There is no video and no picture in it."), (NULL));
}

static gboolean
add_file (GstElement *pipeline, GstElement *entrance, const char *input, GError **error)
{
  GstElement *source = gst_element_factory_make ("uridecodebin", SOURCE_FILE);
  g_autofree char *uri =
      gst_uri_is_valid (input) ? g_strdup (input) : gst_filename_to_uri (input, error);

  if (uri == NULL)
    return FALSE;
  g_object_set (source, "uri", uri, NULL);
  g_signal_connect (source, "pad-added", G_CALLBACK (take_stream), entrance);
  g_signal_connect (source, "no-more-pads", G_CALLBACK (check_streams), entrance);
  return gst_bin_add (GST_BIN (pipeline), source);
}

gboolean
source_add (GstElement *pipeline, GstElement *entrance, const char *input, GError **error)
{
  GstElement *source;

  if (input != NULL && !g_str_equal (input, "camera") && !g_str_equal (input, "test"))
    return add_file (pipeline, entrance, input, error);
  source = make_live (input, error);
  if (source == NULL)
    return FALSE;
  gst_bin_add (GST_BIN (pipeline), source);
  if (gst_element_link (source, entrance))
    return TRUE;
  g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_PAD, "the camera gives no raw video");
  return FALSE;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A window in which a camera, a file or a test picture is explained, while keys and clicks change how.
 *
 *     source ! gbpsaliency ! textoverlay ! videoconvert ! window */
#include "caption.h"
#include "controls.h"
#include "source.h"
#include "terminal.h"

#include <glib-unix.h>
#include <gst/video/navigation.h>
#include <locale.h>
#include <string.h>

#define VIEW                                                                                       \
  "queue name=entrance max-size-buffers=2 ! gbpsaliency name=saliency look=strength"               \
  " colormap=inferno ! queue max-size-buffers=2"                                                   \
  " ! textoverlay name=line valignment=bottom halignment=left shaded-background=true"              \
  " xpad=8 ypad=8 ! videoconvert ! "

#define LINE_INTERVAL 500 /* milliseconds */

/* @input: NULL: the camera
 * @window: the element that shows the video
 * @loops: whether a file begins anew at its end
 * @n_frames: that were shown; atomic
 * @state: what the line says, but for what changes by itself
 * @n_frames_before: at the last look at it, at the time @time_before of the monotonic clock */
typedef struct {
  char *input;
  char *window;
  gboolean loops;
  GMainLoop *loop;
  GstElement *pipeline;
  GstElement *line;
  GstPad *exit;
  Controls controls;
  gint n_frames;
  gint n_frames_before;
  gint64 time_before;
  gint strongest;
  char *seen;
  char *state;
  GError *error;
} Viewer;

static void
viewer_clear (Viewer *viewer)
{
  if (viewer->pipeline != NULL)
    gst_element_set_state (viewer->pipeline, GST_STATE_NULL);
  controls_clear (&viewer->controls);
  gst_clear_object (&viewer->exit);
  gst_clear_object (&viewer->line);
  gst_clear_object (&viewer->pipeline);
  g_clear_pointer (&viewer->loop, g_main_loop_unref);
  g_clear_error (&viewer->error);
  g_free (viewer->input);
  g_free (viewer->window);
  g_free (viewer->seen);
  g_free (viewer->state);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Viewer, viewer_clear)

/* What changes is said in the terminal too. */
static void
show_state (Viewer *viewer)
{
  char *state = caption_make (&viewer->controls, viewer->strongest, viewer->seen);

  if (g_strcmp0 (state, viewer->state) != 0)
    g_print ("%s\n", state);
  g_free (viewer->state);
  viewer->state = state;
}

static gboolean
update_line (gpointer data)
{
  Viewer *viewer = data;
  gint64 now = g_get_monotonic_time (), age = caption_get_age (&viewer->controls);
  gint n_frames = g_atomic_int_get (&viewer->n_frames);
  double seconds = (double) (now - viewer->time_before) / G_USEC_PER_SEC;
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *markup = NULL;

  g_string_printf (text, "%.0f frames/s", (n_frames - viewer->n_frames_before) / seconds);
  if (age >= 0)
    g_string_append_printf (text, "  age %" G_GINT64_FORMAT " ms", age);
  show_state (viewer);
  g_string_append_printf (text, "  %s", viewer->state);
  markup = g_markup_escape_text (text->str, -1);
  g_object_set (viewer->line, "text", markup, NULL);
  viewer->n_frames_before = n_frames;
  viewer->time_before = now;
  return G_SOURCE_CONTINUE;
}

static void
toggle_line (Viewer *viewer)
{
  gboolean silent;

  g_object_get (viewer->line, "silent", &silent, NULL);
  g_object_set (viewer->line, "silent", !silent, NULL);
}

static void
press (const char *key, gpointer data)
{
  Viewer *viewer = data;

  if (g_str_equal (key, "q") || g_str_equal (key, "Escape"))
    g_main_loop_quit (viewer->loop);
  else if (g_str_equal (key, "h"))
    controls_print_help ();
  else if (g_str_equal (key, "i"))
    toggle_line (viewer);
  else
    controls_press (&viewer->controls, key);
}

static void
click (Viewer *viewer, double x, double y)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (viewer->exit);
  GstVideoInfo info;

  if (caps != NULL && gst_video_info_from_caps (&info, caps))
    controls_click (&viewer->controls, &info, x, y);
}

/* Some windows name the key alone, and the shift beside it. */
static void
press_in_window (Viewer *viewer, GstEvent *event)
{
  GstNavigationModifierType modifiers = GST_NAVIGATION_MODIFIER_NONE;
  const char *key;
  char letter[2] = "";

  if (!gst_navigation_event_parse_key_event (event, &key))
    return;
  gst_navigation_event_parse_modifier_state (event, &modifiers);
  if (strlen (key) == 1 && (modifiers & GST_NAVIGATION_MODIFIER_SHIFT_MASK) != 0) {
    letter[0] = g_ascii_toupper (key[0]);
    key = letter;
  }
  press (key, viewer);
}

/* @message: an element's, or ours with an event of the window */
static void
navigate (Viewer *viewer, GstMessage *message)
{
  g_autoptr (GstEvent) event = NULL;
  double x, y;
  gint button;

  if (GST_MESSAGE_SRC (message) != GST_OBJECT (viewer->pipeline)
      || !gst_navigation_message_parse_event (message, &event))
    return;
  if (gst_navigation_event_get_type (event) == GST_NAVIGATION_EVENT_KEY_PRESS)
    press_in_window (viewer, event);
  else if (gst_navigation_event_parse_mouse_button_event (event, &button, &x, &y) && button == 1
           && gst_navigation_event_get_type (event) == GST_NAVIGATION_EVENT_MOUSE_BUTTON_PRESS)
    click (viewer, x, y);
}

/* In the window's own thread: the event goes on to the main loop. Here its places are those of the frame. */
static GstPadProbeReturn
take_navigation (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Viewer *viewer = data;
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);

  if (GST_EVENT_TYPE (event) == GST_EVENT_NAVIGATION)
    gst_element_post_message (
        viewer->pipeline, gst_navigation_message_new_event (GST_OBJECT (viewer->pipeline), event));
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
count_frame (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Viewer *viewer = data;

  g_atomic_int_inc (&viewer->n_frames);
  return GST_PAD_PROBE_OK;
}

/* Decoding names the file's fault, but not the file. */
static gboolean
is_of_file (Viewer *viewer, GstObject *object)
{
  g_autoptr (GstElement) file = gst_bin_get_by_name (GST_BIN (viewer->pipeline), SOURCE_FILE);

  return file != NULL && gst_object_has_as_ancestor (object, GST_OBJECT (file));
}

/* A window that is closed ends the viewer; one that does not open is an error. */
static void
take_error (Viewer *viewer, GstMessage *message)
{
  GError *error = NULL;

  gst_message_parse_error (message, &error, NULL);
  if (g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND)
      && GST_OBJECT_FLAG_IS_SET (GST_MESSAGE_SRC (message), GST_ELEMENT_FLAG_SINK)
      && g_atomic_int_get (&viewer->n_frames) > 0)
    g_clear_error (&error);
  if (is_of_file (viewer, GST_MESSAGE_SRC (message)))
    g_prefix_error (&error, "cannot show %s: ", viewer->input);
  if (viewer->error == NULL)
    viewer->error = error;
  else
    g_clear_error (&error);
  g_main_loop_quit (viewer->loop);
}

/* That the window drops frames, the line's rate says. */
static void
print_warning (GstMessage *message)
{
  g_autoptr (GError) error = NULL;

  gst_message_parse_warning (message, &error, NULL);
  if (!g_error_matches (error, GST_CORE_ERROR, GST_CORE_ERROR_CLOCK))
    g_printerr ("gbp-saliency-viewer: %s\n", error->message);
}

static void
take_end (Viewer *viewer)
{
  if (!viewer->loops
      || !gst_element_seek_simple (viewer->pipeline, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, 0))
    g_main_loop_quit (viewer->loop);
}

static gboolean
take_message (GstBus *bus, GstMessage *message, gpointer data)
{
  Viewer *viewer = data;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ERROR:
      take_error (viewer, message);
      break;
    case GST_MESSAGE_WARNING:
      print_warning (message);
      break;
    case GST_MESSAGE_EOS:
      take_end (viewer);
      break;
    case GST_MESSAGE_LATENCY:
      gst_bin_recalculate_latency (GST_BIN (viewer->pipeline));
      break;
    case GST_MESSAGE_ELEMENT:
      if (gst_message_has_name (message, "gbpsaliency-channel"))
        gst_structure_get_int (gst_message_get_structure (message), "channel", &viewer->strongest);
      caption_take_class (message, &viewer->seen);
      navigate (viewer, message);
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

static gboolean
stop (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_CONTINUE;
}

/* An argument that begins with the name of a property and "=" sets it; another one is the input. */
static gboolean
take_argument (Viewer *viewer, GstElement *saliency, const char *argument, GError **error)
{
  const char *equals = strchr (argument, '=');
  g_autofree char *name = equals != NULL ? g_strndup (argument, (gsize) (equals - argument)) : NULL;

  if (name != NULL && g_object_class_find_property (G_OBJECT_GET_CLASS (saliency), name) != NULL)
    return controls_set (saliency, name, equals + 1, error);
  if (viewer->input == NULL) {
    viewer->input = g_strdup (argument);
    return TRUE;
  }
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
      "one INPUT is taken, not also %s; a property is set by name=value", argument);
  return FALSE;
}

/* Without a display autovideosink tries drivers of which one crashes. */
static gboolean
choose_window (Viewer *viewer, GError **error)
{
  if (viewer->window != NULL)
    return TRUE;
  viewer->window = g_strdup ("autovideosink");
  if (g_getenv ("DISPLAY") != NULL || g_getenv ("WAYLAND_DISPLAY") != NULL)
    return TRUE;
  g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND,
      "there is no display: neither DISPLAY nor WAYLAND_DISPLAY is set; on a bare screen try "
      "--window=kmssink");
  return FALSE;
}

static gboolean
build (Viewer *viewer, char **arguments, GError **error)
{
  g_autofree char *description = g_strconcat (VIEW, viewer->window, NULL);
  g_autoptr (GstElement) entrance = NULL, saliency = NULL;

  viewer->pipeline = gst_parse_launch_full (description, NULL, GST_PARSE_FLAG_FATAL_ERRORS, error);
  if (viewer->pipeline == NULL)
    return FALSE;
  gst_object_ref_sink (viewer->pipeline);
  entrance = gst_bin_get_by_name (GST_BIN (viewer->pipeline), "entrance");
  saliency = gst_bin_get_by_name (GST_BIN (viewer->pipeline), "saliency");
  viewer->line = gst_bin_get_by_name (GST_BIN (viewer->pipeline), "line");
  viewer->exit = gst_element_get_static_pad (viewer->line, "src");
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (saliency), "schedule") != NULL)
    gst_util_set_object_arg (G_OBJECT (saliency), "schedule", "latest");
  for (; *arguments != NULL; arguments++)
    if (!take_argument (viewer, saliency, *arguments, error))
      return FALSE;
  gst_pad_add_probe (
      viewer->exit, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, take_navigation, viewer, NULL);
  gst_pad_add_probe (viewer->exit, GST_PAD_PROBE_TYPE_BUFFER, count_frame, viewer, NULL);
  return controls_init (&viewer->controls, saliency, error)
         && source_add (viewer->pipeline, entrance, viewer->input, error);
}

static void
run (Viewer *viewer)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (viewer->pipeline);

  viewer->loop = g_main_loop_new (NULL, FALSE);
  viewer->time_before = g_get_monotonic_time ();
  viewer->strongest = -1;
  gst_bus_add_watch (bus, take_message, viewer);
  g_timeout_add (LINE_INTERVAL, update_line, viewer);
  g_unix_signal_add (SIGINT, stop, viewer->loop);
  g_unix_signal_add (SIGTERM, stop, viewer->loop);
  g_unix_signal_add (SIGHUP, stop, viewer->loop);
  terminal_open (press, viewer);
  controls_print_help ();
  gst_element_set_state (viewer->pipeline, GST_STATE_PLAYING);
  g_main_loop_run (viewer->loop);
  terminal_close ();
  gst_element_set_state (viewer->pipeline, GST_STATE_NULL);
  gst_bus_remove_watch (bus);
}

static gboolean
parse (Viewer *viewer, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
      {"loop", 'l', 0, G_OPTION_ARG_NONE, &viewer->loops, "show a file again at its end", NULL},
      {"window", 'w', 0, G_OPTION_ARG_STRING, &viewer->window,
          "element to show it; default: autovideosink", "W"},
      G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("[INPUT] [PROPERTY=VALUE…]");

  g_option_context_set_summary (context,
      "Shows, live, which image structure a layer of a convolutional network responds\n"
      "to; keys and clicks change layer, method, channel, look and more.\n"
      "\n"
      "INPUT is a file or a URI, camera, or test for a test picture; default: the camera\n"
      "where there is one. A PROPERTY is one of gst-inspect-1.0 gbpsaliency.");
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  return g_option_context_parse (context, argc, argv, error);
}

int
main (int argc, char **argv)
{
  g_auto (Viewer) viewer = {0};

  setlocale (LC_ALL, "");
  setlocale (LC_NUMERIC, "C"); /* options and properties mean the same everywhere */
  if (parse (&viewer, &argc, &argv, &viewer.error) && choose_window (&viewer, &viewer.error)
      && build (&viewer, argv + 1, &viewer.error))
    run (&viewer);
  if (viewer.error == NULL)
    return 0;
  g_printerr ("gbp-saliency-viewer: %s\n", viewer.error->message);
  return 1;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "navigation.h"

#include <gst/video/navigation.h>

#include "sidebyside.h"

/* The unit at @position of @size pixels of the network's input, in a map of @n_units; −1 beside the input. */
static int
find_unit (double position, guint size, guint n_units)
{
  if (!(position >= 0 && position < size))
    return -1;
  return (int) (position * n_units / size);
}

/* Where a click on the frame lies in the layer's map.
 * Returns: FALSE if no network is loaded, or the click is beside what the network sees */
static gboolean
find_click (GstGbpSaliency *self, double x, double y, int *unit_x, int *unit_y)
{
  GstGbpCanvas canvas;
  guint height = 0, width = 0;
  gboolean has_layer, has_sides;
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (GST_BASE_TRANSFORM_SINK_PAD (self));
  GstVideoInfo info;

  if (caps == NULL || !gst_video_info_from_caps (&info, caps))
    return FALSE;
  GST_OBJECT_LOCK (self);
  has_layer = self->network != NULL
              && gbp_network_get_layer_shape (
                  self->network, self->aim.target.layer, &height, &width, NULL, NULL);
  gst_gbp_canvas_init (&canvas, &self->input_size, &info, self->settings.fit);
  has_sides = self->settings.style.look == GBP_LOOK_SIDE_BY_SIDE && self->settings.style.blend > 0
              && GST_VIDEO_INFO_WIDTH (&info) >= 2;
  GST_OBJECT_UNLOCK (self);
  if (has_sides && !gst_gbp_side_by_side_find (&info, &x, &y))
    return FALSE;
  *unit_x = find_unit (
      x * canvas.width / GST_VIDEO_INFO_WIDTH (&info) - canvas.x, canvas.input.width, width);
  *unit_y = find_unit (
      y * canvas.height / GST_VIDEO_INFO_HEIGHT (&info) - canvas.y, canvas.input.height, height);
  return has_layer && *unit_x >= 0 && *unit_y >= 0;
}

static gboolean
is_asked_for (GstGbpSaliency *self)
{
  gboolean follows_clicks;

  GST_OBJECT_LOCK (self);
  follows_clicks = self->settings.follows_clicks;
  GST_OBJECT_UNLOCK (self);
  return follows_clicks;
}

static void
follow_click (GstGbpSaliency *self, GstEvent *event)
{
  int button, unit_x = GBP_UNIT_ALL, unit_y = GBP_UNIT_ALL;
  double x, y;

  if (GST_EVENT_TYPE (event) != GST_EVENT_NAVIGATION || !is_asked_for (self)
      || gst_navigation_event_get_type (event) != GST_NAVIGATION_EVENT_MOUSE_BUTTON_PRESS
      || !gst_navigation_event_parse_mouse_button_event (event, &button, &x, &y))
    return;
  if (button == 1 && !find_click (self, x, y, &unit_x, &unit_y))
    return;
  if (button != 1 && button != 3)
    return;
  GST_DEBUG_OBJECT (self, "a click at %g,%g selects unit %d,%d", x, y, unit_x, unit_y);
  g_object_set (self, "unit-x", unit_x, "unit-y", unit_y, NULL);
}

gboolean
gst_gbp_navigation_src_event (GstBaseTransform *trans, GstEvent *event)
{
  follow_click (GST_GBP_SALIENCY (trans), event);
  return GST_BASE_TRANSFORM_CLASS (g_type_class_peek (GST_TYPE_VIDEO_FILTER))
      ->src_event (trans, event);
}

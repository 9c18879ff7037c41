/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What an element should show, by the library. */
#include "support.h"

void
gbp_test_get_style (GstElement *element, GbpStyle *style)
{
  *style = (GbpStyle) GBP_STYLE_INIT;
  g_object_get (element, "colormap", &style->colormap, "look", &style->look, "blend", &style->blend,
      "reduce", &style->reduce, "normalize", &style->normalize, "clip", &style->clip, "range",
      &style->range, "softness", &style->softness, NULL);
}

guint
gbp_test_get_size (GstElement *element)
{
  g_autofree char *size = NULL;

  g_object_get (element, "input-size", &size, NULL);
  return size != NULL ? GBP_TEST_SMALL_SIZE : GBP_TEST_INPUT_SIZE;
}

float *
gbp_test_gradient (GstElement *element, GstBuffer *rgb)
{
  g_autofree char *weights = NULL, *layer = NULL;
  g_autoptr (GbpNetwork) network = NULL;
  g_autoptr (GbpExplanation) explanation = NULL;
  GbpLoadOptions options = GBP_LOAD_OPTIONS_INIT;
  GbpTarget target = GBP_TARGET_INIT;
  guint size = gbp_test_get_size (element);
  float *gradient = g_new (float, size *size * 3);
  GstMapInfo map;

  g_object_get (element, "weights", &weights, "layer", &layer, "method", &target.method, "channel",
      &target.channel, "unit-x", &target.unit_x, "unit-y", &target.unit_y, NULL);
  target.layer = layer;
  options.weights = weights;
  options.input_height = options.input_width = size != GBP_TEST_INPUT_SIZE ? size : 0;
  network = gbp_network_load_full (&options, NULL);
  explanation = gbp_explanation_new (network, 1);
  ck_assert (gbp_explanation_set_target (explanation, &target, NULL));
  ck_assert (gst_buffer_map (rgb, &map, GST_MAP_READ));
  gbp_explanation_compute (explanation, map.data, size * 3, gradient, NULL);
  gst_buffer_unmap (rgb, &map);
  return gradient;
}

GstBuffer *
gbp_test_explain (GstElement *element, GstBuffer *rgb)
{
  g_autofree float *gradient = gbp_test_gradient (element, rgb);
  guint size = gbp_test_get_size (element);
  g_autoptr (GbpRenderer) renderer = gbp_renderer_new (size, size);
  GstBuffer *picture = gst_buffer_new_allocate (NULL, size * size * 3, NULL);
  GbpStyle style;
  GstMapInfo map;

  gbp_test_get_style (element, &style);
  ck_assert (gst_buffer_map (picture, &map, GST_MAP_WRITE));
  gbp_renderer_render (renderer, &style, gradient, -1, map.data, size * 3, NULL, 0, NULL);
  gst_buffer_unmap (picture, &map);
  return picture;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "settings.h"

void
gst_gbp_settings_init (GstGbpSettings *settings)
{
  const GbpTarget target = GBP_TARGET_INIT;

  *settings = (GstGbpSettings){
      .preprocess = GBP_PREPROCESS_AUTO,
      .fit = GST_GBP_FIT_STRETCH,
      .resample = GST_GBP_RESAMPLE_ANTIALIAS,
      .style = GBP_STYLE_INIT,
      .schedule = GST_GBP_SCHEDULE_AUTO,
      .interval = 1,
      .hold = GST_GBP_HOLD_HOLD,
  };
  gst_gbp_target_copy (&settings->target, &target);
}

void
gst_gbp_settings_clear (GstGbpSettings *settings)
{
  g_clear_pointer (&settings->weights, g_free);
  g_clear_pointer (&settings->class_names, g_free);
  g_clear_pointer (&settings->input_size, g_free);
  gst_gbp_target_clear (&settings->target);
}

GstGbpSeen
gst_gbp_settings_get_seen (const GstGbpSettings *settings)
{
  const GbpStyle *style = &settings->style;

  return (GstGbpSeen){
      .colour = style->blend > 0 && style->colormap != GBP_COLORMAP_GRAY
                && style->look != GBP_LOOK_SPOTLIGHT,
      .video = style->blend < 1 || style->look != GBP_LOOK_OVER,
      .picture = style->blend > 0,
  };
}

void
gst_gbp_target_copy (GbpTarget *to, const GbpTarget *from)
{
  char *layer = g_strdup (from->layer);

  gst_gbp_target_clear (to);
  *to = *from;
  to->layer = layer;
}

void
gst_gbp_target_clear (GbpTarget *target)
{
  g_free ((gpointer) target->layer);
  *target = (GbpTarget){0};
}

void
gst_gbp_target_set_layer (GbpTarget *target, const char *layer)
{
  g_free ((gpointer) target->layer);
  target->layer = g_strdup (layer != NULL ? layer : "");
}

gboolean
gst_gbp_target_is_equal (const GbpTarget *a, const GbpTarget *b)
{
  return g_strcmp0 (a->layer, b->layer) == 0 && a->method == b->method && a->channel == b->channel
         && a->unit_x == b->unit_x && a->unit_y == b->unit_y;
}

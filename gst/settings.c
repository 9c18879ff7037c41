/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "settings.h"

void
gst_gbp_settings_init (GstGbpSettings *settings)
{
  *settings = (GstGbpSettings){
      .preprocess = GBP_PREPROCESS_AUTO,
      .scoring = GBP_SCORING_AUTO,
      .fit = GST_GBP_FIT_STRETCH,
      .resample = GST_GBP_RESAMPLE_ANTIALIAS,
      .style = GBP_STYLE_INIT,
      .schedule = GST_GBP_SCHEDULE_AUTO,
      .interval = 1,
      .hold = GST_GBP_HOLD_HOLD,
  };
  gst_gbp_aim_init (&settings->aim);
}

void
gst_gbp_settings_clear (GstGbpSettings *settings)
{
  g_clear_pointer (&settings->weights, g_free);
  g_clear_pointer (&settings->class_names, g_free);
  g_clear_pointer (&settings->input_size, g_free);
  gst_gbp_aim_clear (&settings->aim);
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

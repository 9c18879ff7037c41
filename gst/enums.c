/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "enums.h"

#include <gbp/gbp.h>

#include "canvas.h"
#include "conversion.h"
#include "scheduler.h"

/* Defines the function that registers a type at its first call; what follows are the rows of its values. */
#define DEFINE_ENUM(name, type_name, ...)                                                          \
  GType gst_gbp_saliency_##name##_get_type (void)                                                  \
  {                                                                                                \
    static gsize type;                                                                             \
    static const GEnumValue values[] = {__VA_ARGS__, {0, NULL, NULL}};                             \
                                                                                                   \
    if (g_once_init_enter (&type))                                                                 \
      g_once_init_leave (&type, g_enum_register_static ("GstGbpSaliency" type_name, values));      \
    return type;                                                                                   \
  }

/* The same for what the library lists. */
#define DEFINE_LISTED_ENUM(name, type_name, list)                                                  \
  GType gst_gbp_saliency_##name##_get_type (void)                                                  \
  {                                                                                                \
    static gsize type;                                                                             \
                                                                                                   \
    if (g_once_init_enter (&type))                                                                 \
      g_once_init_leave (&type, register_list ("GstGbpSaliency" type_name, list ()));              \
    return type;                                                                                   \
  }

/* The values live as long as the type: as long as the process. */
static GType
register_list (const char *type_name, const GbpEntry *const *entries)
{
  GArray *values = g_array_new (TRUE, FALSE, sizeof (GEnumValue));

  for (; *entries != NULL; entries++) {
    GEnumValue value = {(*entries)->value, (*entries)->description, (*entries)->nick};

    g_array_append_val (values, value);
  }
  return g_enum_register_static (type_name, (GEnumValue *) g_array_free (values, FALSE));
}

DEFINE_LISTED_ENUM (method, "Method", gbp_list_methods)
DEFINE_LISTED_ENUM (colormap, "Colormap", gbp_list_colormaps)
DEFINE_LISTED_ENUM (preprocess, "Preprocess", gbp_list_preprocessings)
DEFINE_LISTED_ENUM (scoring, "Scoring", gbp_list_scorings)
DEFINE_LISTED_ENUM (look, "Look", gbp_list_looks)
DEFINE_LISTED_ENUM (reduce, "Reduce", gbp_list_reductions)
DEFINE_LISTED_ENUM (normalize, "Normalize", gbp_list_normalizations)

DEFINE_ENUM (fit, "Fit", {GST_GBP_FIT_STRETCH, "The whole frame, stretched to a square", "stretch"},
    {GST_GBP_FIT_LETTERBOX, "The whole frame in its shape, between bars of grey", "letterbox"},
    {GST_GBP_FIT_CROP, "The square in the frame's middle", "crop"})

DEFINE_ENUM (resample, "Resample",
    {GST_GBP_RESAMPLE_ANTIALIAS, "Every pixel of the frame counts", "antialias"},
    {GST_GBP_RESAMPLE_NEAREST, "The nearest pixel, as Keras' load_img() takes it", "nearest"})

DEFINE_ENUM (schedule, "Schedule",
    {GST_GBP_SCHEDULE_AUTO, "latest where upstream is live, else every-frame", "auto"},
    {GST_GBP_SCHEDULE_EVERY_FRAME, "Each frame goes out with a map of its own", "every-frame"},
    {GST_GBP_SCHEDULE_LATEST, "Each frame goes out at once, with the newest map that is there",
        "latest"})

DEFINE_ENUM (hold, "Hold", {GST_GBP_HOLD_HOLD, "The last map", "hold"},
    {GST_GBP_HOLD_BLANK, "No map: the video, or the colour of zero where blend is 1", "blank"})

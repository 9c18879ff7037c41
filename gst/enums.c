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

DEFINE_ENUM (method, "Method",
    {GBP_METHOD_GUIDED, "Guided backpropagation: where input and incoming gradient are positive",
        "guided"},
    {GBP_METHOD_GRADIENT, "The plain gradient: where the input is positive", "gradient"},
    {GBP_METHOD_DECONVNET, "The deconvolutional network: where the incoming gradient is positive",
        "deconvnet"})

DEFINE_ENUM (colormap, "Colormap",
    {GBP_COLORMAP_RGB, "The gradient's red, green and blue; no gradient is grey", "rgb"},
    {GBP_COLORMAP_GRAY, "Strength, from black to white", "gray"},
    {GBP_COLORMAP_VIRIDIS, "Strength, from purple over green to yellow", "viridis"},
    {GBP_COLORMAP_INFERNO, "Strength, from black over red to pale yellow", "inferno"},
    {GBP_COLORMAP_TURBO, "Strength, from blue over green to red", "turbo"},
    {GBP_COLORMAP_MAGMA, "Strength, from black over purple to pale yellow", "magma"},
    {GBP_COLORMAP_DIVERGING, "With its sign: blue below zero, light grey at zero, red above",
        "diverging"})

DEFINE_ENUM (preprocess, "Preprocess",
    {GBP_PREPROCESS_AUTO, "As the weight file says of itself or its names imply", "auto"},
    {GBP_PREPROCESS_NONE, "RGB as it is, as networks want it that scale it themselves", "none"},
    {GBP_PREPROCESS_UNIT, "RGB / 255", "unit"},
    {GBP_PREPROCESS_TF, "RGB / 127.5, minus 1, as Keras' MobileNet networks want it", "tf"},
    {GBP_PREPROCESS_CAFFE, "BGR, minus the mean, as Keras' VGG networks want it", "caffe"},
    {GBP_PREPROCESS_TORCH, "RGB / 255, minus the mean, by the deviation, as torchvision's do",
        "torch"})

DEFINE_ENUM (look, "Look", {GBP_LOOK_OVER, "The picture over the video, evenly", "over"},
    {GBP_LOOK_STRENGTH, "The picture over the video as far as it is strong", "strength"},
    {GBP_LOOK_SPOTLIGHT, "The video, dark where there is nothing", "spotlight"},
    {GBP_LOOK_SCREEN, "The video, lightened by the picture", "screen"},
    {GBP_LOOK_SIDE_BY_SIDE, "The video on the left, the picture on the right, at half the size",
        "side-by-side"})

DEFINE_ENUM (reduce, "Reduce",
    {GBP_REDUCE_MAX_ABS, "The largest absolute value of the three channels", "max-abs"},
    {GBP_REDUCE_SUM_ABS, "The sum of the absolute values", "sum-abs"},
    {GBP_REDUCE_POSITIVE, "The largest positive value", "positive"},
    {GBP_REDUCE_NEGATIVE, "The largest absolute value below zero", "negative"})

DEFINE_ENUM (normalize, "Normalize",
    {GBP_NORMALIZE_AUTO, "frame for rgb alone, as the article has it; else percentile", "auto"},
    {GBP_NORMALIZE_FRAME, "From each frame's smallest value to its largest", "frame"},
    {GBP_NORMALIZE_ZERO_CENTRED, "By the largest absolute value: zero keeps its colour",
        "zero-centred"},
    {GBP_NORMALIZE_PERCENTILE, "By a percentile of the absolute values, see clip", "percentile"},
    {GBP_NORMALIZE_FIXED, "By the same value for all frames, see range", "fixed"})

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

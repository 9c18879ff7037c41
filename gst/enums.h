/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The types of the properties that choose one of several. */
#pragma once

#include <glib-object.h>

GType gst_gbp_saliency_method_get_type (void);
GType gst_gbp_saliency_colormap_get_type (void);
GType gst_gbp_saliency_preprocess_get_type (void);
GType gst_gbp_saliency_scoring_get_type (void);
GType gst_gbp_saliency_look_get_type (void);
GType gst_gbp_saliency_reduce_get_type (void);
GType gst_gbp_saliency_normalize_get_type (void);
GType gst_gbp_saliency_fit_get_type (void);
GType gst_gbp_saliency_resample_get_type (void);
GType gst_gbp_saliency_schedule_get_type (void);
GType gst_gbp_saliency_hold_get_type (void);

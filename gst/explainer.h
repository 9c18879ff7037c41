/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * From an image to the picture of its gradient, computing only what changed since the last one. */
#pragma once

#include "image.h"

#include <gbp/gbp.h>

typedef struct _GstGbpExplainer GstGbpExplainer;

/* @network: (transfer none)
 * @threads: as gbp_explanation_new() has it
 *
 * Returns: NULL with @error set if the network does not have the target, or there is no memory; free with
 *     gst_gbp_explainer_free() */
GstGbpExplainer *gst_gbp_explainer_new (
    GbpNetwork *network, guint threads, const GbpTarget *target, GError **error);
void gst_gbp_explainer_free (GstGbpExplainer *explainer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstGbpExplainer, gst_gbp_explainer_free)

/* Returns: FALSE with @error set if the network does not have the target, or there is no memory for it; the old one
 * then stays */
gboolean gst_gbp_explainer_set_target (
    GstGbpExplainer *explainer, const GbpTarget *target, GError **error);

/* Where the image is to be put before gst_gbp_explainer_run(): 8-bit RGB, 224×224. Its contents are
 * undefined. */
GstVideoFrame *gst_gbp_explainer_get_input (GstGbpExplainer *explainer);

/* gst_gbp_explainer_run:
 * @result: (out): what the computation found
 * @has_computed: (out): FALSE if the image and the target are the last ones, so that the gradient was
 *     there already
 *
 * Returns: the picture of the gradient, 8-bit RGB, 224×224; it stays until the next call */
const GstVideoFrame *gst_gbp_explainer_run (
    GstGbpExplainer *explainer, GbpColormap colormap, GbpResult *result, gboolean *has_computed);

/* The picture of the last gradient, whatever the image to come; NULL if there is none. */
const GstVideoFrame *gst_gbp_explainer_get_last (GstGbpExplainer *explainer, GbpColormap colormap);

/* Forgets the last image. */
void gst_gbp_explainer_forget (GstGbpExplainer *explainer);

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explainer.h"

#include <string.h>

#define ROW_SIZE (3 * GBP_INPUT_SIZE)

/* @images: the one to come, and the one that the gradient is of, in turn
 * @current: index of the one to come
 * @gradient: [224][224][3]
 * @picture: of the gradient, in @colormap */
struct _GstGbpExplainer {
  GbpExplanation *explanation;
  GstGbpImage images[2];
  guint current;
  float *gradient;
  GbpResult result;
  gboolean has_gradient;
  GstGbpImage picture;
  GbpColormap colormap;
  gboolean has_picture;
};

/* All pictures at once, so that none is missing later on. */
static gboolean
allocate (GstGbpExplainer *explainer, GError **error)
{
  explainer->gradient = g_try_new (float, GBP_INPUT_SIZE *ROW_SIZE);
  if (explainer->gradient != NULL && gst_gbp_image_get (&explainer->images[0]) != NULL
      && gst_gbp_image_get (&explainer->images[1]) != NULL
      && gst_gbp_image_get (&explainer->picture) != NULL)
    return TRUE;
  g_set_error (error, GBP_ERROR, GBP_ERROR_MEMORY,
      "not enough memory for the images of an explanation, %u x %u pixels", GBP_INPUT_SIZE,
      GBP_INPUT_SIZE);
  return FALSE;
}

GstGbpExplainer *
gst_gbp_explainer_new (GbpNetwork *network, guint threads, const GbpTarget *target, GError **error)
{
  g_autoptr (GstGbpExplainer) explainer = g_new0 (GstGbpExplainer, 1);
  GstVideoInfo info;

  if (!gst_video_info_set_format (&info, GST_VIDEO_FORMAT_RGB, GBP_INPUT_SIZE, GBP_INPUT_SIZE))
    g_assert_not_reached (); /* it is small */
  for (guint i = 0; i < G_N_ELEMENTS (explainer->images); i++)
    gst_gbp_image_init (&explainer->images[i], &info);
  gst_gbp_image_init (&explainer->picture, &info);
  if (!allocate (explainer, error))
    return NULL;
  explainer->explanation = gbp_explanation_new (network, threads, error);
  if (explainer->explanation == NULL || !gst_gbp_explainer_set_target (explainer, target, error))
    return NULL;
  return g_steal_pointer (&explainer);
}

void
gst_gbp_explainer_free (GstGbpExplainer *explainer)
{
  g_clear_pointer (&explainer->explanation, gbp_explanation_free);
  for (guint i = 0; i < G_N_ELEMENTS (explainer->images); i++)
    gst_gbp_image_clear (&explainer->images[i]);
  gst_gbp_image_clear (&explainer->picture);
  g_free (explainer->gradient);
  g_free (explainer);
}

gboolean
gst_gbp_explainer_set_target (GstGbpExplainer *explainer, const GbpTarget *target, GError **error)
{
  if (!gbp_explanation_set_target (explainer->explanation, target, error))
    return FALSE;
  explainer->has_gradient = FALSE;
  return TRUE;
}

GstVideoFrame *
gst_gbp_explainer_get_input (GstGbpExplainer *explainer)
{
  return gst_gbp_image_get (&explainer->images[explainer->current]);
}

static gboolean
is_equal (const GstVideoFrame *a, const GstVideoFrame *b)
{
  const guint8 *row_a = GST_VIDEO_FRAME_PLANE_DATA (a, 0);
  const guint8 *row_b = GST_VIDEO_FRAME_PLANE_DATA (b, 0);

  for (guint y = 0; y < GBP_INPUT_SIZE; y++) {
    if (memcmp (row_a, row_b, ROW_SIZE) != 0)
      return FALSE;
    row_a += GST_VIDEO_FRAME_PLANE_STRIDE (a, 0);
    row_b += GST_VIDEO_FRAME_PLANE_STRIDE (b, 0);
  }
  return TRUE;
}

const GstVideoFrame *
gst_gbp_explainer_get_last (GstGbpExplainer *explainer, GbpColormap colormap)
{
  GstVideoFrame *picture = gst_gbp_image_get (&explainer->picture);

  if (!explainer->has_gradient)
    return NULL;
  if (!explainer->has_picture || explainer->colormap != colormap) {
    gbp_picture_render (colormap, explainer->gradient, GST_VIDEO_FRAME_PLANE_DATA (picture, 0),
        (gsize) GST_VIDEO_FRAME_PLANE_STRIDE (picture, 0));
    explainer->colormap = colormap;
    explainer->has_picture = TRUE;
  }
  return picture;
}

const GstVideoFrame *
gst_gbp_explainer_run (
    GstGbpExplainer *explainer, GbpColormap colormap, GbpResult *result, gboolean *has_computed)
{
  GstVideoFrame *input = gst_gbp_explainer_get_input (explainer);
  GstVideoFrame *last = gst_gbp_image_get (&explainer->images[!explainer->current]);

  *has_computed = !explainer->has_gradient || !is_equal (input, last);
  if (*has_computed) {
    gbp_explanation_compute (explainer->explanation, GST_VIDEO_FRAME_PLANE_DATA (input, 0),
        (gsize) GST_VIDEO_FRAME_PLANE_STRIDE (input, 0), explainer->gradient, &explainer->result);
    explainer->current = !explainer->current;
    explainer->has_gradient = TRUE;
    explainer->has_picture = FALSE;
  }
  *result = explainer->result;
  return gst_gbp_explainer_get_last (explainer, colormap);
}

void
gst_gbp_explainer_forget (GstGbpExplainer *explainer)
{
  explainer->has_gradient = FALSE;
}

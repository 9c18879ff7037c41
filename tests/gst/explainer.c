/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The explainer computes only what changed. In the library's place stands one that counts. */
#include "../../gst/explainer.h"

#include <string.h>

#include "support.h"

static guint n_computed, n_rendered;

struct _GbpExplanation {
  int channel;
};

GbpExplanation *
gbp_explanation_new (GbpNetwork *network, guint threads, GError **error)
{
  return g_new0 (GbpExplanation, 1);
}

void
gbp_explanation_free (GbpExplanation *explanation)
{
  g_free (explanation);
}

gboolean
gbp_explanation_set_target (GbpExplanation *explanation, const GbpTarget *target, GError **error)
{
  explanation->channel = target->channel;
  return TRUE;
}

void
gbp_explanation_compute (GbpExplanation *explanation, const guint8 *rgb, gsize stride,
    float *gradient, GbpResult *result)
{
  n_computed++;
  gradient[0] = rgb[0];
  *result = (GbpResult){rgb[0], explanation->channel};
}

void
gbp_picture_render (GbpColormap colormap, const float *gradient, guint8 *rgb, gsize stride)
{
  n_rendered++;
  rgb[0] = (guint8) gradient[0];
}

/* Explains an image whose components are all @value.
 * Returns: the first component of its picture */
static guint8
explain (GstGbpExplainer *explainer, guint8 value, GbpColormap colormap)
{
  GstVideoFrame *input = gst_gbp_explainer_get_input (explainer);
  const GstVideoFrame *picture;
  GbpResult result;
  gboolean has_computed;
  guint before = n_computed;

  memset (GST_VIDEO_FRAME_PLANE_DATA (input, 0), value,
      (gsize) GST_VIDEO_FRAME_PLANE_STRIDE (input, 0) * GBP_INPUT_SIZE);
  picture = gst_gbp_explainer_run (explainer, colormap, &result, &has_computed);
  ck_assert_int_eq (has_computed, n_computed > before);
  ck_assert_double_eq (result.value, value);
  return *(const guint8 *) GST_VIDEO_FRAME_PLANE_DATA (picture, 0);
}

START_TEST (test_only_changes_are_computed)
{
  GbpTarget target = GBP_TARGET_INIT;
  g_autoptr (GstGbpExplainer) explainer = gst_gbp_explainer_new (NULL, 0, &target, NULL);
  static const struct {
    guint8 value;
    GbpColormap colormap;
    guint n_computed, n_rendered;
  } steps[] = {
      {1, GBP_COLORMAP_RGB, 1, 1},
      {1, GBP_COLORMAP_RGB, 1, 1},   /* the same again */
      {1, GBP_COLORMAP_TURBO, 1, 2}, /* in other colours */
      {2, GBP_COLORMAP_TURBO, 2, 3},
      {1, GBP_COLORMAP_TURBO, 3, 4}, /* the last but one */
      {1, GBP_COLORMAP_TURBO, 3, 4},
  };

  n_computed = n_rendered = 0;
  ck_assert (gst_gbp_explainer_get_last (explainer, GBP_COLORMAP_RGB) == NULL);
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    ck_assert_uint_eq (explain (explainer, steps[i].value, steps[i].colormap), steps[i].value);
    ck_assert_uint_eq (n_computed, steps[i].n_computed);
    ck_assert_uint_eq (n_rendered, steps[i].n_rendered);
  }
}
END_TEST

/* One component in the middle of a row makes another image. */
START_TEST (test_one_component_counts)
{
  GbpTarget target = GBP_TARGET_INIT;
  g_autoptr (GstGbpExplainer) explainer = gst_gbp_explainer_new (NULL, 0, &target, NULL);
  static const guint places[][2] = {{0, 300}, {100, 1}, {100, 335}, {223, 500}, {223, 671}};

  for (guint i = 0; i < G_N_ELEMENTS (places); i++) {
    GstVideoFrame *input;
    GbpResult result;
    gboolean has_computed;

    explain (explainer, 1, GBP_COLORMAP_RGB);
    input = gst_gbp_explainer_get_input (explainer);
    memset (GST_VIDEO_FRAME_PLANE_DATA (input, 0), 1,
        (gsize) GST_VIDEO_FRAME_PLANE_STRIDE (input, 0) * GBP_INPUT_SIZE);
    ((guint8 *) GST_VIDEO_FRAME_PLANE_DATA (input,
        0))[places[i][0] * (guint) GST_VIDEO_FRAME_PLANE_STRIDE (input, 0) + places[i][1]] = 2;
    gst_gbp_explainer_run (explainer, GBP_COLORMAP_RGB, &result, &has_computed);
    ck_assert_msg (has_computed, "component %u of row %u", places[i][1], places[i][0]);
  }
}
END_TEST

/* Another target, and a break in the stream, make the same image new. */
START_TEST (test_forgets)
{
  GbpTarget target = GBP_TARGET_INIT;
  g_autoptr (GstGbpExplainer) explainer = gst_gbp_explainer_new (NULL, 0, &target, NULL);

  n_computed = 0;
  explain (explainer, 1, GBP_COLORMAP_RGB);
  target.channel = 3;
  gst_gbp_explainer_set_target (explainer, &target, NULL);
  explain (explainer, 1, GBP_COLORMAP_RGB);
  ck_assert_uint_eq (n_computed, 2);
  gst_gbp_explainer_forget (explainer);
  ck_assert (gst_gbp_explainer_get_last (explainer, GBP_COLORMAP_RGB) == NULL);
  explain (explainer, 1, GBP_COLORMAP_RGB);
  ck_assert_uint_eq (n_computed, 3);
}
END_TEST

int
main (int argc, char **argv)
{
  gbp_test_init (&argc, &argv);
  const GbpTest tests[] = {
      {"only changes are computed", test_only_changes_are_computed, 0},
      {"one component counts", test_one_component_counts, 0},
      {"forgets", test_forgets, 0},
  };

  return gbp_test_end (GBP_TEST_RUN ("gst/explainer", tests));
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Of golden cases: what a network says of its classes, and where in the image it sees them. */
#include <math.h>

#include "golden_graph.h"

#define WORST_SCORE 1e-5

/* The largest error of @found, relative to values beyond one. */
static double
get_worst (const json_t *expected, const double *found)
{
  double worst = 0;

  for (guint i = 0; i < json_array_size (expected); i++) {
    double value = json_number_value (json_array_get (expected, i));

    worst = MAX (worst, fabs (found[i] - value) / MAX (fabs (value), 1));
  }
  return worst;
}

/* Of PyTorch's network, which ends with its logits: by how much the scores differ from the softmax of the expected
 * ones, and INFINITY where the classes come in another order. */
static double
get_worst_score (const json_t *logits, const GbpExplanation *explanation)
{
  guint n = (guint) json_array_size (logits), n_top;
  g_autofree double *values = g_new (double, n);
  g_autofree guint *top = g_new (guint, n);
  const double *scores = gbp_explanation_get_scores (explanation, NULL);
  double largest = -INFINITY, sum = 0, worst = 0;

  for (guint i = 0; i < n; i++) {
    values[i] = json_number_value (json_array_get (logits, i));
    largest = MAX (largest, values[i]);
  }
  for (guint i = 0; i < n; i++)
    sum += exp (values[i] - largest);
  for (guint i = 0; i < n; i++)
    worst = MAX (worst, fabs (scores[i] - exp (values[i] - largest) / sum));
  n_top = gbp_explanation_find_top (explanation, top, n);
  for (guint i = 1; i < n_top; i++)
    if (values[top[i]] > values[top[i - 1]])
      worst = INFINITY;
  return worst;
}

void
golden_check_scores (
    const char *name, const json_t *json, const json_t *expected, GoldenTally *tally)
{
  g_autoptr (GbpNetwork) network = golden_load (name, json);
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 0);
  GbpTarget target = {.class_index = GBP_CLASS_TOP};
  guint height = (guint) cases_get_int (json, "height", 0),
        width = (guint) cases_get_int (json, "width", 0);
  g_autofree guint8 *rgb =
      golden_read (cases_get_string (json, "image"), 3 * (gsize) height * width);
  g_autofree float *gradient = g_new (float, 3 * (gsize) height * width);
  const json_t *logits = json_object_get (expected, "logits");
  gboolean has_scores = !json_is_null (json_object_get (expected, "scores")), is_right;
  double logit_error = INFINITY, score_error = 0;
  guint n_classes = 0;

  if (gbp_explanation_set_target (explanation, &target, NULL))
    gbp_explanation_compute (explanation, rgb, 3 * width, gradient, NULL);
  if (gbp_explanation_get_logits (explanation, &n_classes) != NULL
      && n_classes == json_array_size (logits))
    logit_error = get_worst (logits, gbp_explanation_get_logits (explanation, NULL));
  if (has_scores && isfinite (logit_error))
    score_error = get_worst (
        json_object_get (expected, "scores"), gbp_explanation_get_scores (explanation, NULL));
  else if (isfinite (logit_error))
    score_error = get_worst_score (logits, explanation);
  is_right =
      logit_error <= WORST_TARGET && score_error <= (has_scores ? WORST_TARGET : WORST_SCORE);
  tally->n_failed += !is_right;
  g_print ("%s %-24s logits %.1e  scores %.1e\n", is_right ? "ok    " : "FAILED", name, logit_error,
      score_error);
}

/* The layer of a map: by its name, or where the case tells a PyTorch module, the last one of the map's size that is
 * no pool, which the sizes of these networks tell apart. */
static const char *
find_map (const GbpNetwork *network, const json_t *json, guint rows, guint columns)
{
  const char *found = cases_get_string (json, "layer");
  const char *const *names = gbp_network_get_layer_names (network);
  guint height, width;

  if (*found != '(')
    return found;
  for (guint i = 0; names[i] != NULL; i++)
    if (gbp_network_get_layer_shape (network, names[i], &height, &width, NULL, NULL)
        && height == rows && width == columns)
      found = names[i];
  return found;
}

static double
run_cam (GbpNetwork *network, const json_t *json, const guint8 *rgb)
{
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 0);
  guint height = (guint) cases_get_int (json, "height", 0),
        width = (guint) cases_get_int (json, "width", 0);
  const json_t *shape = json_object_get (json, "shape");
  guint rows = (guint) json_integer_value (json_array_get (shape, 0));
  guint columns = (guint) json_integer_value (json_array_get (shape, 1)), found_rows, found_columns;
  GbpTarget target = {.layer = find_map (network, json, rows, columns),
      .method = GBP_METHOD_GRAD_CAM,
      .class_index = cases_get_int (json, "channel", -1)};
  g_autofree float *picture = g_new (float, 3 * (gsize) height * width);
  g_autofree float *expected =
      golden_read (cases_get_string (json, "expect"), (gsize) rows * columns * sizeof (float));
  double error = 0, norm = 0;
  const float *cam;
  g_autoptr (GError) refusal = NULL;

  if (!gbp_explanation_set_target (explanation, &target, &refusal)) {
    g_print ("%s\n", refusal->message);
    return INFINITY;
  }
  gbp_explanation_compute (explanation, rgb, 3 * width, picture, NULL);
  cam = gbp_explanation_get_cam (explanation, &found_rows, &found_columns);
  if (found_rows != rows || found_columns != columns)
    return INFINITY;
  for (guint i = 0; i < rows * columns; i++) {
    error += ((double) cam[i] - expected[i]) * ((double) cam[i] - expected[i]);
    norm += (double) expected[i] * expected[i];
  }
  return sqrt (error / norm);
}

void
golden_check_cam (const char *name, const json_t *json, GoldenTally *tally)
{
  g_autoptr (GbpNetwork) network = golden_load (name, json);
  guint height = (guint) cases_get_int (json, "height", 0),
        width = (guint) cases_get_int (json, "width", 0);
  g_autofree guint8 *rgb =
      golden_read (cases_get_string (json, "image"), 3 * (gsize) height * width);
  double error = run_cam (network, json, rgb);

  g_print ("%s %-24s %-22s grad-cam error %.1e\n", error <= WORST_GRADIENT ? "ok    " : "FAILED",
      name, cases_get_string (json, "expect"), error);
  tally->n_failed += !(error <= WORST_GRADIENT);
  g_array_append_val (tally->errors, error);
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Gradients against those that others computed: Keras, where GBP_GOLDEN_DIR holds its cases, and NumPy in
 * double precision (make_cases.py), always. Each directory has a cases.json; its cases name an image, a
 * weight file, a target, and the file with the gradient that is expected.
 *
  * usage: golden golden: every case there, with its own weights and with the files beside them that hold the
 *            same in other formats (NAME.h5, NAME_*)
 *        golden DIRECTORY WEIGHTS...: the cases of weights of these names, wherever the files lie */
#include "cases.h"
#include "harness.h"

#include <gbp/gbp.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N_PIXELS     (GBP_TEST_INPUT_SIZE * GBP_TEST_INPUT_SIZE)
#define N_COMPONENTS (3 * N_PIXELS)

/* Relative L2 errors that are allowed; a mask that rounding flips makes most of the larger ones. */
#define WORST_GUIDED   2e-3
#define WORST_GRADIENT 1e-2
#define WORST_MEDIAN   2e-5

/* @weights: path of the file
 * @step: the gradient is that of every so many pixels across and down */
typedef struct {
  const char *directory;
  const char *weights;
  const json_t *json;
  GbpTarget target;
  guint step;
} Case;

static GbpMethod
get_method (const char *name)
{
  if (strcmp (name, "guided") == 0)
    return GBP_METHOD_GUIDED;
  return strcmp (name, "gradient") == 0 ? GBP_METHOD_GRADIENT : GBP_METHOD_DECONVNET;
}

static Case
get_case (const char *directory, const char *weights, const json_t *json)
{
  return (Case){
      .directory = directory,
      .weights = weights,
      .json = json,
      .target =
          {
              .layer = cases_get_string (json, "layer"),
              .method = get_method (cases_get_string (json, "method")),
              .channel = cases_get_int (json, "channel", GBP_CHANNEL_ALL),
              .unit_x = cases_get_int (json, "x", GBP_UNIT_ALL),
              .unit_y = cases_get_int (json, "y", GBP_UNIT_ALL),
              .class_index = GBP_CLASS_NONE,
          },
      .step = (guint) cases_get_int (json, "step", 1),
  };
}

/* Relative L2 error; @expected is in BGR order. A gradient that should be zero must be exactly that. */
static double
get_error (const float *gradient, const float *expected, guint step)
{
  double error = 0, norm = 0;

  for (guint y = 0; y < GBP_TEST_INPUT_SIZE; y += step)
    for (guint x = 0; x < GBP_TEST_INPUT_SIZE; x += step)
      for (guint c = 0; c < 3; c++, expected++) {
        double found = gradient[(y * GBP_TEST_INPUT_SIZE + x) * 3 + 2 - c];

        error += (found - *expected) * (found - *expected);
        norm += (double) *expected * *expected;
      }
  if (norm == 0)
    return error == 0 ? 0 : INFINITY;
  return sqrt (error / norm);
}

static double
run_case (const Case *c, GbpExplanation *explanation, double *target_error)
{
  guint n_steps = (GBP_TEST_INPUT_SIZE + c->step - 1) / c->step;
  g_autofree guint8 *image =
      cases_read (c->directory, cases_get_string (c->json, "image"), N_COMPONENTS);
  g_autofree float *expected = cases_read (
      c->directory, cases_get_string (c->json, "expect"), n_steps * n_steps * 3 * sizeof (float));
  g_autofree float *gradient = g_new (float, N_COMPONENTS);
  double value = cases_get_number (c->json, "target");
  g_autoptr (GError) error = NULL;
  GbpResult result;

  if (!gbp_explanation_set_target (explanation, &c->target, &error))
    g_error ("%s", error->message);
  gbp_explanation_compute (explanation, image, 3 * GBP_TEST_INPUT_SIZE, gradient, &result);
  *target_error = fabs (result.value - value) / MAX (fabs (value), 1);
  return get_error (gradient, expected, c->step);
}

static GbpNetwork *
load (const char *weights)
{
  g_autoptr (GError) error = NULL;
  /* the torchvision file holds Keras' numbers, preprocessed as Keras does */
  GbpNetwork *network = gbp_network_load (weights, GBP_PREPROCESS_CAFFE, &error);

  if (network == NULL)
    g_error ("%s", error->message);
  return network;
}

/* Returns: FALSE if the case fails; its error goes to @errors unless it says nothing about precision */
static gboolean
check_case (const Case *c, GArray *errors)
{
  g_autoptr (GbpNetwork) network = load (c->weights);
  g_autofree char *name = g_path_get_basename (c->weights);
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 0);
  double worst = c->target.method == GBP_METHOD_GRADIENT ? WORST_GRADIENT : WORST_GUIDED;
  double error, target_error;
  gboolean passed;

  if (!gbp_network_get_layer_shape (network, c->target.layer, NULL, NULL, NULL, NULL))
    return TRUE; /* the file ends before it */
  error = run_case (c, explanation, &target_error);
  passed = error <= worst && target_error <= 1e-4;
  g_print ("%s %-28s %-22s %-13s %-8d error %.1e  target %.1e\n", passed ? "ok    " : "FAILED",
      name, cases_get_string (c->json, "expect"), c->target.layer, c->target.channel, error,
      target_error);
  if (cases_get_number (c->json, "l2") > 0)
    g_array_append_val (errors, error);
  return passed;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

/* Every case whose weights are the file @weights, or that file in another format: once is enough where a
 * sanitizer watches. */
static guint
check_file (const char *directory, const char *weights, const json_t *cases, GArray *errors)
{
  g_autofree char *name = g_path_get_basename (weights);
  guint n_failed = 0;

  for (guint i = 0; i < json_array_size (cases); i++) {
    const json_t *json = json_array_get (cases, i);
    const char *own = cases_get_string (json, "weights");
    g_autofree char *stem = g_strndup (own, strcspn (own, "."));
    g_autofree char *other = g_strconcat (stem, "_", NULL);

    if (strcmp (name, own) == 0 || (!GBP_TEST_SANITIZED && g_str_has_prefix (name, other))) {
      Case c = get_case (directory, weights, json);

      n_failed += !check_case (&c, errors);
    }
  }
  return n_failed;
}

static guint
check_directory (const char *directory, const json_t *cases, GArray *errors)
{
  g_autoptr (GDir) files = g_dir_open (directory, 0, NULL);
  const char *name;
  guint n_failed = 0;

  while ((name = g_dir_read_name (files)) != NULL) {
    g_autofree char *path = g_build_filename (directory, name, NULL);

    n_failed += check_file (directory, path, cases, errors);
  }
  return n_failed;
}

int
main (int argc, char **argv)
{
  gboolean is_golden = argc == 2;
  const char *directory = is_golden ? gbp_test_golden_dir () : argv[1];
  g_autoptr (GArray) errors = g_array_new (FALSE, FALSE, sizeof (double));
  json_t *cases;
  guint n_failed;
  double median;

  if (directory == NULL)
    return gbp_test_skip ("there are no golden cases: GBP_GOLDEN_DIR is not set");
  cases = cases_load (directory);
  n_failed = is_golden ? check_directory (directory, cases, errors) : 0;
  for (int i = 2; i < argc; i++)
    n_failed += check_file (directory, argv[i], cases, errors);
  if (errors->len == 0)
    g_error ("%s: no case was run", directory);
  g_array_sort (errors, compare);
  median = g_array_index (errors, double, errors->len / 2);
  g_print ("%u cases, %u failed, median error %.1e, largest %.1e\n", errors->len, n_failed, median,
      g_array_index (errors, double, errors->len - 1));
  json_decref (cases);
  return n_failed == 0 && median <= WORST_MEDIAN ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Networks that describe themselves, against what Keras and PyTorch computed of them, where GBP_GOLDEN_DIR holds those
 * cases in its folder graph: logits, scores and every map, from every file of its network.
 *
 * In parts of an image that are all one colour, pools meet equals. The gradient goes to the first of them; where the
 * others' rounding has made equals differ, it went to any. So a case that disagrees is looked at again outside of such
 * parts, must agree there, and is told apart. */
#include <gbp/gbp.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "golden_graph.h"
#include "harness.h"

static const char *directory;

/* What a case found, as relative errors.
 * @outside: of the gradient, outside of parts of one colour */
typedef struct {
  double gradient;
  double outside;
  double target;
} Errors;

gpointer
golden_read (const char *name, gsize n_bytes)
{
  return cases_read (directory, name, n_bytes);
}

/* The index of a member's value among @names. */
static guint
find_name (const json_t *json, const char *member, const char *const *names, guint n_names)
{
  const char *name = cases_get_string (json, member);

  for (guint i = 0; i < n_names; i++)
    if (strcmp (name, names[i]) == 0)
      return i;
  g_error ("unknown %s %s", member, name);
}

static GbpMethod
get_method (const json_t *json)
{
  static const char *const names[] = {[GBP_METHOD_GUIDED] = "guided",
      [GBP_METHOD_GRADIENT] = "gradient",
      [GBP_METHOD_DECONVNET] = "deconvnet",
      [GBP_METHOD_GRAD_CAM] = "grad-cam"};

  return (GbpMethod) find_name (json, "method", names, G_N_ELEMENTS (names));
}

static GbpPreprocess
get_preprocess (const json_t *json)
{
  static const char *const names[] = {[GBP_PREPROCESS_AUTO] = "auto",
      [GBP_PREPROCESS_CAFFE] = "caffe",
      [GBP_PREPROCESS_TORCH] = "torch",
      [GBP_PREPROCESS_NONE] = "none",
      [GBP_PREPROCESS_UNIT] = "unit",
      [GBP_PREPROCESS_TF] = "tf"};

  return (GbpPreprocess) find_name (json, "preprocess", names, G_N_ELEMENTS (names));
}

static GbpTarget
get_target (const GbpNetwork *network, const json_t *json)
{
  GbpTarget target = {
      .layer = cases_get_string (json, "layer"),
      .method = get_method (json),
      .channel = cases_get_int (json, "channel", GBP_CHANNEL_ALL),
      .unit_x = cases_get_int (json, "x", GBP_UNIT_ALL),
      .unit_y = cases_get_int (json, "y", GBP_UNIT_ALL),
      .class_index = GBP_CLASS_NONE,
  };

  if (strcmp (target.layer, "(output)") == 0)
    target.layer = gbp_network_get_class_layer (network);
  return target;
}

typedef struct {
  const guint8 *rgb;
  guint height;
  guint width;
} Image;

static gboolean
has_equal_at (const Image *image, guint x, guint y, int right, int down)
{
  int other_x = (int) x + right, other_y = (int) y + down;

  return other_x >= 0 && other_y >= 0 && other_x < (int) image->width
         && other_y < (int) image->height
         && memcmp (image->rgb + 3 * (y * image->width + x),
                image->rgb + 3 * ((guint) other_y * image->width + (guint) other_x), 3)
                == 0;
}

/* Whether one of a pixel's neighbours has its colour. */
static gboolean
is_flat (const Image *image, guint x, guint y)
{
  return has_equal_at (image, x, y, 1, 0) || has_equal_at (image, x, y, -1, 0)
         || has_equal_at (image, x, y, 0, 1) || has_equal_at (image, x, y, 0, -1);
}

/* Relative L2 error, of all pixels, or of those that are not flat. A gradient that should be zero must be exactly
 * that. */
static double
get_error (const Image *image, const float *gradient, const float *expected, gboolean is_whole)
{
  double error = 0, norm = 0;

  for (guint y = 0; y < image->height; y++)
    for (guint x = 0; x < image->width; x++)
      for (guint i = 3 * (y * image->width + x); i < 3 * (y * image->width + x + 1); i++) {
        double difference = (double) gradient[i] - expected[i];

        if (is_whole || !is_flat (image, x, y))
          error += difference * difference;
        norm += (double) expected[i] * expected[i];
      }
  if (norm == 0)
    return error == 0 ? 0 : INFINITY;
  return sqrt (error / norm);
}

GbpNetwork *
golden_load (const char *name, const json_t *json)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  g_autoptr (GError) error = NULL;
  GbpNetwork *network = gbp_network_load (path, get_preprocess (json), &error);
  guint height, width;

  if (network == NULL)
    g_error ("%s", error->message);
  gbp_network_get_input_size (network, &height, &width);
  if ((int) height != cases_get_int (json, "height", 0)
      || (int) width != cases_get_int (json, "width", 0))
    g_error ("%s: found an input of %u x %u", name, height, width);
  return network;
}

static Errors
run_case (GbpNetwork *network, const json_t *json, const GbpTarget *target)
{
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 0);
  Image image = {.height = (guint) cases_get_int (json, "height", 0),
      .width = (guint) cases_get_int (json, "width", 0)};
  gsize n = 3 * (gsize) image.height * image.width;
  g_autofree guint8 *rgb = golden_read (cases_get_string (json, "image"), n);
  g_autofree float *expected = golden_read (cases_get_string (json, "expect"), n * sizeof (float));
  g_autofree float *gradient = g_new (float, n);
  double value = cases_get_number (json, "target");
  g_autoptr (GError) refusal = NULL;
  GbpResult result;

  image.rgb = rgb;
  if (!gbp_explanation_set_target (explanation, target, &refusal)) {
    g_print ("%s\n", refusal->message);
    return (Errors){INFINITY, INFINITY, INFINITY};
  }
  gbp_explanation_compute (explanation, rgb, 3 * image.width, gradient, &result);
  return (Errors){get_error (&image, gradient, expected, TRUE),
      get_error (&image, gradient, expected, FALSE),
      fabs (result.value - value) / MAX (fabs (value), 1)};
}

static void
check_case (const char *name, const json_t *json, GoldenTally *tally)
{
  g_autoptr (GbpNetwork) network = golden_load (name, json);
  GbpTarget target = get_target (network, json);
  Errors errors = run_case (network, json, &target);
  double worst = target.method == GBP_METHOD_GRADIENT ? WORST_GRADIENT : WORST_RULE;
  gboolean has_ties = errors.gradient > worst;
  double error = has_ties ? errors.outside : errors.gradient;
  gboolean passed = error <= worst && errors.target <= WORST_TARGET;

  g_print ("%s %-24s %-22s %-24s %-9s %-4d error %.1e  outside of ties %.1e  target %.1e\n",
      !passed    ? "FAILED"
      : has_ties ? "ties  "
                 : "ok    ",
      name, cases_get_string (json, "expect"), target.layer, cases_get_string (json, "method"),
      target.channel, errors.gradient, errors.outside, errors.target);
  tally->n_failed += !passed;
  tally->n_ties += has_ties;
  if (cases_get_number (json, "l2") > 0)
    g_array_append_val (tally->errors, error);
}

/* What @name is called without its extension, and without the exporter that wrote it. */
static char *
get_stem (const char *name)
{
  g_autofree char *stem = g_strndup (name, strcspn (name, "."));
  const char *exporter = strstr (stem, "_dynamo");

  return g_strndup (stem, exporter != NULL ? (gsize) (exporter - stem) : strlen (stem));
}

static gboolean
is_network (const char *name)
{
  return g_str_has_suffix (name, ".keras") || g_str_has_suffix (name, ".h5")
         || g_str_has_suffix (name, ".onnx");
}

static void
check_file (const char *name, const json_t *root, GoldenTally *tally)
{
  const json_t *cases = json_object_get (root, "cases");
  const json_t *networks = json_object_get (root, "networks");
  g_autofree char *stem = get_stem (name);
  gboolean is_scored = FALSE;

  for (guint i = 0; i < json_array_size (cases); i++) {
    const json_t *json = json_array_get (cases, i);
    const char *network = cases_get_string (json, "network");
    g_autofree char *own = get_stem (network);

    if (strcmp (own, stem) != 0)
      continue;
    if (!is_scored)
      golden_check_scores (name, json, json_object_get (networks, network), tally);
    is_scored = TRUE;
    if (strcmp (cases_get_string (json, "kind"), "map") == 0)
      check_case (name, json, tally);
    else
      golden_check_cam (name, json, tally);
  }
}

static int
compare (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

static int
check_directory (const json_t *root)
{
  g_autoptr (GArray) errors = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GDir) files = g_dir_open (directory, 0, NULL);
  GoldenTally tally = {errors, 0, 0};
  const char *name;
  double median;

  while ((name = g_dir_read_name (files)) != NULL)
    if (is_network (name))
      check_file (name, root, &tally);
  g_array_sort (errors, compare);
  median = g_array_index (errors, double, errors->len / 2);
  g_print ("%u cases, %u failed, %u with ties, median error %.1e, largest %.1e\n", errors->len,
      tally.n_failed, tally.n_ties, median, g_array_index (errors, double, errors->len - 1));
  return tally.n_failed == 0 && median <= WORST_MEDIAN ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main (void)
{
  g_autofree char *own = NULL;
  json_t *root;
  int status;

  if (gbp_test_golden_dir () == NULL)
    return gbp_test_skip ("there are no golden cases: GBP_GOLDEN_DIR is not set");
  directory = own = g_build_filename (gbp_test_golden_dir (), "graph", NULL);
  if (!g_file_test (directory, G_FILE_TEST_IS_DIR))
    return gbp_test_skip ("there are no golden cases of graphs");
  root = cases_load (directory);
  status = check_directory (root);
  json_decref (root);
  return status;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What makes scores of the logits: what the user says, else the file's last layer, else what files of its kind leave to
 * whoever reads them. */
#include <gbp/gbp.h>
#include <math.h>
#include <string.h>

#include "harness.h"
#include "sample.h"
#include "write_onnx.h"

/* @end: the nodes behind the logits "l"; @n: of the classes */
static const struct {
  const char *end;
  guint n;
  GbpScoring asked, found;
  const char *says;
} scorings[] = {
    {"Identity l > y", 3, GBP_SCORING_AUTO, GBP_SCORING_SOFTMAX, " scoring=softmax"},
    {"Identity l > y", 1, GBP_SCORING_AUTO, GBP_SCORING_SIGMOID, " scoring=sigmoid"},
    {"Identity l > y", 3, GBP_SCORING_NONE, GBP_SCORING_NONE, NULL},
    {"Identity l > y", 3, GBP_SCORING_SIGMOID, GBP_SCORING_SIGMOID, NULL},
    {"Identity l > y", 3, GBP_SCORING_SOFTMAX, GBP_SCORING_SOFTMAX, NULL},
    {"Softmax l > y", 3, GBP_SCORING_AUTO, GBP_SCORING_SOFTMAX, NULL},
    {"Sigmoid l > y", 3, GBP_SCORING_AUTO, GBP_SCORING_SIGMOID, NULL},
    {"Sigmoid l > y", 3, GBP_SCORING_NONE, GBP_SCORING_NONE, NULL},
    {"Softmax l > y", 3, GBP_SCORING_SIGMOID, GBP_SCORING_SIGMOID, NULL},
};

/* A file whose logits are 1, 2 and 3 times the mean of red. */
static char *
write_file (guint n, const char *end)
{
  const float weights[9] = {1, 0, 0, 2, 0, 0, 3, 0, 0};
  g_autoptr (OnnxFile) file = onnx_new ();
  g_autoptr (GByteArray) bytes = NULL;
  char *path = sample_path ("ends.onnx");

  onnx_add_input (file, "x", 4, (guint64[]){1, 3, 8, 6});
  onnx_add_output (file, "y");
  onnx_add_floats (file, "w", 2, (guint64[]){n, 3}, weights);
  onnx_add_zeros (file, "v", 2, (guint64[]){n, n});
  onnx_add_zeros (file, "b", 1, (guint64[]){n});
  onnx_add_node (file, "GlobalAveragePool", NULL, "x", "a", NULL);
  onnx_add_node (file, "Flatten", NULL, "a", "f", NULL);
  onnx_add_node (file, "Gemm", "logits", "f w", "l", onnx_int (NULL, "transB", 1));
  onnx_add_lines (file, end);
  bytes = onnx_end (file, 13);
  ck_assert (g_file_set_contents (path, (const char *) bytes->data, bytes->len, NULL));
  return path;
}

/* Of an image that is red by 1. */
static const double *
explain (GbpExplanation *explanation)
{
  static guint8 image[3 * 8 * 6];
  static float map[3 * 8 * 6];
  GbpTarget target = {.class_index = GBP_CLASS_TOP};
  guint n_classes;

  for (guint i = 0; i < 8 * 6; i++)
    image[3 * i] = 1;
  ck_assert (gbp_explanation_set_target (explanation, &target, NULL));
  gbp_explanation_compute (explanation, image, 3 * 6, map, NULL);
  return gbp_explanation_get_scores (explanation, &n_classes);
}

static double
make_score (GbpScoring scoring, guint n, guint i)
{
  double sum = 0;

  for (guint j = 0; j < n; j++)
    sum += exp (j + 1.);
  return scoring == GBP_SCORING_NONE      ? i + 1.
         : scoring == GBP_SCORING_SOFTMAX ? exp (i + 1.) / sum
                                          : 1 / (1 + exp (-(i + 1.)));
}

START_TEST (scoring)
{
  g_autofree char *path = write_file (scorings[_i].n, scorings[_i].end);
  GbpLoadOptions options = GBP_LOAD_OPTIONS_INIT;
  g_autoptr (GbpNetwork) network = NULL, copy = NULL;
  GbpNetwork *networks[2];
  const char *description;

  options.weights = path;
  options.preprocess = GBP_PREPROCESS_NONE;
  options.scoring = scorings[_i].asked;
  network = gbp_network_load_full (&options, NULL);
  ck_assert_ptr_nonnull (network);
  description = gbp_network_get_description (network);
  if (scorings[_i].says != NULL)
    ck_assert_msg (strstr (description, scorings[_i].says) != NULL, "%s", description);
  else
    ck_assert_msg (strstr (description, "scoring") == NULL, "%s", description);
  copy = gbp_network_new_randomized (network, "logits", 1, NULL);
  networks[0] = network;
  networks[1] = copy;
  for (guint k = 0; k < 2; k++)
    ck_assert_int_eq (gbp_network_get_scoring (networks[k]), scorings[_i].found);
  {
    g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 1);
    const double *scores = explain (explanation);

    for (guint i = 0; i < scorings[_i].n; i++)
      ck_assert_double_eq_tol (scores[i], make_score (scorings[_i].found, scorings[_i].n, i), 1e-6);
  }
}
END_TEST

/* What stands behind the logits and is not understood may be a score's own end, or go on with weights or with what was
 * there before: then the logits are no classes, nor are those of a copy. */
static const struct {
  const char *end;
  gboolean has_classes;
} left_out[] = {
    {"Einsum l > q\nRelu q > y", TRUE},
    {"Einsum l > q\nAdd q b > y", TRUE},
    {"Einsum l > q\nGemm q v > y", FALSE},
    {"Einsum l > q\nMul q f > y", FALSE},
};

START_TEST (classes)
{
  g_autofree char *path = write_file (3, left_out[_i].end);
  g_autoptr (GbpNetwork) network = NULL, copy = NULL;
  const GbpNetwork *networks[2];

  network = gbp_network_load (path, GBP_PREPROCESS_NONE, NULL);
  ck_assert_ptr_nonnull (network);
  copy = gbp_network_new_randomized (network, "logits", 1, NULL);
  ck_assert_ptr_nonnull (copy);
  networks[0] = network;
  networks[1] = copy;
  for (guint i = 0; i < 2; i++) {
    g_autoptr (GError) error = NULL;
    int found = gbp_network_find_class (networks[i], "2", &error);

    ck_assert_pstr_eq (
        gbp_network_get_class_layer (networks[i]), left_out[_i].has_classes ? "logits" : NULL);
    ck_assert_int_eq (found, left_out[_i].has_classes ? 2 : GBP_CLASS_NONE);
    ck_assert_msg (
        left_out[_i].has_classes
            || g_str_has_prefix (error->message,
                "the network's classes are not there: what comes behind layer logits is left out: node q"),
        "%s", error != NULL ? error->message : "");
  }
}
END_TEST

/* Two at once of one file, which differ in this alone, are two networks. */
START_TEST (apart)
{
  g_autofree char *path = write_file (3, "Identity l > y");
  GbpLoadOptions options = GBP_LOAD_OPTIONS_INIT;
  g_autoptr (GbpNetwork) one = NULL, other = NULL, same = NULL;

  options.weights = path;
  one = gbp_network_load_full (&options, NULL);
  same = gbp_network_load_full (&options, NULL);
  options.scoring = GBP_SCORING_NONE;
  other = gbp_network_load_full (&options, NULL);
  ck_assert_ptr_eq (one, same);
  ck_assert_ptr_ne (one, other);
}
END_TEST

/* Weights alone are a VGG's, whose scores are a softmax unless one says otherwise. */
START_TEST (built_in)
{
  GbpLoadOptions options = GBP_LOAD_OPTIONS_INIT;
  g_autoptr (GbpNetwork) usual = NULL, logits = NULL;

  usual = gbp_network_load_full (&options, NULL);
  options.scoring = GBP_SCORING_NONE;
  logits = gbp_network_load_full (&options, NULL);
  ck_assert_int_eq (gbp_network_get_scoring (usual), GBP_SCORING_SOFTMAX);
  ck_assert_int_eq (gbp_network_get_scoring (logits), GBP_SCORING_NONE);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"scoring", scoring, G_N_ELEMENTS (scorings)},
      {"classes", classes, G_N_ELEMENTS (left_out)},
      {"apart", apart, 0},
      {"built in", built_in, 0},
  };

  return GBP_TEST_RUN ("scorings", tests);
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Classes by number and name. */
#include <math.h>
#include <string.h>

#include "harness.h"
#include "network/network.h"
#include "network/random_weights.h"

static const char *const names[] = {
    "tabby cat", "Crane", "crane", "maillot", "maillot", "Größe", "top", "3", NULL};

/* @names: (nullable) */
static GbpNetwork *
new_network (const char *const *class_names, guint n_classes)
{
  const guint widths[GBP_N_BLOCKS] = {1, 1, 1, 1, 1};
  GbpWeights weights = {.height = 64, .width = 32};

  gbp_weights_init_random (
      &weights, GBP_ARCHITECTURE_VGG16, widths, n_classes > 0 ? 2 : 0, n_classes, 1);
  weights.class_names = g_strdupv ((char **) class_names);
  return gbp_network_new_take (&weights, NULL);
}

static const struct {
  const char *text;
  int expected;
} found[] = {
    {"0", 0},
    {"7", 7},
    {"3", 3}, /* what can be read as a number is one */
    {"top", GBP_CLASS_TOP},
    {"TOP", 6},
    {"6", 6},
    {"tabby cat", 0},
    {"Tabby CAT", 0},
    {"crane", 2}, /* exactly, where another is the same but for case */
    {"Crane", 1},
    {"GRÖSSE", 5},
};

START_TEST (finds)
{
  g_autoptr (GbpNetwork) network = new_network (names, 8);
  g_autoptr (GError) error = NULL;
  int class_index = gbp_network_find_class (network, found[_i].text, &error);

  ck_assert_msg (error == NULL, "%s: %s", found[_i].text, error != NULL ? error->message : "");
  ck_assert_int_eq (class_index, found[_i].expected);
}
END_TEST

static const struct {
  const char *text;
  const char *says;
} refused[] = {
    {"8", "no class \"8\"; valid are 0 to 7*"},
    {"-1", "no class \"-1\"*0 to 7*"},
    {"-2", "no class \"-2\"*0 to 7*"},
    {"99999999999999999999", "no class \"99999999999999999999\"*0 to 7*"},
    {"CRANE", "2 classes are called \"CRANE\": 1 (Crane), 2 (crane)*number"},
    {"maillot", "2 classes are called \"maillot\": 3 (maillot), 4 (maillot)*number"},
    {"cat", "no class \"cat\"*near it is 0 (tabby cat)"},
    {"tabbi cat", "no class \"tabbi cat\"*near it is 0 (tabby cat)"},
    {"ran", "*near it is 1 (Crane), 2 (crane)"},
    {"", "no class \"\"*0 to 7*"},
    {"Gr\xf6\xdf\x65", "no class \"Gr*near it is 5 (Größe)"},
    {"\x1b[31m", "no class \"\xef\xbf\xbd[31m\"*"},
};

START_TEST (refuses)
{
  g_autoptr (GbpNetwork) network = new_network (names, 8);
  g_autoptr (GError) error = NULL;

  ck_assert_int_eq (gbp_network_find_class (network, refused[_i].text, &error), GBP_CLASS_NONE);
  ck_assert (g_error_matches (error, GBP_ERROR, GBP_ERROR_CLASS));
  ck_assert_msg (g_pattern_match_simple (refused[_i].says, error->message), "%s", error->message);
  ck_assert (g_utf8_validate (error->message, -1, NULL));
}
END_TEST

START_TEST (without_names)
{
  g_autoptr (GbpNetwork) network = new_network (NULL, 4);
  g_autoptr (GError) error = NULL;

  ck_assert_int_eq (gbp_network_find_class (network, "3", NULL), 3);
  ck_assert_int_eq (gbp_network_find_class (network, "cat", &error), GBP_CLASS_NONE);
  ck_assert_msg (
      g_pattern_match_simple ("no class \"cat\"; valid are 0 to 3*no names*", error->message), "%s",
      error->message);
}
END_TEST

/* Whatever is asked of a network that has none, the answer is one. */
START_TEST (without_classes)
{
  static const char *const texts[] = {"0", "top", "cat"};
  g_autoptr (GbpNetwork) network = new_network (NULL, 0);

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GError) error = NULL;

    ck_assert_int_eq (gbp_network_find_class (network, texts[i], &error), GBP_CLASS_NONE);
    ck_assert (g_error_matches (error, GBP_ERROR, GBP_ERROR_CLASS));
    ck_assert_msg (g_pattern_match_simple ("the network has no classes*flatten*", error->message),
        "%s", error->message);
  }
}
END_TEST

static void
add_operation (GbpGraph *graph, GbpKind kind, const char *name, GbpOperation operation)
{
  operation.kind = kind;
  operation.name = g_strdup (name);
  operation.n_inputs = 1;
  operation.inputs = g_new (guint, 1);
  *operation.inputs = gbp_graph_count_values (graph) - 1;
  ck_assert_int_gt (gbp_graph_add (graph, &operation, NULL), 0);
}

static GbpTensor *
new_zeros (gsize n)
{
  return gbp_tensor_new_take (g_new0 (float, n), n);
}

/* A convolution of 12 channels, perhaps with a ReLU, averaged. */
static GbpGraph *
make_averaged (guint n_outputs, guint side, gboolean has_bias, gboolean is_active, guint groups)
{
  GbpGraph *graph = gbp_graph_new (&(GbpShape){6, 7, 3});
  GbpOperation convolution = {.window = {side, side, 1, 1, 1, 1, {0, 0, 0, 0}, 1}};

  convolution.tensors[0] = new_zeros ((gsize) 3 * side * side * 12);
  add_operation (graph, GBP_KIND_CONVOLUTION, "first", convolution);
  convolution.window.groups = MAX (groups, 1);
  convolution.tensors[0] =
      new_zeros ((gsize) 12 / convolution.window.groups * side * side * n_outputs);
  convolution.tensors[1] = has_bias ? new_zeros (n_outputs) : NULL;
  add_operation (graph, GBP_KIND_CONVOLUTION, "last", convolution);
  if (is_active)
    add_operation (graph, GBP_KIND_ACTIVATION, "relu", (GbpOperation){0});
  add_operation (graph, GBP_KIND_GLOBAL_AVERAGE, "pool", (GbpOperation){0});
  add_operation (graph, GBP_KIND_FLATTEN, "output", (GbpOperation){0});
  return graph;
}

/* Where no dense layer closes the network. @n_names: of classes */
static const struct {
  guint n_outputs, side;
  gboolean has_bias, is_active;
  guint n_names;
  gboolean has_classes;
  gboolean is_squashed; /* by a softmax behind it */
  guint groups;         /* of the convolution's channels; 0: one */
} averaged[] = {
    {5, 1, TRUE, FALSE, 0, TRUE, FALSE, 0},
    {5, 1, TRUE, TRUE, 0, TRUE, FALSE, 0},
    {1000, 1, TRUE, TRUE, 0, TRUE, FALSE, 0},
    {1000, 1, FALSE, TRUE, 0, TRUE, FALSE, 0}, /* a bias of zeros is left out */
    {24, 1, TRUE, TRUE, 0, FALSE, FALSE, 0},   /* features */
    {24, 1, TRUE, TRUE, 0, TRUE, TRUE, 0},
    {12, 1, TRUE, TRUE, 0, FALSE, FALSE, 0},
    {6, 1, TRUE, TRUE, 0, FALSE, FALSE, 2},
    {24, 1, TRUE, TRUE, 24, TRUE, FALSE, 0},
    {5, 1, FALSE, TRUE, 0, FALSE, FALSE, 0},
    {5, 3, TRUE, TRUE, 0, FALSE, FALSE, 0},
};

START_TEST (without_dense_layer)
{
  GbpNetworkParts parts = {.preprocess = GBP_PREPROCESS_NONE};
  g_autoptr (GbpNetwork) network = NULL;
  g_autofree char *refusal =
      g_strdup_printf ("*looks like %u features*class names says so", averaged[_i].n_outputs);
  g_autoptr (GError) error = NULL;

  parts.graph = make_averaged (averaged[_i].n_outputs, averaged[_i].side, averaged[_i].has_bias,
      averaged[_i].is_active, averaged[_i].groups);
  if (averaged[_i].is_squashed)
    add_operation (parts.graph, GBP_KIND_SOFTMAX, "scores", (GbpOperation){0});
  parts.origin = g_strdup ("averaged");
  if (averaged[_i].n_names > 0) {
    parts.class_names = g_new0 (char *, averaged[_i].n_names + 1);
    for (guint i = 0; i < averaged[_i].n_names; i++)
      parts.class_names[i] = g_strdup_printf ("name %u", i);
  }
  network = gbp_network_new_from_graph (&parts, NULL);
  ck_assert_ptr_nonnull (network);
  ck_assert_pstr_eq (gbp_network_get_class_layer (network), !averaged[_i].has_classes  ? NULL
                                                            : averaged[_i].is_squashed ? "scores"
                                                                                       : "output");
  if (averaged[_i].has_classes) {
    ck_assert_int_eq (gbp_network_find_class (network, "4", NULL), 4);
  } else {
    ck_assert_int_eq (gbp_network_find_class (network, "4", &error), GBP_CLASS_NONE);
    ck_assert_msg (g_pattern_match_simple (refusal, error->message), "%s", error->message);
  }
}
END_TEST

/* What is no number makes no scores, of any class. */
START_TEST (not_finite)
{
  static const double wrong[] = {NAN, INFINITY, -INFINITY};
  const GbpScorer scorer = {.scoring = GBP_SCORING_SOFTMAX};
  const double logits[3] = {1, wrong[_i], 2};
  double scores[3];

  gbp_scorer_score (&scorer, logits, 3, scores);
  for (guint i = 0; i < 3; i++)
    ck_assert_double_nan (scores[i]);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"finds", finds, G_N_ELEMENTS (found)},
      {"refuses", refuses, G_N_ELEMENTS (refused)},
      {"without names", without_names, 0},
      {"without classes", without_classes, 0},
      {"without dense layer", without_dense_layer, G_N_ELEMENTS (averaged)},
      {"not finite", not_finite, 3},
  };

  return GBP_TEST_RUN ("classes", tests);
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each call for memory or a thread fails in turn, from gbp_explanation_new() on: an error or success, the old target
 * as good as before, and everything works again when there is memory. */
#include <gbp/explanation.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "harness.h"
#include "network/random_weights.h"
#include "starve.h"

/* Less than VGG's: there are as many calls, and between them less to compute. */
#define SIZE         96
#define N_COMPONENTS (3 * SIZE * SIZE)
#define THREADS      3

static guint8 image[N_COMPONENTS];
static float gradient[N_COMPONENTS], old_gradient[N_COMPONENTS], new_gradient[N_COMPONENTS];
static guint n_failed, n_errors;

static const GbpTarget old_target = {.layer = "block1_conv1",
    .method = GBP_METHOD_GRADIENT,
    .channel = 1,
    .unit_x = -1,
    .unit_y = -1,
    .class_index = GBP_CLASS_NONE};

/* @convolution: what computes it: of the algorithms, each prepares weights in its own way */
static const struct {
  GbpTarget target;
  const char *convolution;
} cases[] = {
    {{.layer = "block1_conv2",
         .method = GBP_METHOD_GUIDED,
         .channel = -1,
         .unit_x = -1,
         .unit_y = -1,
         .class_index = GBP_CLASS_NONE},
        ""},
    {{.layer = "block3_conv3",
         .method = GBP_METHOD_GUIDED,
         .channel = 2,
         .unit_x = -1,
         .unit_y = -1,
         .class_index = GBP_CLASS_NONE},
        ""},
    {{.layer = "block5_pool",
         .method = GBP_METHOD_DECONVNET,
         .channel = -2,
         .unit_x = -1,
         .unit_y = -1,
         .class_index = GBP_CLASS_NONE},
        ""},
    {{.layer = "predictions",
         .method = GBP_METHOD_GUIDED,
         .channel = -2,
         .unit_x = -1,
         .unit_y = -1,
         .class_index = GBP_CLASS_NONE},
        ""},
    {{.layer = "block5_conv3", .method = GBP_METHOD_GUIDED_GRAD_CAM, .class_index = 1}, ""},
    {{.layer = "block1_conv2",
         .method = GBP_METHOD_GUIDED,
         .channel = -1,
         .unit_x = -1,
         .unit_y = -1,
         .class_index = GBP_CLASS_NONE,
         .samples = 2,
         .noise = 0.1},
        ""},
    {{.layer = "block2_conv1",
         .method = GBP_METHOD_GUIDED,
         .channel = -1,
         .unit_x = 3,
         .unit_y = -1,
         .class_index = GBP_CLASS_NONE},
        "blas"},
    {{.layer = "block1_conv2",
         .method = GBP_METHOD_GUIDED,
         .channel = -1,
         .unit_x = 20,
         .unit_y = 20,
         .class_index = GBP_CLASS_NONE},
        "direct"},
    {{.layer = "block1_conv1",
         .method = GBP_METHOD_GUIDED,
         .channel = 0,
         .unit_x = -1,
         .unit_y = -1,
         .class_index = GBP_CLASS_NONE},
        ""}, /* at the same layer */
};

static GbpNetwork *
new_network (guint width)
{
  const guint widths[GBP_N_BLOCKS] = {width, width, 2 * width, 2 * width, 2 * width};
  GbpWeights weights = {.height = SIZE, .width = SIZE};

  gbp_weights_init_random (&weights, GBP_ARCHITECTURE_VGG16, widths, 20, 6, 5);
  return gbp_network_new_take (&weights, NULL);
}

static void
set_target (GbpExplanation *explanation, const GbpTarget *target)
{
  GError *error = NULL;

  if (!gbp_explanation_set_target (explanation, target, &error))
    ck_abort_msg ("%s", error->message);
}

static void
explain (GbpExplanation *explanation, float *to)
{
  gbp_explanation_compute (explanation, image, 3 * SIZE, to, NULL);
}

static void
check_error (GError *error)
{
  ck_assert (g_error_matches (error, GBP_ERROR, GBP_ERROR_MEMORY));
  ck_assert (g_str_has_prefix (error->message, "not enough memory "));
  g_error_free (error);
  n_errors++;
}

static void
set_up (const char *convolution)
{
  guint32 seed = 1;

  g_setenv ("GBP_CONVOLUTION", convolution, TRUE);
  for (guint i = 0; i < N_COMPONENTS; i++)
    image[i] = (guint8) gbp_test_random (&seed, 0, 256);
}

/* Changes the target while call @call fails.
 * Returns: FALSE if there are not as many calls */
static gboolean
change_target (const GbpTarget *target, guint call, gboolean all)
{
  g_autoptr (GbpNetwork) network = new_network (4);
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, THREADS);
  GError *error = NULL;
  gboolean is_set;
  guint n_calls;

  set_target (explanation, &old_target);
  starve_begin (call, all);
  is_set = gbp_explanation_set_target (explanation, target, &error);
  n_calls = starve_end ();
  ck_assert_int_eq (is_set, error == NULL);
  if (error != NULL) {
    check_error (error);
    explain (explanation, gradient);
    ck_assert_mem_eq (gradient, old_gradient, sizeof gradient);
  }
  ck_assert (is_set || n_calls >= call);
  set_target (explanation, target);
  /* A frame takes long under a sanitizer, and it is the failing paths that count there. */
  if (GBP_TEST_SANITIZED && call % 8 != 1)
    return n_calls >= call;
  explain (explanation, gradient);
  ck_assert_mem_eq (gradient, new_gradient, sizeof gradient);
  return n_calls >= call;
}

START_TEST (targets)
{
  const GbpTarget *target = &cases[_i].target;
  guint call, n_before = n_failed;

  set_up (cases[_i].convolution);
  {
    g_autoptr (GbpNetwork) network = new_network (4);
    g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 1);

    set_target (explanation, &old_target);
    explain (explanation, old_gradient);
    set_target (explanation, target);
    explain (explanation, new_gradient);
  }
  for (call = 1; change_target (target, call, FALSE); call += GBP_TEST_SANITIZED ? 4 : 1)
    n_failed++;
  for (call = 1; change_target (target, call, TRUE);
       call += 1 + call / (GBP_TEST_SANITIZED ? 4 : 8))
    n_failed++;
  printf ("%s %s: %u failed calls, %u errors\n", target->layer, cases[_i].convolution,
      n_failed - n_before, n_errors);
  ck_assert_uint_eq (n_failed > n_before, strcmp (target->layer, old_target.layer) != 0);
  ck_assert_uint_eq (starve_count_fatal (), 0);
}
END_TEST

START_TEST (creation)
{
  g_autoptr (GbpNetwork) network = new_network (3);
  guint call = 1, n_calls;

  do {
    g_autoptr (GbpExplanation) explanation = NULL;

    starve_begin (call, FALSE);
    explanation = gbp_explanation_new (network, THREADS);
    n_calls = starve_end ();
    ck_assert_int_eq (explanation != NULL, n_calls < call);
    n_errors += explanation == NULL;
  } while (n_calls >= call++);
  ck_assert_uint_eq (n_errors, 2); /* itself and its team */
  ck_assert_uint_eq (starve_count_fatal (), 0);
}
END_TEST

/* A computation with @call and all after it failing.
 * Returns: FALSE if there are not as many calls */
static gboolean
compute_starved (GbpNetwork *network, guint call)
{
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, THREADS);
  guint n_calls;

  set_target (explanation, &cases[1].target);
  starve_begin (call, TRUE);
  explain (explanation, gradient);
  n_calls = starve_end ();
  ck_assert_mem_eq (gradient, new_gradient, sizeof gradient);
  explain (explanation, gradient);
  ck_assert_mem_eq (gradient, new_gradient, sizeof gradient);
  return n_calls >= call;
}

/* Without a thread, or the memory to know it by, a computation is the caller's alone. */
START_TEST (computation)
{
  g_autoptr (GbpNetwork) network = new_network (4);
  guint call;

  set_up ("");
  {
    g_autoptr (GbpExplanation) alone = gbp_explanation_new (network, 1);

    set_target (alone, &cases[1].target);
    explain (alone, new_gradient);
  }
  for (call = 1; compute_starved (network, call); call++)
    ;
  ck_assert_uint_eq (call - 1, 2 * (THREADS - 1)); /* memory and thread of each helper */
  ck_assert_uint_eq (starve_count_fatal (), 0);
}
END_TEST

/* The system's own limit, with nothing in between. */
START_TEST (address_space)
{
  const GbpTarget large = {.layer = "block5_conv3",
      .method = GBP_METHOD_GUIDED,
      .channel = -1,
      .unit_x = -1,
      .unit_y = -1,
      .class_index = GBP_CLASS_NONE};
  g_autoptr (GbpNetwork) network = new_network (32);
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, THREADS);
  struct rlimit limit, lower;
  guint64 n_pages;
  GError *error = NULL;
  g_autofree char *text = NULL;

  if (GBP_TEST_SANITIZED) {
    printf ("skipped: a sanitizer's shadow is larger than any limit\n");
    return;
  }
  set_up ("");
  set_target (explanation, &old_target);
  explain (explanation, old_gradient);
  ck_assert (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  n_pages = g_ascii_strtoull (text, NULL, 10);
  ck_assert_int_eq (getrlimit (RLIMIT_AS, &limit), 0);
  lower = limit;
  lower.rlim_cur = (n_pages * 4096) + 4 * 1024 * 1024;
  ck_assert_int_eq (setrlimit (RLIMIT_AS, &lower), 0);
  ck_assert (!gbp_explanation_set_target (explanation, &large, &error));
  check_error (error);
  explain (explanation, gradient);
  ck_assert_mem_eq (gradient, old_gradient, sizeof gradient);
  ck_assert_int_eq (setrlimit (RLIMIT_AS, &limit), 0);
  set_target (explanation, &large);
  explain (explanation, gradient);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"targets", targets, G_N_ELEMENTS (cases)},
      {"creation", creation, 1},
      {"computation", computation, 1},
      {"address space", address_space, 1},
  };

  return GBP_TEST_RUN ("starved", tests);
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The rows of methods, by what must hold of them; on the built-in network with random
 * weights, since the trained one is silent where it sees none of its objects. */
#include <math.h>
#include <string.h>

#include "harness.h"
#include "judge.h"
#include "methods.h"

#define SIZE     GBP_SCENE_SIZE
#define N_VALUES (3 * GBP_HONEST_PIXELS)
#define STRIDE   (3 * SIZE + 5)
#define CLASS    7

static guint8 rgb[SIZE * STRIDE];
static float found[N_VALUES], expected[N_VALUES];
static const GbpQuestion question = {rgb, STRIDE, NULL, CLASS};
static GbpExplainer explainer;
static GbpNetwork *network;

static const GbpHonestMethod *
find_method (const char *name)
{
  guint n_methods;
  const GbpHonestMethod *methods = gbp_honest_get_methods (&n_methods);

  for (guint i = 0; i < n_methods; i++)
    if (g_str_equal (methods[i].name, name))
      return &methods[i];
  ck_abort_msg ("no method %s", name);
  return NULL;
}

/* Rings in two colours, on a slope. */
static void
begin (void)
{
  g_autoptr (GbpNetwork) builtin = gbp_network_load (NULL, GBP_PREPROCESS_AUTO, NULL);

  network = gbp_network_new_randomized (builtin, "block1_conv1", 1, NULL);
  gbp_explainer_init (&explainer, network, GBP_FAULT_NONE);
  for (int y = 0; y < SIZE; y++)
    for (int x = 0; x < SIZE; x++) {
      double radius = hypot (x - 100, y - 120);
      guint8 *pixel = rgb + y * STRIDE + 3 * x;
      gboolean is_ring = radius < 60 && (int) radius % 20 < 10;

      pixel[0] = (guint8) (is_ring ? 230 : x);
      pixel[1] = (guint8) (is_ring ? 40 : y);
      pixel[2] = (guint8) (is_ring ? 60 : 128);
    }
}

static void
end (void)
{
  gbp_explainer_clear (&explainer);
  gbp_network_unref (network);
}

static void
explain (const char *name, float *gradient)
{
  gbp_explainer_explain (&explainer, find_method (name), &question, gradient);
}

static guint8
get_value (guint i)
{
  return rgb[i / (3 * SIZE) * STRIDE + i % (3 * SIZE)];
}

/* Each row is what it is called: of all together they are what the logit has gained since black (completeness), but for
 * the steps' width. */
START_TEST (path)
{
  g_autoptr (GbpJudge) judge = NULL;
  g_autofree guint8 *packed = g_new0 (guint8, N_VALUES);
  double black, logit, sum = 0;

  begin ();
  judge = gbp_judge_new (network);
  gbp_judge_score (judge, packed, CLASS, &black);
  for (guint i = 0; i < N_VALUES; i++)
    packed[i] = get_value (i);
  gbp_judge_score (judge, packed, CLASS, &logit);
  explain ("integrated-gradients", found);
  for (guint i = 0; i < N_VALUES; i++)
    sum += found[i];
  ck_assert_double_eq_tol (sum / (logit - black), 1, 0.15);
  end ();
}
END_TEST

/* No two rows are the same explanation. */
START_TEST (rows)
{
  guint n_methods;
  const GbpHonestMethod *methods = gbp_honest_get_methods (&n_methods);

  g_autofree float *all = g_new (float, n_methods *N_VALUES);

  begin ();
  for (guint i = 0; i < n_methods; i++) {
    explain (methods[i].name, all + i * N_VALUES);
    for (guint j = 0; j < i; j++)
      ck_assert_msg (memcmp (all + i * N_VALUES, all + j * N_VALUES, sizeof found) != 0, "%s is %s",
          methods[i].name, methods[j].name);
  }
  end ();
}
END_TEST

START_TEST (faults)
{
  begin ();
  explain ("gradient", expected);
  explainer.fault = GBP_FAULT_SIGN;
  explain ("gradient", found);
  for (guint i = 0; i < N_VALUES; i++)
    ck_assert_float_eq (found[i], -expected[i]);
  explainer.fault = GBP_FAULT_NONE;
  explain ("edges", expected);
  explainer.fault = GBP_FAULT_EDGES;
  explain ("gradient", found);
  ck_assert_mem_eq (found, expected, sizeof found);
  end ();
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"path", path, 0},
      {"rows", rows, 0},
      {"faults", faults, 0},
  };

  return GBP_TEST_RUN ("explain", tests);
}

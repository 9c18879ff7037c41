/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each call for memory in a kind's preparation fails in turn: nothing is prepared then, and nothing is left behind. */
#include "../explain/starve.h"
#include "nodes.h"

#define WINDOW(rows, stride, padding, groups)                                                      \
  {                                                                                                \
    rows, rows, stride, stride, 1, 1, {padding, padding, padding, padding}, groups                 \
  }

/* Of convolutions one of each way to compute it.
 * @n_channels: going in; @n_weights, @n_shifts: of the tensors */
static const struct {
  guint n_channels;
  GbpOperation operation;
  gsize n_weights;
  gsize n_shifts;
} cases[] = {
    {8, {.kind = GBP_KIND_CONVOLUTION, .window = WINDOW (1, 1, 0, 1)}, 8 * 6, 6},
    {8, {.kind = GBP_KIND_CONVOLUTION, .window = WINDOW (3, 1, 1, 1)}, 9 * 8 * 6, 6},
    {8, {.kind = GBP_KIND_CONVOLUTION, .window = WINDOW (3, 2, 1, 1)}, 9 * 8 * 6, 6},
    {3, {.kind = GBP_KIND_CONVOLUTION, .window = WINDOW (3, 2, 1, 1)}, 9 * 3 * 6, 6},
    {8, {.kind = GBP_KIND_CONVOLUTION, .window = WINDOW (3, 2, 1, 2)}, 9 * 4 * 6, 6},
    {8, {.kind = GBP_KIND_CONVOLUTION, .window = WINDOW (3, 2, 1, 8)}, 9 * 8, 8},
    {8, {.kind = GBP_KIND_SCALE}, 8, 8},
    {8, {.kind = GBP_KIND_LAYER_NORM, .epsilon = 1}, 8, 8},
    {8, {.kind = GBP_KIND_ACTIVATION, .function = GBP_FUNCTION_LEAKY_RELU}, 8, 0},
    {8, {.kind = GBP_KIND_POOL_MAX, .window = WINDOW (3, 2, 1, 1)}, 0, 0},
    {8, {.kind = GBP_KIND_POOL_AVERAGE, .window = WINDOW (3, 2, 1, 1)}, 0, 0},
    {8, {.kind = GBP_KIND_GLOBAL_AVERAGE}, 0, 0},
    {8, {.kind = GBP_KIND_RESAMPLE, .window = WINDOW (2, 1, 0, 1)}, 3 * 5, 3 * 4},
};

/* Returns: how many calls there were in a preparation of which call @first fails, and all behind it if @all */
static guint
prepare_starved (const TestNode *node, guint first, gboolean all)
{
  gpointer prepared;
  guint n_calls, n_fatal;

  starve_begin (first, all);
  prepared = node->kind->prepare (&node->node, node->kernels);
  n_fatal = starve_count_fatal ();
  n_calls = starve_end ();
  ck_assert_uint_eq (n_fatal, 0);
  ck_assert_msg ((prepared == NULL) == (first <= n_calls), "call %u of %u fails: %s", first,
      n_calls, prepared == NULL ? "nothing is prepared" : "something is prepared");
  if (prepared != NULL)
    node->kind->free (prepared);
  return n_calls;
}

static void
check_starved (int which, const GbpOperation *activation)
{
  GbpShape shape = {7, 6, cases[which].n_channels};
  g_autoptr (TestNode) node = test_node_new (0, 1, &cases[which].operation, activation, &shape, 1,
      cases[which].n_weights, cases[which].n_shifts);

  for (guint first = 1; prepare_starved (node, first, FALSE) >= first; first++)
    prepare_starved (node, first, TRUE);
}

START_TEST (starved)
{
  const GbpOperation leaky = {.kind = GBP_KIND_ACTIVATION, .function = GBP_FUNCTION_LEAKY_RELU};
  gboolean takes_activation = gbp_kind_get (cases[_i].operation.kind)->takes_activation;

  check_starved (_i, NULL);
  if (takes_activation)
    check_starved (_i, &leaky);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"starved", starved, G_N_ELEMENTS (cases)},
  };

  return GBP_TEST_RUN ("starved", tests);
}

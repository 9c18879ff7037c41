/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The first explanations of a network, all in the same moment: what one of them has prepared of the weights takes these
 * away while another one begins. What each computes is looked at elsewhere; here the thread sanitizer looks. */
#include "harness.h"
#include "network/random_weights.h"

#include <gbp/explanation.h>

#define N_BEGINNERS 4
#define N_ROUNDS    25

typedef struct {
  GbpNetwork *network;
  gint n_ready; /* atomic */
} Beginning;

static GbpNetwork *
new_network (void)
{
  const guint widths[GBP_N_BLOCKS] = {5, 6, 8, 8, 8};
  GbpWeights weights = {.height = GBP_TEST_SIZE, .width = GBP_TEST_SIZE};

  gbp_weights_init_random (&weights, GBP_ARCHITECTURE_VGG16, widths, 20, 6, 5);
  return gbp_network_new_take (&weights, NULL);
}

/* Returns: whether there is a target */
static gpointer
begin_with_others (gpointer data)
{
  Beginning *beginning = data;
  GbpTarget target = GBP_TARGET_INIT;
  g_autoptr (GbpExplanation) explanation = NULL;

  target.layer = "block1_conv1";
  g_atomic_int_inc (&beginning->n_ready);
  while (g_atomic_int_get (&beginning->n_ready) < N_BEGINNERS)
    g_thread_yield ();
  explanation = gbp_explanation_new (beginning->network, 1);
  return GINT_TO_POINTER (gbp_explanation_set_target (explanation, &target, NULL));
}

START_TEST (first_at_once)
{
  for (guint round = 0; round < N_ROUNDS; round++) {
    g_autoptr (GbpNetwork) network = new_network ();
    Beginning beginning = {network, 0};
    GThread *threads[N_BEGINNERS];

    for (guint i = 0; i < N_BEGINNERS; i++)
      threads[i] = g_thread_new ("explain", begin_with_others, &beginning);
    for (guint i = 0; i < N_BEGINNERS; i++)
      ck_assert (GPOINTER_TO_INT (g_thread_join (threads[i])));
  }
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"first at once", first_at_once, 0},
  };

  return GBP_TEST_RUN ("sharing", tests);
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A host forks while others of its threads load networks: the child can load them itself. */
#include "harness.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "format/shared.h"
#include "sample.h"

#define N_FORKS 50

/* A network of its own for whoever asks, without a file.
 * @data: (nullable): a channel to say on that it is being made, and then to wait at, for ever */
static GbpNetwork *
make_small (gpointer data, GError **error)
{
  g_auto (GbpWeights) weights = {0};
  char sign = 0;

  if (data != NULL) {
    const int *channel = data;

    ck_assert_int_eq (write (channel[0], &sign, 1), 1);
    ck_assert_int_eq (read (channel[0], &sign, 1), 1);
  }
  sample_weights (&weights, GBP_ARCHITECTURE_VGG19, 1);
  return gbp_network_new_take (&weights, error);
}

static const GbpNetworkKey held_key = {.file.inode = 1}, busy_key = {.file.inode = 2};
static gint is_over; /* atomic */

static gpointer
load_and_hold (gpointer channel)
{
  return gbp_shared_network (&held_key, make_small, channel, NULL);
}

/* So that a fork often meets the lock. */
static gpointer
load_all_the_time (gpointer unused)
{
  GbpNetwork *network = gbp_shared_network (&busy_key, make_small, NULL, NULL);

  while (!g_atomic_int_get (&is_over))
    gbp_network_unref (gbp_shared_network (&busy_key, make_small, NULL, NULL));
  return network;
}

static int
fork_and_load (void)
{
  int status;
  pid_t child = fork ();

  ck_assert_int_ge (child, 0);
  if (child == 0) {
    GbpNetwork *held, *again;

    alarm (60); /* it hangs */
    held = gbp_shared_network (&held_key, make_small, NULL, NULL);
    again = gbp_shared_network (&held_key, make_small, NULL, NULL);
    gbp_network_unref (gbp_shared_network (&busy_key, make_small, NULL, NULL));
    _exit (held == NULL || held != again);
  }
  ck_assert_int_eq (waitpid (child, &status, 0), child);
  return status;
}

/* A child of fork() waits for no thread that it has not, and finds the lock free. */
START_TEST (children)
{
  int channel[2];
  char sign = 0;
  GThread *holding, *busy;

  ck_assert_int_eq (socketpair (AF_UNIX, SOCK_STREAM, 0, channel), 0);
  holding = g_thread_new ("hold", load_and_hold, &channel[1]);
  ck_assert_int_eq (read (channel[0], &sign, 1), 1);
  busy = g_thread_new ("load", load_all_the_time, NULL);
  for (guint i = 0; i < N_FORKS; i++)
    ck_assert_int_eq (fork_and_load (), 0);
  g_atomic_int_set (&is_over, TRUE);
  ck_assert_int_eq (write (channel[0], &sign, 1), 1);
  gbp_network_unref (g_thread_join (holding));
  gbp_network_unref (g_thread_join (busy));
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"children", children, 0},
  };

  if (GBP_TEST_SANITIZED)
    return gbp_test_skip (GBP_TEST_NO_FORK);
  return GBP_TEST_RUN ("fork while loading", tests);
}

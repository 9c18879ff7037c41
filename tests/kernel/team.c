/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "harness.h"
#include "kernel/cpus.h"
#include "kernel/team.h"

#define N_PARTS 1000

typedef struct {
  guint size;
  gint runs[N_PARTS];
} Count;

static void
count_part (gpointer data, guint part, guint worker)
{
  Count *count = data;

  g_assert_cmpuint (worker, <, count->size);
  g_atomic_int_inc (&count->runs[part]);
}

/* Every part runs once, for teams of any size and tasks one after another. */
START_TEST (every_part_once)
{
  const guint sizes[] = {1, 2, 3, 8};
  const guint n_parts[] = {0, 1, 2, 7, N_PARTS};
  g_autoptr (GbpTeam) team = gbp_team_new (sizes[_i]);

  ck_assert_uint_eq (gbp_team_get_size (team), sizes[_i]);
  for (guint round = 0; round < 200; round++) {
    guint n = n_parts[round % G_N_ELEMENTS (n_parts)];
    Count count = {.size = sizes[_i]};

    gbp_team_run (team, count_part, &count, n);
    for (guint part = 0; part < N_PARTS; part++)
      ck_assert_int_eq (count.runs[part], part < n);
  }
}
END_TEST

/* A team whose helpers have gone to sleep wakes up again. */
START_TEST (after_a_pause)
{
  g_autoptr (GbpTeam) team = gbp_team_new (3);

  for (guint round = 0; round < 5; round++) {
    Count count = {.size = 3};

    g_usleep (5000);
    gbp_team_run (team, count_part, &count, N_PARTS);
    for (guint part = 0; part < N_PARTS; part++)
      ck_assert_int_eq (count.runs[part], 1);
  }
}
END_TEST

START_TEST (as_many_as_usable)
{
  g_autoptr (GbpTeam) team = gbp_team_new (0);

  ck_assert_uint_eq (gbp_team_get_size (team), gbp_cpus_count_usable ());
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"every part once", every_part_once, 4},
      {"after a pause", after_a_pause, 1},
      {"as many as usable", as_many_as_usable, 1},
  };

  return GBP_TEST_RUN ("team", tests);
}

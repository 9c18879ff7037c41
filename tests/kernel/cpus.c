/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The control group's quota, from folders that look like a system's. */
#include "kernel/cpus.h"

#include <glib/gstdio.h>
#include <string.h>

#include "harness.h"

/* @files: path and text in turn
 * @n: CPUs, or 0: no quota */
static const struct {
  const char *files[10];
  guint n;
} systems[] = {
    {{NULL}, 0},
    {{"proc/self/cgroup", "0::/\n"}, 0},
    {{"proc/self/cgroup", "0::/\n", "sys/fs/cgroup/cpu.max", "max 100000\n"}, 0},
    {{"proc/self/cgroup", "0::/\n", "sys/fs/cgroup/cpu.max", "200000 100000\n"}, 2},
    {{"proc/self/cgroup", "0::/\n", "sys/fs/cgroup/cpu.max", "150000 100000\n"}, 2},
    {{"proc/self/cgroup", "0::/\n", "sys/fs/cgroup/cpu.max", "5000 100000\n"}, 1},
    {{"proc/self/cgroup", "0::/\n", "sys/fs/cgroup/cpu.max", "nonsense\n"}, 0},
    {{"proc/self/cgroup", "0::/\n", "sys/fs/cgroup/cpu.max", ""}, 0},
    {{"proc/self/cgroup", "nonsense"}, 0},
    /* the smallest of a group's and of those around it */
    {{"proc/self/cgroup", "0::/user.slice/app\n", "sys/fs/cgroup/user.slice/cpu.max",
         "300000 100000\n", "sys/fs/cgroup/user.slice/app/cpu.max", "max 100000\n"},
        3},
    {{"proc/self/cgroup", "0::/a/b\n", "sys/fs/cgroup/a/cpu.max", "800000 100000\n",
         "sys/fs/cgroup/a/b/cpu.max", "400000 100000\n"},
        4},
    /* a path that another system's root has, as in a container */
    {{"proc/self/cgroup", "0::/docker/0123\n", "sys/fs/cgroup/cpu.max", "100000 50000\n"}, 2},
    {{"proc/self/cgroup", "0::/../../other\n", "sys/fs/cgroup/cpu.max", "700000 100000\n"}, 7},
    /* version 1, and both at once */
    {{"proc/self/cgroup", "4:cpu,cpuacct:/\n0::/\n", "sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n",
         "sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"},
        0},
    {{"proc/self/cgroup", "5:cpuset:/\n4:cpuacct,cpu:/a\n", "sys/fs/cgroup/cpu/a/cpu.cfs_quota_us",
         "250000\n", "sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000\n"},
        3},
    {{"proc/self/cgroup", "4:cpu:/docker/0123\n", "sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000\n",
         "sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"},
        1},
    {{"proc/self/cgroup", "5:cpuset:/\n0::/a\n", "sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000\n",
         "sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n", "sys/fs/cgroup/unified/a/cpu.max",
         "600000 100000\n"},
        6},
};

static void
write_file (const char *root, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (root, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);

  ck_assert_int_eq (g_mkdir_with_parents (folder, 0700), 0);
  ck_assert (g_file_set_contents (path, text, -1, NULL));
}

static void
remove_tree (const char *path)
{
  GDir *folder = g_dir_open (path, 0, NULL);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL) {
    g_autofree char *inside = g_build_filename (path, name, NULL);

    remove_tree (inside);
  }
  g_clear_pointer (&folder, g_dir_close);
  g_remove (path);
}

START_TEST (quotas)
{
  g_autofree char *root = g_dir_make_tmp ("gbp-cpus-XXXXXX", NULL);
  guint n;

  for (guint i = 0; systems[_i].files[i] != NULL; i += 2)
    write_file (root, systems[_i].files[i], systems[_i].files[i + 1]);
  n = gbp_cpus_read_quota (root);
  remove_tree (root);
  ck_assert_uint_eq (n, systems[_i].n > 0 ? systems[_i].n : G_MAXUINT);
}
END_TEST

START_TEST (at_least_one)
{
  GbpCpus cpus;

  gbp_cpus_get (&cpus);
  ck_assert_uint_ge (cpus.n, 1);
  ck_assert_uint_le (cpus.n, g_get_num_processors ());
  ck_assert_uint_eq (gbp_cpus_count_usable (), cpus.n);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"quotas", quotas, G_N_ELEMENTS (systems)},
      {"at least one", at_least_one, 1},
  };

  return GBP_TEST_RUN ("cpus", tests);
}

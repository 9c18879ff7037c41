/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef __linux__
#define _GNU_SOURCE /* for CPU sets */
#endif
#include "kernel/cpus.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __linux__
#include <sched.h>
#endif

/* Longer paths are not looked at: as if they had no quota. */
#define MAX_PATH 2048

/* Without memory of GLib's, which could be lacking in the middle of a stream. @text is empty if there is no file. */
static gboolean
read_text (const char *root, const char *folder, const char *name, char text[MAX_PATH])
{
  char path[2 * MAX_PATH];
  int length = g_snprintf (path, sizeof path, "%s%s%s", root, folder, name);
  int file = length < (int) sizeof path ? open (path, O_RDONLY | O_CLOEXEC) : -1;
  gssize n = file >= 0 ? read (file, text, MAX_PATH - 1) : 0;

  if (file >= 0)
    close (file);
  text[MAX (n, 0)] = 0;
  return n > 0;
}

/* @quota and @period: in microseconds. */
static guint
count_cpus (gint64 quota, gint64 period)
{
  if (quota <= 0 || period <= 0)
    return G_MAXUINT;
  return (guint) CLAMP ((quota - 1) / period + 1, 1, G_MAXINT);
}

/* "max 100000", or "150000 100000". */
static guint
read_version_2 (const char *root, const char *group)
{
  char text[MAX_PATH], *rest;
  gint64 quota;

  if (!read_text (root, group, "/cpu.max", text))
    return G_MAXUINT;
  quota = g_ascii_strtoll (text, &rest, 10);
  return count_cpus (quota, g_ascii_strtoll (rest, NULL, 10));
}

static guint
read_version_1 (const char *root, const char *group)
{
  char quota[MAX_PATH], period[MAX_PATH];

  if (!read_text (root, group, "/cpu.cfs_quota_us", quota)
      || !read_text (root, group, "/cpu.cfs_period_us", period))
    return G_MAXUINT;
  return count_cpus (g_ascii_strtoll (quota, NULL, 10), g_ascii_strtoll (period, NULL, 10));
}

/* The group's and those of all around it. In a container the path is often another system's, and only the mount's
 * own folder is there, which comes last. */
static guint
read_groups (const char *root, const char *mount, const char *group,
    guint (*read_group) (const char *root, const char *group))
{
  char path[MAX_PATH];
  guint n = G_MAXUINT;
  gsize top = strlen (mount);

  if (g_snprintf (path, sizeof path, "%s%s", mount, group) >= (int) sizeof path)
    return n;
  for (gsize length = strlen (path); length >= top; length--)
    if (length == top || path[length] == '/' || path[length] == 0) {
      guint n_group;

      path[length] = 0;
      n_group = read_group (root, path);
      n = MIN (n, n_group);
    }
  return n;
}

/* Whether "cpu" is among controllers that are separated by commas. */
static gboolean
has_cpu (const char *controllers)
{
  for (const char *word = controllers; word != NULL; word = strchr (word, ',')) {
    word += *word == ',';
    if (strncmp (word, "cpu", 3) == 0 && (word[3] == ',' || word[3] == 0))
      return TRUE;
  }
  return FALSE;
}

/* @line: NUMBER:CONTROLLERS:GROUP, without controllers in version 2 */
static guint
read_line (const char *root, char *line)
{
  char *controllers = strchr (line, ':');
  char *group = controllers != NULL ? strchr (controllers + 1, ':') : NULL;

  if (group == NULL)
    return G_MAXUINT;
  *group++ = 0;
  if (controllers[1] == 0) {
    guint n = read_groups (root, "/sys/fs/cgroup", group, read_version_2);

    return n != G_MAXUINT ? n : read_groups (root, "/sys/fs/cgroup/unified", group, read_version_2);
  }
  return has_cpu (controllers + 1) ? read_groups (root, "/sys/fs/cgroup/cpu", group, read_version_1)
                                   : G_MAXUINT;
}

guint
gbp_cpus_read_quota (const char *root)
{
  char text[MAX_PATH];
  guint n = G_MAXUINT;

  read_text (root, "", "/proc/self/cgroup", text);
  for (char *line = text, *end; line != NULL && *line != 0; line = end) {
    guint n_line;

    end = strchr (line, '\n');
    if (end != NULL)
      *end++ = 0;
    n_line = read_line (root, line);
    n = MIN (n, n_line);
  }
  return n;
}

static guint
read_wish (void)
{
  const char *wish = g_getenv ("GBP_CPUS");
  gint64 n = wish != NULL ? g_ascii_strtoll (wish, NULL, 10) : 0;

  return (guint) CLAMP (n, 0, G_MAXINT);
}

/* Of two threads that find the quota old both read it, which does no harm. */
static guint
get_quota (void)
{
  static gint quota = G_MAXINT, quota_second = -1; /* atomic */
  gint second = (gint) (g_get_monotonic_time () / G_USEC_PER_SEC);

  if (g_atomic_int_get (&quota_second) != second) {
    g_atomic_int_set (&quota, (gint) MIN (gbp_cpus_read_quota (""), G_MAXINT));
    g_atomic_int_set (&quota_second, second);
  }
  return (guint) g_atomic_int_get (&quota);
}

static guint
count_affinity (GbpCpus *cpus)
{
#ifdef __linux__
  if (sched_getaffinity (0, sizeof cpus->set, (cpu_set_t *) cpus->set) == 0)
    return (guint) CPU_COUNT_S (sizeof cpus->set, (cpu_set_t *) cpus->set);
#endif
  memset (cpus->set, 0, sizeof cpus->set);
  return g_get_num_processors ();
}

void
gbp_cpus_get (GbpCpus *cpus)
{
  static gsize wish; /* and one */
  guint n = count_affinity (cpus), quota = get_quota ();

  if (g_once_init_enter (&wish))
    g_once_init_leave (&wish, (gsize) read_wish () + 1);
  cpus->n = wish > 1 ? (guint) wish - 1 : MAX (1, MIN (n, quota));
}

guint
gbp_cpus_count_usable (void)
{
  GbpCpus cpus;

  gbp_cpus_get (&cpus);
  return cpus.n;
}

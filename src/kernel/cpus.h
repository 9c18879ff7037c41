/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How many CPUs this thread may keep busy. */
#pragma once

#include <glib.h>

/* @n: at least 1
 * @set: (the thread's affinity as bits): which CPUs, where the system tells; else zeros */
typedef struct {
  guint n;
  gulong set[1024 / (8 * sizeof (gulong))];
} GbpCpus;

/* The calling thread's affinity, of which no more are usable than the control group's quota of CPU time allows; or
 * as many as GBP_CPUS says in the environment when it is first asked for, which is there for tests. Both may change
 * while the process runs: the affinity is looked up at every call, the quota once in a second. Allocates nothing. */
void gbp_cpus_get (GbpCpus *cpus);

/* As gbp_cpus_get() counts them. */
guint gbp_cpus_count_usable (void);

/* gbp_cpus_read_quota:
 * @root: the folder that holds proc and sys: "" is the system's
 *
 * The smallest quota of the process' control group and of those around it, in CPUs, rounded up: cpu.max of version
 * 2, cpu.cfs_quota_us over cpu.cfs_period_us of version 1.
 *
 * Returns: at least 1; G_MAXUINT without a quota */
guint gbp_cpus_read_quota (const char *root);

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The process' helper threads, which whoever computes borrows for as long as that takes. There is none before the
 * first is borrowed; one that nobody has needed for some seconds ends, and the last user ends them all. */
#pragma once

#include "kernel/cpus.h"

typedef struct _GbpHelper GbpHelper;

typedef void (*GbpHelperTask) (gpointer data, guint worker);

/* Whoever may borrow helpers is a user of them from the first to the second call. */
void gbp_helpers_add_user (void);
void gbp_helpers_remove_user (void);

/* gbp_helpers_borrow:
 * @helpers: (out): [@n]
 * @cpus: those that the caller may use, where its helpers will run
 *
 * No more than the CPUs that no borrower and no lent helper keeps busy; fewer, or none, if threads cannot be made.
 * Every call is followed by one of gbp_helpers_return(), also if it lent none.
 *
 * Returns: how many there are in @helpers */
guint gbp_helpers_borrow (GbpHelper **helpers, guint n, const GbpCpus *cpus);

/* They have nothing to do. */
void gbp_helpers_return (GbpHelper **helpers, guint n);

/* Has @helper run @task, beside the caller. */
void gbp_helper_start (GbpHelper *helper, GbpHelperTask task, gpointer data, guint worker);

/* Returns when it has run. */
void gbp_helper_wait (GbpHelper *helper);

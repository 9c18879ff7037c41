/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/shared.h"

#include <pthread.h>

static GMutex lock;
static gboolean is_fork_safe; /* these two under the lock */
static guint generation;

static void
enter_fork (void)
{
  g_mutex_lock (&lock);
}

static void
leave_fork_in_parent (void)
{
  g_mutex_unlock (&lock);
}

static void
leave_fork_in_child (void)
{
  generation++;
  g_mutex_unlock (&lock);
}

void
gbp_shared_lock (void)
{
  g_mutex_lock (&lock);
  if (!is_fork_safe) /* without memory now, the next caller tries again */
    is_fork_safe = pthread_atfork (enter_fork, leave_fork_in_parent, leave_fork_in_child) == 0;
}

void
gbp_shared_unlock (void)
{
  g_mutex_unlock (&lock);
}

void
gbp_shared_wait (GCond *cond)
{
  g_cond_wait (cond, &lock);
}

guint
gbp_shared_get_generation (void)
{
  return generation;
}

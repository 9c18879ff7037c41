/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "watchdog.h"

#include <sys/resource.h>

/* What a process that only waits takes in a second, in microseconds, is less than this. */
#define NEXT_TO_NOTHING 30000

static gint64
get_work (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return (gint64) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * G_USEC_PER_SEC
         + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

guint
watchdog_ask (Watchdog *watchdog, guint n_steps, gboolean is_waiting, gboolean is_ending)
{
  gint64 work = get_work ();
  gboolean is_still = n_steps == watchdog->n_steps && !(is_waiting && !is_ending);
  gboolean is_idle = is_still && work - watchdog->work < NEXT_TO_NOTHING;

  watchdog->n_steps = n_steps;
  watchdog->work = work;
  watchdog->n_still = is_still ? watchdog->n_still + 1 : 0;
  watchdog->n_idle = is_idle ? watchdog->n_idle + 1 : 0;
  if (watchdog->n_idle >= (is_ending ? WATCHDOG_LAST_PATIENCE : WATCHDOG_PATIENCE))
    return watchdog->n_idle;
  return watchdog->n_still >= WATCHDOG_LONGEST ? watchdog->n_still : 0;
}

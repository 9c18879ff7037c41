/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* For how many seconds nothing may happen: no data passes, and the process computes nothing. */
#define WATCHDOG_PATIENCE 20

/* ... and when the streams are to end. */
#define WATCHDOG_LAST_PATIENCE 10

/* For how many seconds no data may pass although something computes: no frame takes as long. */
#define WATCHDOG_LONGEST 900

/* Watchdog: notices that a run does not move any more. It is asked each second.
 * @n_steps: how far the run was a second ago
 * @work: the processor time that the process had taken then, in microseconds
 * @n_still: for how many seconds no data has passed
 * @n_idle: for how many of those, the last ones, nothing was computed either */
typedef struct {
  guint n_steps;
  gint64 work;
  guint n_still;
  guint n_idle;
} Watchdog;

/* @n_steps: how far the run is now
 * @is_waiting: whether it may wait for others, however long that takes
 * @is_ending: whether the streams are to end
 * Returns: for how many seconds it has stood still, if that is too long; else 0 */
guint watchdog_ask (Watchdog *watchdog, guint n_steps, gboolean is_waiting, gboolean is_ending);

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One lock for all that the process shares: the helper threads, the networks that are loaded, and what the
 * explanations of one have in common. It is held for moments only, and by fork(), so that a child finds it free and
 * what it guards whole. */
#pragma once

#include <glib.h>

void gbp_shared_lock (void);
void gbp_shared_unlock (void);

/* Waits for @cond, without the lock. */
void gbp_shared_wait (GCond *cond);

/* How many forks there are between this process and the one that loaded the library. Where that has changed, the
 * threads that used something are gone, and will not give it back. Under the lock. */
guint gbp_shared_get_generation (void);

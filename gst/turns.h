/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The turns in which frames that are computed at once choose their class: in the frames' order, so that each follows
 * the one before it. Who has no memory yet may wait for that of who waits for his turn: therefore the next one begins
 * when the one before has its own, and whose turn it is never waits for one behind it.
 *
 * All calls are under the turns' lock. */
#pragma once

#include <gst/gst.h>

#include "lead.h"

/* @lock: its owner's
 * @lead: the class of the last one that has chosen
 * @n_taken: turns so far; @n_entered: of those that have their memory; @n_ended: that have chosen or never will */
typedef struct {
  GMutex *lock;
  GCond has_ended;
  GstGbpLead lead;
  guint n_taken;
  guint n_entered;
  guint n_ended;
} GstGbpTurns;

/* @turns: (nullable): in which it has yet to choose
 * @number: in their order, from 0
 * @waited: for how long it has waited for those before it */
typedef struct {
  GstGbpTurns *turns;
  guint number;
  GstClockTime waited;
} GstGbpTurn;

void gst_gbp_turns_init (GstGbpTurns *turns, GMutex *lock);
void gst_gbp_turns_clear (GstGbpTurns *turns);

/* Whether the next one can begin. */
gboolean gst_gbp_turns_are_free (const GstGbpTurns *turns);

/* Lets the next one that chooses follow none. */
void gst_gbp_turns_reset_lead (GstGbpTurns *turns);

/* @turns: (nullable): NULL: it has nothing to choose */
void gst_gbp_turn_take (GstGbpTurn *turn, GstGbpTurns *turns);

/* Says that it has its memory. */
void gst_gbp_turn_enter (GstGbpTurn *turn);

/* Waits until its turn has come, and ends it.
 * Returns: as gst_gbp_lead_follow() */
guint gst_gbp_turn_choose (GstGbpTurn *turn, guint target, const double *logits, guint n_classes);

/* Likewise, for who has not chosen and never will. Does nothing for who has. */
void gst_gbp_turn_miss (GstGbpTurn *turn);

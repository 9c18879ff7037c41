/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "turns.h"

void
gst_gbp_turns_init (GstGbpTurns *turns, GMutex *lock)
{
  *turns = (GstGbpTurns){.lock = lock, .lead = GST_GBP_LEAD_INIT};
  g_cond_init (&turns->has_ended);
}

void
gst_gbp_turns_clear (GstGbpTurns *turns)
{
  g_cond_clear (&turns->has_ended);
}

gboolean
gst_gbp_turns_are_free (const GstGbpTurns *turns)
{
  return turns->n_entered == turns->n_taken;
}

void
gst_gbp_turns_reset_lead (GstGbpTurns *turns)
{
  turns->lead = (GstGbpLead) GST_GBP_LEAD_INIT;
}

void
gst_gbp_turn_take (GstGbpTurn *turn, GstGbpTurns *turns)
{
  *turn = (GstGbpTurn){.turns = turns};
  if (turns != NULL)
    turn->number = turns->n_taken++;
}

void
gst_gbp_turn_enter (GstGbpTurn *turn)
{
  if (turn->turns->n_entered == turn->number)
    turn->turns->n_entered++;
}

static void
await (GstGbpTurn *turn)
{
  GstGbpTurns *turns = turn->turns;
  GstClockTime began = gst_util_get_timestamp ();

  while (turns->n_ended != turn->number)
    g_cond_wait (&turns->has_ended, turns->lock);
  turn->waited = gst_util_get_timestamp () - began;
}

static void
end (GstGbpTurn *turn)
{
  turn->turns->n_ended++;
  g_cond_broadcast (&turn->turns->has_ended);
  turn->turns = NULL;
}

guint
gst_gbp_turn_choose (GstGbpTurn *turn, guint target, const double *logits, guint n_classes)
{
  guint chosen;

  await (turn);
  chosen = gst_gbp_lead_follow (&turn->turns->lead, target, logits, n_classes);
  end (turn);
  return chosen;
}

void
gst_gbp_turn_miss (GstGbpTurn *turn)
{
  if (turn->turns == NULL)
    return;
  gst_gbp_turn_enter (turn);
  await (turn);
  end (turn);
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain/workplace.h"

#include "kernel/memory.h"

static gboolean
allocate (GbpWorkplace *workplace, GbpNetwork *network, const GbpSelection *selection)
{
  const GbpShape *input = &workplace->plan.input;

  if (selection->has_images)
    workplace->pixels =
        gbp_memory_new (3 * (gsize) input->height * input->width, sizeof *workplace->pixels);
  workplace->scratch = gbp_scratch_join (network, selection->end, workplace->plan.n_bytes);
  return workplace->scratch != NULL && (workplace->pixels != NULL || !selection->has_images);
}

gboolean
gbp_workplace_init (GbpWorkplace *workplace, GbpNetwork *network, const GbpSelection *selection,
    GbpTeam *team, GbpTeam *planner, GError **error)
{
  *workplace = (GbpWorkplace){.team = team};
  if (!gbp_plan_init (&workplace->plan, network, selection, planner, error))
    return FALSE;
  if (allocate (workplace, network, selection))
    return TRUE;
  g_set_error (error, GBP_ERROR, GBP_ERROR_MEMORY,
      "not enough memory to compute as far as layer %s, for which %" G_GSIZE_FORMAT
      " bytes are needed",
      workplace->plan.end->name, workplace->plan.n_bytes);
  gbp_workplace_clear (workplace);
  return FALSE;
}

void
gbp_workplace_clear (GbpWorkplace *workplace)
{
  g_clear_pointer (&workplace->scratch, gbp_scratch_leave);
  gbp_plan_clear (&workplace->plan);
  gbp_memory_free (workplace->pixels);
  workplace->pixels = NULL;
}

void
gbp_workplace_enter (GbpWorkplace *workplace)
{
  workplace->memory = gbp_scratch_take (workplace->scratch);
  gbp_plan_bind (&workplace->plan, workplace->memory);
  gbp_team_begin (workplace->team);
}

void
gbp_workplace_leave (GbpWorkplace *workplace)
{
  gbp_team_end (workplace->team);
  gbp_scratch_give_back (workplace->scratch, workplace->memory);
  workplace->memory = NULL;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain/explanation.h"

#include "explain/method.h"
#include "kernel/floating_point.h"
#include "kernel/memory.h"

GbpExplanation *
gbp_explanation_new (GbpNetwork *network, guint threads)
{
  GbpExplanation *explanation;
  GbpFloatEnvironment environment;
  GbpTeam *team;

  g_return_val_if_fail (network != NULL, NULL);
  explanation = gbp_memory_new (1, sizeof *explanation);
  team = explanation != NULL ? gbp_team_new (threads) : NULL;
  if (team == NULL) {
    gbp_memory_free (explanation);
    return NULL;
  }
  explanation->given = gbp_network_ref (network);
  explanation->network = gbp_network_ref (network);
  explanation->team = team;
  explanation->kernels = gbp_kernels_get ();
  environment = gbp_float_environment_begin (GBP_DENORMALS_ZERO);
  gbp_pixels_init (&explanation->pixels, gbp_network_get_preprocess (network),
      gbp_graph_get_shape (gbp_network_get_graph (network), 0));
  gbp_float_environment_end (environment);
  return explanation;
}

guint
gbp_explanation_get_threads (const GbpExplanation *explanation)
{
  g_return_val_if_fail (explanation != NULL, 0);
  return gbp_team_get_size (explanation->team);
}

void
gbp_explanation_free (GbpExplanation *explanation)
{
  if (explanation == NULL)
    return;
  g_clear_pointer (&explanation->scratch, gbp_scratch_leave);
  gbp_plan_clear (&explanation->plan);
  gbp_memory_free (explanation->outcome);
  gbp_team_free (explanation->team);
  gbp_network_unref (explanation->network);
  gbp_network_unref (explanation->given);
  gbp_memory_free (explanation);
}

static void
set_no_memory (GError **error, const char *name, gsize n_bytes)
{
  g_set_error (error, GBP_ERROR, GBP_ERROR_MEMORY,
      "not enough memory to compute as far as layer %s, for which %" G_GSIZE_FORMAT
      " bytes are needed",
      name, n_bytes);
}

/* What the explanation had stays until all of the new is there. */
static gboolean
change_plan (GbpExplanation *explanation, const GbpSelection *selection, GError **error)
{
  GbpOutcome *outcome;
  GbpScratch *scratch;
  GbpPlan plan;

  if (!gbp_plan_init (&plan, explanation->network, selection, explanation->team, error))
    return FALSE;
  outcome = gbp_outcome_new (selection, explanation->network);
  scratch = gbp_scratch_join (explanation->network, selection->end, plan.n_bytes);
  if (outcome == NULL || scratch == NULL) {
    set_no_memory (error, plan.end->name, plan.n_bytes);
    gbp_memory_free (outcome);
    g_clear_pointer (&scratch, gbp_scratch_leave);
    gbp_plan_clear (&plan);
    return FALSE;
  }
  g_clear_pointer (&explanation->scratch, gbp_scratch_leave);
  gbp_plan_clear (&explanation->plan);
  gbp_memory_free (explanation->outcome);
  explanation->scratch = scratch;
  explanation->plan = plan;
  explanation->outcome = outcome;
  return TRUE;
}

static gboolean
has_plan (const GbpExplanation *explanation, const GbpSelection *selection)
{
  const GbpSelection *own = &explanation->selection;

  return explanation->scratch != NULL && selection->cut == own->cut && selection->end == own->end
         && selection->inner == own->inner && selection->is_repeated == own->is_repeated
         && selection->has_images == own->has_images;
}

/* Computes with @network from now on, if that can be planned.
 * @network: (transfer full) */
static gboolean
change_network (
    GbpExplanation *explanation, GbpNetwork *network, const GbpSelection *selection, GError **error)
{
  GbpNetwork *before = explanation->network;

  if (network == before && has_plan (explanation, selection)) {
    gbp_network_unref (network);
    return TRUE;
  }
  explanation->network = network;
  if (change_plan (explanation, selection, error)) {
    gbp_network_unref (before);
    return TRUE;
  }
  explanation->network = before;
  gbp_network_unref (network);
  return FALSE;
}

/* Returns: (transfer full): what @target is of; NULL with @error set */
static GbpNetwork *
choose_network (GbpExplanation *explanation, const GbpTarget *target, GError **error)
{
  GbpNetwork *network;

  if (target->randomize == NULL)
    return gbp_network_ref (explanation->given);
  network = gbp_network_share_randomized (explanation->given, target->randomize, error);
  if (network == NULL)
    g_prefix_error (error, "randomize: ");
  return network;
}

gboolean
gbp_explanation_set_target (GbpExplanation *explanation, const GbpTarget *target, GError **error)
{
  GbpFloatEnvironment environment;
  GbpSelection selection;
  GbpNetwork *network;
  gboolean is_planned;

  g_return_val_if_fail (explanation != NULL && target != NULL, FALSE);
  g_return_val_if_fail (gbp_method_is_valid (target->method), FALSE);
  if (!gbp_selection_init (&selection, explanation->given, target, error))
    return FALSE;
  network = choose_network (explanation, target, error);
  if (network == NULL)
    return FALSE;
  environment = gbp_float_environment_begin (GBP_DENORMALS_ZERO);
  is_planned = change_network (explanation, network, &selection, error);
  gbp_float_environment_end (environment);
  if (!is_planned)
    return FALSE;
  explanation->selection = selection;
  explanation->outcome->is_there = FALSE;
  return TRUE;
}

void
gbp_explanation_set_class_chooser (
    GbpExplanation *explanation, GbpClassChooser chooser, gpointer data)
{
  g_return_if_fail (explanation != NULL);
  explanation->chooser = chooser;
  explanation->chooser_data = data;
}

void
gbp_explanation_set_seed (GbpExplanation *explanation, guint64 seed)
{
  g_return_if_fail (explanation != NULL);
  explanation->seed = seed;
}

void
gbp_explanation_compute (GbpExplanation *explanation, const guint8 *rgb, gsize stride,
    float *gradient, GbpResult *result)
{
  GbpResult found;
  gpointer memory;
  GbpFloatEnvironment environment;

  g_return_if_fail (explanation != NULL && explanation->scratch != NULL);
  g_return_if_fail (
      rgb != NULL && gradient != NULL && stride >= 3 * (gsize) explanation->plan.input.width);
  memory = gbp_scratch_take (explanation->scratch); /* before helpers: who waits has none */
  gbp_plan_bind (&explanation->plan, memory);
  gbp_team_begin (explanation->team);
  environment = gbp_float_environment_begin (GBP_DENORMALS_ZERO);
  found = gbp_explanation_run (explanation, rgb, stride, gradient);
  gbp_float_environment_end (environment);
  gbp_team_end (explanation->team);
  gbp_scratch_give_back (explanation->scratch, memory);
  explanation->outcome->is_there = TRUE;
  if (result != NULL)
    *result = found;
}

const float *
gbp_explanation_get_cam (const GbpExplanation *explanation, guint *height, guint *width)
{
  const GbpOutcome *outcome;
  gboolean is_there;

  g_return_val_if_fail (explanation != NULL, NULL);
  outcome = explanation->outcome;
  is_there = outcome != NULL && outcome->is_there && outcome->cam_height > 0;
  if (height != NULL)
    *height = is_there ? outcome->cam_height : 0;
  if (width != NULL)
    *width = is_there ? outcome->cam_width : 0;
  return is_there ? outcome->cam : NULL;
}

/* Of the last computation; NULL: there is none. */
static const double *
get_of_classes (const GbpExplanation *explanation, gboolean wants_scores, guint *n_classes)
{
  const GbpOutcome *outcome = explanation->outcome;
  gboolean is_there = outcome != NULL && outcome->is_there && outcome->n_classes > 0;

  if (n_classes != NULL)
    *n_classes = is_there ? outcome->n_classes : 0;
  if (!is_there)
    return NULL;
  return wants_scores ? outcome->scores : outcome->logits;
}

const double *
gbp_explanation_get_scores (const GbpExplanation *explanation, guint *n_classes)
{
  g_return_val_if_fail (explanation != NULL, NULL);
  return get_of_classes (explanation, TRUE, n_classes);
}

const double *
gbp_explanation_get_logits (const GbpExplanation *explanation, guint *n_classes)
{
  g_return_val_if_fail (explanation != NULL, NULL);
  return get_of_classes (explanation, FALSE, n_classes);
}

guint
gbp_explanation_find_top (const GbpExplanation *explanation, guint *classes, guint n)
{
  const double *logits;
  guint n_classes;

  g_return_val_if_fail (explanation != NULL && (classes != NULL || n == 0), 0);
  logits = get_of_classes (explanation, FALSE, &n_classes);
  return gbp_outcome_rank (logits, n_classes, classes, n);
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain/explanation.h"

#include "explain/method.h"
#include "explain/run.h"
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
  g_clear_pointer (&explanation->average, gbp_average_free);
  gbp_workplace_clear (&explanation->own);
  gbp_memory_free (explanation->outcome);
  gbp_team_free (explanation->team);
  gbp_network_unref (explanation->network);
  gbp_network_unref (explanation->given);
  gbp_memory_free (explanation);
}

/* How many images of the selection are computed at once; 0: it has but one. */
static guint
count_members (
    const GbpExplanation *explanation, const GbpSelection *selection, const GbpPlan *plan)
{
  return gbp_average_is_wanted (selection)
             ? gbp_average_count_members (selection, explanation->team, plan->n_bytes)
             : 0;
}

/* @own: in which the selection is planned
 * Returns: FALSE if there is no memory */
static gboolean
make_results (GbpExplanation *explanation, const GbpSelection *selection, const GbpWorkplace *own,
    GbpOutcome **outcome, GbpAverage **average)
{
  *average = NULL;
  *outcome = gbp_outcome_new (selection, explanation->network);
  if (*outcome == NULL)
    return FALSE;
  if (!gbp_average_is_wanted (selection))
    return TRUE;
  *average = gbp_average_new (explanation->network, selection, explanation->team,
      count_members (explanation, selection, &own->plan));
  return *average != NULL;
}

/* What the explanation had stays until all of the new is there. */
static gboolean
change_plan (GbpExplanation *explanation, const GbpSelection *selection, GError **error)
{
  GbpWorkplace own;
  GbpOutcome *outcome;
  GbpAverage *average;

  if (!gbp_workplace_init (
          &own, explanation->network, selection, explanation->team, explanation->team, error))
    return FALSE;
  if (!make_results (explanation, selection, &own, &outcome, &average)) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_MEMORY, "not enough memory for what layer %s gives",
        own.plan.end->name);
    gbp_memory_free (outcome);
    gbp_workplace_clear (&own);
    return FALSE;
  }
  g_clear_pointer (&explanation->average, gbp_average_free);
  gbp_workplace_clear (&explanation->own);
  gbp_memory_free (explanation->outcome);
  explanation->own = own;
  explanation->outcome = outcome;
  explanation->average = average;
  return TRUE;
}

static gboolean
has_plan (const GbpExplanation *explanation, const GbpSelection *selection)
{
  const GbpSelection *own = &explanation->selection;
  const GbpPlan *plan = &explanation->own.plan;

  return explanation->outcome != NULL && selection->cut == own->cut && selection->end == own->end
         && selection->inner == own->inner && selection->is_repeated == own->is_repeated
         && selection->has_images == own->has_images
         && gbp_average_is_wanted (selection) == gbp_average_is_wanted (own)
         && count_members (explanation, selection, plan) == count_members (explanation, own, plan);
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
    GbpExplanation *explanation, GbpClassChoiceBegun begun, GbpClassChooser chooser, gpointer data)
{
  g_return_if_fail (explanation != NULL);
  explanation->begun = begun;
  explanation->chooser = chooser;
  explanation->chooser_data = data;
}

void
gbp_explanation_set_stop_function (
    GbpExplanation *explanation, GbpStopFunction is_stopped, gpointer data)
{
  g_return_if_fail (explanation != NULL);
  explanation->is_stopped = is_stopped;
  explanation->stop_data = data;
}

void
gbp_explanation_set_seed (GbpExplanation *explanation, guint64 seed)
{
  g_return_if_fail (explanation != NULL);
  explanation->seed = seed;
}

static GbpResult
compute (GbpExplanation *explanation, const guint8 *rgb, gsize stride, float *map)
{
  GbpResult found;
  GbpRun run;

  gbp_run_init (&run, explanation, &explanation->own, explanation->outcome->cam);
  gbp_workplace_enter (&explanation->own);
  found = gbp_run_look (&run, rgb, stride, explanation->outcome);
  if (explanation->average == NULL) {
    if (explanation->selection.has_images)
      gbp_run_copy_pixels (&run, rgb, stride);
    gbp_run_backward (&run, map);
  }
  gbp_workplace_leave (&explanation->own);
  if (explanation->average != NULL)
    gbp_average_compute (explanation, rgb, stride, found.channel, map);
  return found;
}

void
gbp_explanation_compute (GbpExplanation *explanation, const guint8 *rgb, gsize stride,
    float *gradient, GbpResult *result)
{
  GbpResult found;
  GbpFloatEnvironment environment;

  g_return_if_fail (explanation != NULL && explanation->outcome != NULL);
  g_return_if_fail (
      rgb != NULL && gradient != NULL && stride >= 3 * (gsize) explanation->own.plan.input.width);
  environment = gbp_float_environment_begin (GBP_DENORMALS_ZERO);
  found = compute (explanation, rgb, stride, gradient);
  gbp_float_environment_end (environment);
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

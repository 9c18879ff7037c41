/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "metrics.h"
#include "study.h"

#define SIZE   GBP_SCENE_SIZE
#define PIXELS GBP_HONEST_PIXELS
#define SEED   1
#define N_MOST 12 /* scenes, where two maps of each layer are asked for */
#define TRIES  8  /* to find two channels that both respond */

/* The randomised network's map beside the trained one's. */
static void
compare_maps (GbpStudy *study, guint method, guint scene, const char *layer, const float *map)
{
  const char *name = study->methods[method].name;
  const float *trained = gbp_study_get_map (study, method, scene);

  if (gbp_map_is_empty (trained, PIXELS))
    return;
  gbp_results_add (study->results, "cascade", name, layer, "ssim",
      gbp_structural_similarity (trained, map, SIZE, SIZE));
  gbp_results_add (
      study->results, "cascade", name, layer, "rank", gbp_rank_correlation (trained, map, PIXELS));
}

/* With all weights random. */
static void
compare_untrained (GbpStudy *study, guint method, guint scene, const float *map)
{
  const char *name = study->methods[method].name;
  double trained = gbp_histogram_entropy (gbp_study_get_map (study, method, scene), PIXELS);
  g_autofree float *edges = g_new (float, PIXELS);

  if (trained > 0)
    gbp_results_add (study->results, "complexity", name, "-", "change",
        (gbp_histogram_entropy (map, PIXELS) - trained) / trained);
  gbp_sobel_edges (study->scenes[scene].rgb, study->scenes[scene].stride, SIZE, SIZE, edges);
  gbp_results_add (
      study->results, "edges", name, "-", "untrained", gbp_rank_correlation (map, edges, PIXELS));
}

const char *const *
gbp_study_get_hung (void)
{
  static const char *const layers[] = {
      "predictions", "block5_conv1", "block4_conv1", "block3_conv1", "block1_conv1", NULL};

  return layers;
}

static void
hang_map (GbpStudy *study, guint method, const char *layer, const float *map)
{
  const char *const *hung = gbp_study_get_hung ();

  for (guint i = 0; study->gallery != NULL && hung[i] != NULL; i++)
    if (g_str_equal (hung[i], layer))
      gbp_gallery_hang (study->gallery, method, i + 1, map);
}

static void
explain_randomized (GbpStudy *study, GbpExplainer *explainer, const char *layer, gboolean is_last)
{
  g_autofree float *gradient = g_new (float, 3 * PIXELS), *map = g_new (float, PIXELS);

  for (guint m = 0; m < study->n_methods; m++)
    for (guint i = 0; i < gbp_study_count_scenes (study, m); i++) {
      const GbpScene *scene = &study->scenes[i];
      const GbpQuestion question = {scene->rgb, scene->stride, NULL, scene->label};

      if (!study->methods[m].has_network)
        continue;
      gbp_explainer_explain (explainer, &study->methods[m], &question, gradient);
      gbp_honest_reduce (gradient, map);
      compare_maps (study, m, i, layer, map);
      if (i == 0)
        hang_map (study, m, layer, map);
      if (is_last)
        compare_untrained (study, m, i, map);
    }
}

void
gbp_study_cascade (GbpStudy *study, const char *const *layers)
{
  for (; *layers != NULL; layers++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GbpNetwork) network =
        gbp_network_new_randomized (study->network, *layers, SEED, &error);
    g_auto (GbpExplainer) explainer = {0};

    if (network == NULL)
      g_error ("%s", error->message);
    gbp_explainer_init (&explainer, network, study->fault);
    explain_randomized (study, &explainer, *layers, layers[1] == NULL);
  }
}

/* A channel of the layer whose gradient is not zero, other than @taken; that gradient.
 * Returns: -1: none was found */
static int
explain_some_channel (GbpExplainer *explainer, const GbpHonestMethod *method, const GbpScene *scene,
    const char *layer, guint n_channels, int taken, guint32 *state, float *gradient)
{
  for (guint i = 0; i < TRIES; i++) {
    const GbpQuestion question = {
        scene->rgb, scene->stride, layer, (int) (gbp_honest_random (state) % n_channels)};

    if (question.channel == taken)
      continue;
    gbp_explainer_explain (explainer, method, &question, gradient);
    if (gbp_cosine (gradient, gradient, 3 * PIXELS) > 0)
      return question.channel;
  }
  return -1;
}

static void
compare_channels (GbpStudy *study, GbpExplainer *explainer, guint method, const char *layer)
{
  const GbpHonestMethod *row = &study->methods[method];
  g_autofree float *first = g_new (float, 3 * PIXELS), *second = g_new (float, 3 * PIXELS);
  guint n_channels;

  gbp_network_get_layer_shape (study->network, layer, NULL, NULL, &n_channels, NULL);
  for (guint i = 0; i < MIN (study->n_scenes, N_MOST); i++) {
    const GbpScene *scene = &study->scenes[i];
    guint32 state = i + 1;
    int taken = explain_some_channel (explainer, row, scene, layer, n_channels, -1, &state, first);

    if (taken >= 0
        && explain_some_channel (explainer, row, scene, layer, n_channels, taken, &state, second)
               >= 0)
      gbp_results_add (study->results, "convergence", row->name, layer, "cosine",
          gbp_cosine (first, second, 3 * PIXELS));
  }
}

void
gbp_study_convergence (GbpStudy *study, const char *const *layers)
{
  g_auto (GbpExplainer) explainer = {0};

  gbp_explainer_init (&explainer, study->network, study->fault);
  for (; *layers != NULL; layers++)
    for (guint m = 0; m < study->n_methods; m++)
      if (study->methods[m].is_rule)
        compare_channels (study, &explainer, m, *layers);
}

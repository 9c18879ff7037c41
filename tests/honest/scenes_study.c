/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include "curve.h"
#include "measures.h"
#include "metrics.h"
#include "study.h"

#define SIZE   GBP_SCENE_SIZE
#define PIXELS GBP_HONEST_PIXELS
#define NOISE  8 /* levels up or down; evenly, so that the deviation is 4.9 of 255 */

/* One method on one scene.
 * @gradient: [pixels][3], what the method says; @other, @other_map: and of something else
 * @map: the study's */
typedef struct {
  GbpStudy *study;
  GbpExplainer *explainer;
  GbpJudge *judge;
  const GbpHonestMethod *method;
  const GbpScene *scene;
  guint index; /* of the scene */
  float *gradient, *other;
  float *map, *other_map;
} Trial;

guint
gbp_study_count_scenes (const GbpStudy *study, guint method)
{
  guint n_most = study->methods[method].n_most;

  return n_most > 0 ? MIN (n_most, study->n_scenes) : study->n_scenes;
}

float *
gbp_study_get_map (const GbpStudy *study, guint method, guint scene)
{
  return study->maps + ((gsize) method * study->n_scenes + scene) * PIXELS;
}

static void
record (const Trial *trial, const char *experiment, const char *measure, double number)
{
  gbp_results_add (trial->study->results, experiment, trial->method->name, "-", measure, number);
}

/* How like @other_map is, where there is something to be like. */
static void
record_likeness (const Trial *trial, const char *experiment)
{
  if (gbp_map_is_empty (trial->map, PIXELS))
    return;
  record (trial, experiment, "ssim",
      gbp_structural_similarity (trial->map, trial->other_map, SIZE, SIZE));
  record (trial, experiment, "rank", gbp_rank_correlation (trial->map, trial->other_map, PIXELS));
}

static void
try_focus (const Trial *trial)
{
  GbpFocus focus;

  gbp_scene_focus (trial->scene, trial->gradient, &focus);
  record (trial, "focus", "ratio", focus.ratio);
  record (trial, "focus", "points", focus.points);
  record (trial, "focus", "empty", gbp_map_is_empty (trial->map, PIXELS));
}

/* Another class than the scene's, from scene to scene a different one. */
static int
choose_other_class (const Trial *trial)
{
  guint n_classes;
  int other;

  gbp_network_get_layer_shape (trial->study->network,
      gbp_network_get_class_layer (trial->study->network), NULL, NULL, &n_classes, NULL);
  other = (int) ((guint) trial->scene->label + 1 + 7 * trial->index) % (int) n_classes;
  return other != trial->scene->label ? other : (other + 1) % (int) n_classes;
}

/* The map of a picture for a class becomes @other_map. */
static void
explain_other (const Trial *trial, const guint8 *rgb, gsize stride, int class_index)
{
  const GbpQuestion question = {rgb, stride, NULL, class_index};

  gbp_explainer_explain (trial->explainer, trial->method, &question, trial->other);
  gbp_honest_reduce (trial->other, trial->other_map);
}

static void
try_classes (const Trial *trial)
{
  explain_other (trial, trial->scene->rgb, trial->scene->stride, choose_other_class (trial));
  record_likeness (trial, "classes");
}

/* Packed. */
static guint8 *
copy_image (const GbpScene *scene)
{
  guint8 *rgb = g_new (guint8, 3 * PIXELS);

  for (guint y = 0; y < SIZE; y++)
    memcpy (rgb + 3 * SIZE * y, scene->rgb + y * scene->stride, 3 * SIZE);
  return rgb;
}

static double
score_class (gpointer data, const guint8 *rgb)
{
  const Trial *trial = data;

  return gbp_judge_score (trial->judge, rgb, trial->scene->label, NULL);
}

static void
try_curve (Trial *trial, const char *name, const guint8 *from, const guint8 *to)
{
  g_autofree guint *order = g_new (guint, PIXELS);
  guint n = trial->study->n_points;
  g_autofree double *curve = g_new (double, n);

  gbp_order_descending (trial->map, PIXELS, order);
  gbp_exchange_curve (from, to, PIXELS, order, score_class, trial, n, curve);
  record (trial, "pixels", name, gbp_area_under_curve (curve, n));
}

static void
try_pixels (Trial *trial)
{
  g_autofree guint8 *rgb = copy_image (trial->scene);
  g_autofree guint8 *other = g_new (guint8, 3 * PIXELS);

  gbp_blur (rgb, 3 * SIZE, SIZE, SIZE, other);
  try_curve (trial, "insertion", other, rgb);
  memset (other, 128, 3 * PIXELS);
  try_curve (trial, "deletion", rgb, other);
}

static void
try_ascent (Trial *trial)
{
  g_autofree guint8 *rgb = copy_image (trial->scene);
  double before, after;

  gbp_judge_score (trial->judge, rgb, trial->scene->label, &before);
  for (guint i = 0; i < 3 * PIXELS; i++) {
    int step = (trial->gradient[i] > 0) - (trial->gradient[i] < 0);

    rgb[i] = (guint8) CLAMP (rgb[i] + step, 0, G_MAXUINT8);
  }
  gbp_judge_score (trial->judge, rgb, trial->scene->label, &after);
  record (trial, "ascent", "rises", after > before);
}

static void
try_noise (Trial *trial)
{
  g_autofree guint8 *rgb = copy_image (trial->scene);
  guint32 state = trial->index + 1;

  for (guint i = 0; i < 3 * PIXELS; i++) {
    int step = (int) (gbp_honest_random (&state) % (2 * NOISE + 1)) - NOISE;

    rgb[i] = (guint8) CLAMP (rgb[i] + step, 0, G_MAXUINT8);
  }
  explain_other (trial, rgb, 3 * SIZE, trial->scene->label);
  record_likeness (trial, "noise");
}

static void
try_edges (const Trial *trial)
{
  gbp_sobel_edges (trial->scene->rgb, trial->scene->stride, SIZE, SIZE, trial->other_map);
  record (trial, "edges", "trained", gbp_rank_correlation (trial->map, trial->other_map, PIXELS));
}

static void
try_scene (Trial *trial)
{
  const GbpQuestion question = {trial->scene->rgb, trial->scene->stride, NULL, trial->scene->label};

  gbp_explainer_explain (trial->explainer, trial->method, &question, trial->gradient);
  gbp_honest_reduce (trial->gradient, trial->map);
  try_focus (trial);
  if (trial->method->has_network)
    try_classes (trial);
  try_pixels (trial);
  if (trial->method->has_sign)
    try_ascent (trial);
  try_noise (trial);
  try_edges (trial);
}

/* Beside its edges, the scene itself. */
static void
hang_first (Trial *trial, guint method)
{
  GbpGallery *gallery = trial->study->gallery;

  gbp_gallery_hang (gallery, method, 0, trial->map);
  if (trial->method->explain != gbp_explain_by_edges)
    return;
  for (guint i = 0; i < PIXELS; i++)
    trial->other_map[i] = trial->scene->rgb[i / SIZE * trial->scene->stride + 3 * (i % SIZE) + 1];
  gbp_gallery_hang (gallery, method, 1, trial->other_map);
}

void
gbp_study_scenes (GbpStudy *study)
{
  g_auto (GbpExplainer) explainer = {0};
  g_autoptr (GbpJudge) judge = gbp_judge_new (study->network);
  g_autofree float *gradient = g_new (float, 3 * PIXELS), *other = g_new (float, 3 * PIXELS);
  g_autofree float *other_map = g_new (float, PIXELS);
  Trial trial = {.study = study, .explainer = &explainer, .judge = judge, .gradient = gradient};

  trial.other = other;
  trial.other_map = other_map;
  gbp_explainer_init (&explainer, study->network, study->fault);
  for (guint m = 0; m < study->n_methods; m++)
    for (guint i = 0; i < gbp_study_count_scenes (study, m); i++) {
      trial.method = &study->methods[m];
      trial.scene = &study->scenes[i];
      trial.index = i;
      trial.map = gbp_study_get_map (study, m, i);
      try_scene (&trial);
      if (i == 0 && study->gallery != NULL)
        hang_first (&trial, m);
    }
}

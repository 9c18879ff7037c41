/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The experiments: each method, on each scene, asked for the scene's true class. */
#pragma once

#include "gallery.h"
#include "judge.h"
#include "methods.h"
#include "results.h"

G_BEGIN_DECLS

/* What the experiments share.
 * @scenes: [n_scenes]
 * @n_points: of the curves of insertion and deletion
 * @gallery: (nullable): of the first scene: a row for each method; the first column is the trained network's, the
 *     others have random weights down to one of gbp_study_get_hung()
 * @maps: [n_methods][n_scenes][pixels] (owned): what the network's explanations look like; those of scenes beyond a
 *     method's own number are not there */
typedef struct {
  GbpNetwork *network;
  GbpResults *results;
  const GbpHonestMethod *methods;
  guint n_methods;
  const GbpScene *scenes;
  guint n_scenes;
  guint n_points;
  GbpFault fault;
  GbpGallery *gallery;
  float *maps;
} GbpStudy;

/* How many of the scenes a method is asked about. */
guint gbp_study_count_scenes (const GbpStudy *study, guint method);

float *gbp_study_get_map (const GbpStudy *study, guint method, guint scene);

/* The layers whose randomised networks' maps are hung in the gallery, NULL-terminated. */
const char *const *gbp_study_get_hung (void);

/* Each scene by itself; fills @study's maps. Likeness to a map that is empty is not looked at:
 *   focus: where the energy is: ratio and points, as tests/weights/measures.h has them; empty: whether there is none
 *   classes: how like the map for another class is (random logit; Sixt et al. 2020): ssim, rank
 *   pixels: insertion, deletion: the area under the curve of the class' softmax (Petsiuk et al. 2018)
 *   ascent: whether the class' logit rises when each value of each pixel goes one of 255 levels where the sign points
 *   noise: how like the map of the same scene under noise of 2 % is: ssim, rank
 *   edges: rank correlation with the edges of the picture, "trained" (Nie et al. 2018) */
void gbp_study_scenes (GbpStudy *study);

/* Weights made random from the top down (Adebayo et al. 2018), after each of @layers:
 *   cascade: how like the map of the randomised network is to the trained one's: ssim, rank
 * and with all random:
 *   complexity: the relative change of the map's entropy (eMPRT; Hedström et al. 2023)
 *   edges: "untrained"
 * @layers: NULL-terminated, from the top down; the last one is the network's first */
void gbp_study_cascade (GbpStudy *study, const char *const *layers);

/* Convergence (Sixt et al. 2020):
 *   convergence: the cosine, at the pixels, between what comes of two channels of a layer, of each of @layers: 1 where
 *   the way back ends at the same, whatever was asked */
void gbp_study_convergence (GbpStudy *study, const char *const *layers);

G_END_DECLS

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How much of an explanation lies on the object that it is about. */
#pragma once

#include "scenes.h"

G_BEGIN_DECLS

/* GbpOutline: what a scene is like, whatever the network
 * @area: the mask's share of the image, 0 … 1
 * @object_edges: mean energy of the edges (squared luminance differences) inside the mask
 * @ground_edges: and outside it */
typedef struct {
  double area;
  double object_edges;
  double ground_edges;
} GbpOutline;

/* GbpFocus: where a gradient's energy is: the sum over its channels of its squares
 * @ratio: the share inside the mask, divided by the mask's share of the image; 1 is chance, and 0 is
 *     also what a gradient that is zero everywhere gets
 * @points: 1 if the largest energy is inside the mask (the pointing game, Zhang et al. 2016), else 0 */
typedef struct {
  double ratio;
  double points;
} GbpFocus;

gboolean gbp_scene_is_object (const GbpScene *scene, guint x, guint y);
void gbp_scene_outline (const GbpScene *scene, GbpOutline *outline);

/* @gradient: float32 [224][224][3] */
void gbp_scene_focus (const GbpScene *scene, const float *gradient, GbpFocus *focus);

/* @numbers: (inout): sorted, and its median taken; the mean of the two in the middle where there are
 * as many above as below; 0 without numbers */
double gbp_median (double *numbers, guint n);

G_END_DECLS

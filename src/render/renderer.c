/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gbp/renderer.h>

#include <math.h>
#include <string.h>

#include "kernel/floating_point.h"
#include "kernel/memory.h"
#include "kernel/scratch.h"
#include "render/choices.h"
#include "render/colormap.h"
#include "render/paint.h"
#include "render/scale.h"
#include "render/scene.h"
#include "render/soften.h"

/* What is left of a change after five time constants: less than a step of 8 bits, of a range that was four times as
 * large too. */
#define LEFT_AFTER_FIVE (1.0 / 2048)

/* Of a renderer: its sizes in bytes are then far from the largest that there are. */
#define MAX_PIXELS (1u << 28)

/* A range that becomes so many times larger or smaller at once is that of another scene. */
#define JUMP 4

/* A style without what is to be decided, and within its ranges. */
typedef struct {
  GbpStyle style;
  GbpMapKind kind;
  GbpNormalize normalize;
  double softness;
} Resolved;

/* @memory: for @values, [height][width][up to 3], and @scratch, for gbp_soften(), which are there while a map is
 * rendered
 * @average: of the values over time, as large as they; takes memory from when maps are first smoothed
 * @scale: smoothed
 * @time: of the last map
 * @resolved: the style that the state is of */
struct _GbpRenderer {
  gsize height;
  gsize width;
  GbpScratch *memory;
  float *values;
  float *scratch;
  float *average;
  gboolean has_state;
  GbpScale scale;
  gint64 time;
  Resolved resolved;
  GbpScene scene;
};

/* As an address: that of the memory in which maps are rendered. */
static const char rendering[] = "rendering";

GbpRenderer *
gbp_renderer_new (guint height, guint width)
{
  GbpRenderer *renderer;
  GbpScene *scene;

  g_return_val_if_fail (height > 0 && width > 0, NULL);
  renderer = (guint64) height * width <= MAX_PIXELS ? g_try_new0 (GbpRenderer, 1) : NULL;
  if (renderer == NULL)
    return NULL;
  scene = &renderer->scene;
  renderer->height = height;
  renderer->width = width;
  renderer->memory = gbp_scratch_join (rendering, 0,
      (3 * renderer->height * width + gbp_soften_count_scratch (height, width)) * sizeof (float));
  renderer->average = gbp_memory_new (3 * renderer->height * width, sizeof (float));
  scene->rows = height / GBP_SCENE_BLOCK;
  scene->columns = width / GBP_SCENE_BLOCK;
  scene->means = g_try_new0 (guint16, (gsize) scene->rows * scene->columns + 1);
  if (renderer->memory == NULL || renderer->average == NULL || scene->means == NULL)
    g_clear_pointer (&renderer, gbp_renderer_free);
  return renderer;
}

void
gbp_renderer_free (GbpRenderer *renderer)
{
  if (renderer == NULL)
    return;
  g_clear_pointer (&renderer->memory, gbp_scratch_leave);
  gbp_memory_free (renderer->average);
  g_free (renderer->scene.means);
  g_free (renderer);
}

void
gbp_renderer_reset (GbpRenderer *renderer)
{
  g_return_if_fail (renderer != NULL);
  renderer->has_state = FALSE;
}

gboolean
gbp_renderer_watch (GbpRenderer *renderer, const guint8 *rgb, gsize stride)
{
  gboolean is_cut;

  g_return_val_if_fail (renderer != NULL && rgb != NULL && stride >= 3 * renderer->width, FALSE);
  is_cut = gbp_scene_watch (&renderer->scene, rgb, stride);
  if (is_cut)
    gbp_renderer_reset (renderer);
  return is_cut;
}

/* The article's picture stays the article's: the three channels alone, over the frame's range. */
static void
resolve (const GbpStyle *style, Resolved *resolved)
{
  gboolean is_plain =
      style->colormap == GBP_COLORMAP_RGB && style->look == GBP_LOOK_OVER && style->blend >= 1;

  memset (resolved, 0, sizeof *resolved);
  resolved->style = *style;
  resolved->style.blend = CLAMP (style->blend, 0, 1);
  resolved->style.clip = CLAMP (style->clip, 0, 100);
  resolved->kind = gbp_map_get_kind (style->colormap);
  resolved->normalize = style->normalize;
  if (style->normalize == GBP_NORMALIZE_AUTO)
    resolved->normalize = is_plain ? GBP_NORMALIZE_FRAME : GBP_NORMALIZE_PERCENTILE;
  resolved->softness = MIN (style->softness, GBP_SOFTNESS_MAX);
  if (style->softness < 0)
    resolved->softness = is_plain ? 0 : gbp_look_get_softness (style->look);
}

/* Whether values and scales of the two can be averaged. */
static gboolean
is_of_one_kind (const Resolved *a, const Resolved *b)
{
  return a->kind == b->kind && a->normalize == b->normalize && a->softness == b->softness
         && a->style.reduce == b->style.reduce && a->style.clip == b->style.clip
         && a->style.smooth_map == b->style.smooth_map;
}

/* The share of a change that has come in since the last map; 1 where nothing is to be smoothed. */
static double
find_share (const GbpRenderer *renderer, const Resolved *resolved, gint64 time)
{
  double n_constants;

  if (!renderer->has_state || !is_of_one_kind (&renderer->resolved, resolved) || time < 0
      || time < renderer->time || !(resolved->style.smoothing > 0))
    return 1;
  n_constants = (double) (time - renderer->time) / 1e6 / resolved->style.smoothing;
  return 1 - pow (LEFT_AFTER_FIVE, n_constants / 5);
}

/* Moves the average towards the values and the values to the average. */
static void
average (float *values, float *mean, gsize n_values, float share)
{
  for (gsize i = 0; i < n_values; i++)
    values[i] = mean[i] = share == 1 ? values[i] : mean[i] + share * (values[i] - mean[i]);
}

static gboolean
is_jump (const GbpScale *from, const GbpScale *to)
{
  double before = from->high - from->low, after = to->high - to->low;

  return after > JUMP * before || before > JUMP * after;
}

/* The range of a map that is averaged is steady as it is. A map without gradient says nothing of the range. */
static void
smooth_scale (GbpRenderer *renderer, const Resolved *resolved, double share, GbpScale *scale)
{
  if (!(scale->low < scale->high))
    return;
  if (!resolved->style.smooth_map && share < 1 && !is_jump (&renderer->scale, scale)) {
    scale->low = renderer->scale.low + share * (scale->low - renderer->scale.low);
    scale->high = renderer->scale.high + share * (scale->high - renderer->scale.high);
  }
  renderer->scale = *scale;
}

static void
paint (const GbpRenderer *renderer, const Resolved *resolved, const GbpScale *scale, guint8 *rgb,
    gsize stride, guint8 *opacity, gsize opacity_stride)
{
  gsize n_row = renderer->width * gbp_map_get_n_values (resolved->kind);

  for (gsize y = 0; y < renderer->height; y++) {
    const float *row = renderer->values + y * n_row;

    gbp_paint_row (resolved->style.colormap, scale, row, renderer->width, rgb + y * stride);
    if (opacity != NULL)
      gbp_paint_look_row (resolved->style.look, resolved->style.blend, resolved->kind, scale, row,
          renderer->width, rgb + y * stride, opacity + y * opacity_stride);
  }
}

void
gbp_renderer_render (GbpRenderer *renderer, const GbpStyle *style, const float *gradient,
    gint64 time, guint8 *rgb, gsize stride, guint8 *opacity, gsize opacity_stride, GbpScale *scale)
{
  GbpFloatEnvironment environment;
  GbpScale found = {.peak = 0};
  Resolved resolved;
  gsize n_pixels, n_values;
  double share;

  g_return_if_fail (renderer != NULL && style != NULL && gradient != NULL && rgb != NULL);
  g_return_if_fail (stride >= 3 * renderer->width);
  g_return_if_fail (opacity == NULL || opacity_stride >= renderer->width);
  environment = gbp_float_environment_begin (GBP_DENORMALS_KEPT);
  n_pixels = renderer->height * renderer->width;
  resolve (style, &resolved);
  n_values = n_pixels * gbp_map_get_n_values (resolved.kind);
  share = find_share (renderer, &resolved, time);
  renderer->values = gbp_scratch_take (renderer->memory);
  renderer->scratch = renderer->values + 3 * n_pixels;
  gbp_map_reduce (resolved.kind, style->reduce, gradient, n_pixels, renderer->values);
  if (resolved.style.smooth_map)
    average (renderer->values, renderer->average, n_values, (float) share);
  if (resolved.softness > 0)
    gbp_soften (resolved.softness, gbp_map_get_n_values (resolved.kind), (guint) renderer->height,
        (guint) renderer->width, renderer->values, renderer->scratch);
  gbp_scale_find (
      resolved.kind, &resolved.style, resolved.normalize, renderer->values, n_values, &found);
  smooth_scale (renderer, &resolved, share, &found);
  renderer->has_state = TRUE;
  renderer->resolved = resolved;
  renderer->time = time;
  paint (renderer, &resolved, &found, rgb, stride, opacity, opacity_stride);
  gbp_scratch_give_back (renderer->memory, renderer->values);
  gbp_float_environment_end (environment);
  if (scale != NULL)
    *scale = found;
}

void
gbp_style_get_zero (const GbpStyle *style, const GbpScale *scale, guint8 rgb[3], guint8 *opacity)
{
  static const float zero[3];
  Resolved resolved;

  g_return_if_fail (style != NULL && scale != NULL && rgb != NULL && opacity != NULL);
  resolve (style, &resolved);
  gbp_paint_row (style->colormap, scale, zero, 1, rgb);
  gbp_paint_look_row (
      style->look, resolved.style.blend, resolved.kind, scale, zero, 1, rgb, opacity);
}

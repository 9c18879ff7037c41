/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gbp/picture.h>

G_BEGIN_DECLS

/**
 * GbpReduce:
 * @GBP_REDUCE_MAX_ABS: the largest absolute value
 * @GBP_REDUCE_SUM_ABS: the sum of the absolute values
 * @GBP_REDUCE_POSITIVE: the largest positive value: where more light would raise the target
 * @GBP_REDUCE_NEGATIVE: the largest absolute value below zero: where more light would lower it
 *
 * How the three channels of a gradient become one strength; gbp_list_reductions() lists them. GBP_COLORMAP_RGB shows
 * the channels as they are. GBP_COLORMAP_DIVERGING shows strengths with their sign: the value that is largest in
 * absolute terms, the sum, or only the values on one side of zero.
 */
typedef enum {
  GBP_REDUCE_MAX_ABS,
  GBP_REDUCE_SUM_ABS,
  GBP_REDUCE_POSITIVE,
  GBP_REDUCE_NEGATIVE,
} GbpReduce;

/**
 * GbpNormalize:
 * @GBP_NORMALIZE_AUTO: GBP_NORMALIZE_FRAME for the three channels alone, as the article shows them;
 *     GBP_NORMALIZE_PERCENTILE for all else
 * @GBP_NORMALIZE_FRAME: of the three channels the smallest and the largest, so that the colour of zero changes
 *     from frame to frame; of strengths zero and the largest
 * @GBP_NORMALIZE_ZERO_CENTRED: the largest absolute value on both sides of zero: zero keeps its colour
 * @GBP_NORMALIZE_PERCENTILE: on both sides of zero a percentile of the absolute values above zero; what is beyond
 *     is cut off. Of guided gradients a few pixels are five times as strong as the 99th percentile: scaled by them,
 *     the rest looks empty
 * @GBP_NORMALIZE_FIXED: a given value on both sides of zero, so that brightness can be compared between frames
 *
 * Which values get the colours at the ends of a colour map; gbp_list_normalizations() lists them.
 */
typedef enum {
  GBP_NORMALIZE_AUTO,
  GBP_NORMALIZE_FRAME,
  GBP_NORMALIZE_ZERO_CENTRED,
  GBP_NORMALIZE_PERCENTILE,
  GBP_NORMALIZE_FIXED,
} GbpNormalize;

/**
 * GbpLook:
 * @GBP_LOOK_OVER: the picture over the video, everywhere with the opacity b
 * @GBP_LOOK_STRENGTH: with the opacity b · s: the video stays as it is where there is nothing
 * @GBP_LOOK_SPOTLIGHT: the video, darker where there is less: black over it with the opacity 0.85 · b · (1 − √s)
 * @GBP_LOOK_SCREEN: the video, lightened by the picture: (1 − b·m) · video + b · picture, where m is the largest
 *     component of the picture's pixel
 * @GBP_LOOK_SIDE_BY_SIDE: the video on the left, GBP_LOOK_OVER on the right, each at half the width
 *
 * How picture and video meet; b is the style's blend, s the strength of a pixel, 0 … 1. gbp_list_looks() lists them.
 */
typedef enum {
  GBP_LOOK_OVER,
  GBP_LOOK_STRENGTH,
  GBP_LOOK_SPOTLIGHT,
  GBP_LOOK_SCREEN,
  GBP_LOOK_SIDE_BY_SIDE,
} GbpLook;

/**
 * GBP_SOFTNESS_AUTO: (value -1.0)
 *
 * No softness for the article's picture; else what the look wants.
 */
#define GBP_SOFTNESS_AUTO (-1.0)

/**
 * GBP_SOFTNESS_MAX:
 *
 * The largest softness of a style, in pixels of the network's input.
 */
#define GBP_SOFTNESS_MAX 20.0

/**
 * GbpStyle:
 * @colormap: the colours
 * @look: how the picture will meet the video
 * @blend: the picture's share, 0 … 1
 * @reduce: from three channels to one
 * @normalize: which values get the colours at the ends
 * @clip: of GBP_NORMALIZE_PERCENTILE: the percentile, above 0 and up to 100
 * @range: of GBP_NORMALIZE_FIXED: the value that gets the colour at the upper end; above 0, as gradients are: per
 *     unit of a pixel's 0 … 255
 * @softness: deviation of a Gaussian in pixels of the network's input, 0 … GBP_SOFTNESS_MAX, or
 *     GBP_SOFTNESS_AUTO
 * @smoothing: time constant in milliseconds by which the range follows a change; after five of them 1/2048 of the
 *     change is left. 0: at once
 * @smooth_map: whether the map itself follows its changes so, and not its range alone
 *
 * How gradients become pictures. GBP_STYLE_INIT has the defaults: begin with them, since a later version may put
 * more members into the room that is left. Values beyond their ranges are taken as the nearest valid ones.
 */
typedef struct {
  GbpColormap colormap;
  GbpLook look;
  double blend;
  GbpReduce reduce;
  GbpNormalize normalize;
  double clip;
  double range;
  double softness;
  double smoothing;
  gboolean smooth_map;

  /*< private >*/
  gpointer reserved[8];
} GbpStyle;

/**
 * GBP_STYLE_INIT: (skip)
 *
 * The article's picture; of another colour map or look what looks right.
 */
#define GBP_STYLE_INIT                                                                             \
  {                                                                                                \
    GBP_COLORMAP_RGB, GBP_LOOK_OVER, 1, GBP_REDUCE_MAX_ABS, GBP_NORMALIZE_AUTO, 99, 1,             \
        GBP_SOFTNESS_AUTO, 0, FALSE,                                                               \
    {                                                                                              \
      NULL                                                                                         \
    }                                                                                              \
  }

/**
 * GbpScale:
 * @low: the value at the colour map's lower end
 * @high: the value at its upper end
 * @peak: the largest absolute value of the map, before anything is cut off
 *
 * What the colours stand for, in units of the gradient: the target's change for one of a pixel's 255 steps.
 */
typedef struct {
  double low;
  double high;
  double peak;

  /*< private >*/
  double reserved[5];
} GbpScale;

/**
 * GbpRenderer: (skip)
 *
 * Turns the gradients of a stream into pictures, and keeps what smoothing needs. Of one thread at a time: calls for one
 * renderer must not overlap, those for two may.
 */
typedef struct _GbpRenderer GbpRenderer;

/**
 * gbp_renderer_new: (skip)
 * @height: rows of the network's input, as gbp_network_get_input_size() has them
 * @width: pixels in each of them
 *
 * From any thread.
 *
 * Returns: (transfer full) (nullable): free with gbp_renderer_free(); NULL if there is no memory for it, some
 *     36 bytes a pixel, or if it has more than 2²⁸ pixels
 */
GBP_AVAILABLE_IN_0_1 GbpRenderer *gbp_renderer_new (guint height, guint width);

/**
 * gbp_renderer_free: (skip)
 * @renderer: (transfer full) (nullable): a renderer; nothing is done for NULL
 *
 * Frees a renderer, which no thread may be using.
 */
GBP_AVAILABLE_IN_0_1 void gbp_renderer_free (GbpRenderer *renderer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GbpRenderer, gbp_renderer_free)

/**
 * gbp_renderer_reset: (skip)
 * @renderer: a renderer
 *
 * After a break in the stream: nothing is smoothed with what came before.
 */
GBP_AVAILABLE_IN_0_1 void gbp_renderer_reset (GbpRenderer *renderer);

/**
 * gbp_renderer_watch: (skip)
 * @renderer: a renderer
 * @rgb: the image whose gradient is rendered next, 8-bit RGB, [height][width][3], rows @stride bytes apart
 * @stride: at least 3 · width
 *
 * Compares it with the last one, coarsely, and resets @renderer if the scene is another one.
 *
 * Returns: TRUE at a scene cut; FALSE at the first image
 */
GBP_AVAILABLE_IN_0_1 gboolean gbp_renderer_watch (
    GbpRenderer *renderer, const guint8 *rgb, gsize stride);

/**
 * gbp_renderer_render: (skip)
 * @renderer: a renderer
 * @style: (transfer none): values beyond their ranges are taken as the nearest valid ones
 * @gradient: float32 [height][width][3] in RGB order; a value that is not finite counts as zero
 * @time: the frame's running time in nanoseconds, for smoothing; negative: unknown, and nothing is smoothed. A time
 *     before the last one resets; the last one again changes nothing of what is smoothed
 * @rgb: (out caller-allocates): the picture, 8-bit RGB, [height][width][3], rows @stride bytes apart
 * @stride: at least 3 · width
 * @opacity: (out caller-allocates) (optional): the picture's share in each pixel, 0 … 255 for 0 … 1, [height][width],
 *     rows @opacity_stride bytes apart: with it gbp_blend_each_u8() makes the style's look of the video. For
 *     GBP_LOOK_SPOTLIGHT the picture is black
 * @opacity_stride: at least width, where @opacity is not NULL
 * @scale: (out caller-allocates) (optional): what the colours stand for
 *
 * A gradient of zeros gives the colour of zero everywhere. Allocates nothing; takes longer the softer the style is, and
 * waits where as many renderers of the process as there are CPUs are rendering.
 */
GBP_AVAILABLE_IN_0_1 void gbp_renderer_render (GbpRenderer *renderer, const GbpStyle *style,
    const float *gradient, gint64 time, guint8 *rgb, gsize stride, guint8 *opacity,
    gsize opacity_stride, GbpScale *scale);

/**
 * gbp_style_get_zero: (skip)
 * @style: a style
 * @scale: as gbp_renderer_render() gave it with @style
 * @rgb: (out caller-allocates): what a pixel without gradient got: the colour
 * @opacity: (out caller-allocates): and the opacity
 *
 * From any thread.
 */
GBP_AVAILABLE_IN_0_1 void gbp_style_get_zero (
    const GbpStyle *style, const GbpScale *scale, guint8 rgb[3], guint8 *opacity);

/**
 * gbp_opacity_spread: (skip)
 * @opacity: [height][width], rows @stride bytes apart, 0 … 255
 * @stride: bytes from one row of @opacity to the next, at least @width
 * @width: pixels in a row of @opacity
 * @height: rows of @opacity
 * @x_step: every so manyth pixel counts: 2 for chroma of half resolution
 * @y_step: every so manyth row counts
 * @one: the largest value of a component: up to 255 it has 8 bits, above 16
 * @to: (out): the opacity as a component of ⌈height / y_step⌉ rows, @to_stride bytes apart, of
 *     ⌈width / x_step⌉ values, @to_step bytes apart, 0 … @one
 * @to_stride: bytes from one row of @to to the next
 * @to_step: bytes from one value of @to to the next
 *
 * Makes weights for gbp_blend_each_u8() or gbp_blend_each_u16() of an opacity. From any thread.
 */
GBP_AVAILABLE_IN_0_1 void gbp_opacity_spread (const guint8 *opacity, gsize stride, gsize width,
    gsize height, gsize x_step, gsize y_step, guint16 one, gpointer to, gsize to_stride,
    gsize to_step);

/**
 * gbp_compose_over_grey: (skip)
 * @pixels: (inout): rows of @width pixels of four 8-bit components, @stride bytes apart: alpha, then red, green and
 *     blue, not multiplied with it
 * @stride: bytes from one row to the next, at least 4 · @width
 * @width: pixels in a row
 * @height: rows
 *
 * Makes every pixel what it looks like over mid grey (128), and opaque. From any thread.
 */
GBP_AVAILABLE_IN_0_1 void gbp_compose_over_grey (
    guint8 *pixels, gsize stride, gsize width, gsize height);

/**
 * gbp_blend_each_u8: (skip)
 * @frame: (inout): rows of @n_components 8-bit components, @frame_stride bytes apart
 * @frame_stride: bytes from one row of @frame to the next, at least @n_components
 * @picture: rows of as many, @picture_stride bytes apart
 * @picture_stride: bytes from one row of @picture to the next, at least @n_components
 * @weights: the picture's share in each component, 0 … 255 for 0 … 1; rows of as many, @weights_stride bytes apart
 * @weights_stride: bytes from one row of @weights to the next, at least @n_components
 * @n_components: components in a row
 * @n_rows: rows
 *
 * Sets every component of @frame to (1 − weight) · frame + weight · picture, rounded to nearest. A weight of 0
 * leaves the frame as it is, one of 255 copies the picture, exactly. No two of the three overlap. From any thread.
 */
GBP_AVAILABLE_IN_0_1 void gbp_blend_each_u8 (guint8 *frame, gsize frame_stride,
    const guint8 *picture, gsize picture_stride, const guint8 *weights, gsize weights_stride,
    gsize n_components, guint n_rows);

/**
 * gbp_blend_each_u16: (skip)
 * @frame: (inout): rows of @n_components 16-bit components, @frame_stride bytes apart
 * @frame_stride: bytes from one row of @frame to the next, at least 2 · @n_components
 * @picture: rows of as many, @picture_stride bytes apart
 * @picture_stride: bytes from one row of @picture to the next, at least 2 · @n_components
 * @weights: the picture's share in each component, 0 … @one for 0 … 1; rows of as many, @weights_stride bytes apart
 * @weights_stride: bytes from one row of @weights to the next, at least 2 · @n_components
 * @n_components: components in a row
 * @n_rows: rows
 * @one: the largest value of a component, such as 1023
 *
 * As gbp_blend_each_u8(), for 16-bit components in the machine's byte order. From any thread.
 */
GBP_AVAILABLE_IN_0_1 void gbp_blend_each_u16 (guint16 *frame, gsize frame_stride,
    const guint16 *picture, gsize picture_stride, const guint16 *weights, gsize weights_stride,
    gsize n_components, guint n_rows, guint16 one);

G_END_DECLS

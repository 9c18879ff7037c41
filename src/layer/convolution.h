/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A 3×3 convolution with stride 1 and zero padding 1, both ways, by exchangeable algorithms.
 *
 *   forward   y [h][w][o] = max (Σ x [h+i−1][w+j−1][c] · kernel [i][j][c][o] + bias [o], 0), or without the maximum
 *   backward  dx [h][w][c] = gate (Σ dy [h−i+1][w−j+1][o] · kernel [i][j][c][o])
 *
 * Maps are as kernel/kernels.h has them. An algorithm may take a 2×2 max pool that follows the layer along: what
 * comes out of the layer is then never written, only what comes out of the pool. */
#pragma once

#include "kernel/kernels.h"
#include "kernel/team.h"

typedef struct {
  guint height;
  guint width;
  guint n_inputs;
  guint n_outputs;
} GbpConvolutionShape;

/* One pass over a layer, or over a part of it.
 * @input: [height][width][padded channels in]
 * @input_region: the pixels of the input that there are; all others count as zero
 * @input_channels: the channels that are not zero everywhere
 * @output: (out): [height][width][padded channels out]
 * @output_region: the pixels that are wanted; an algorithm may not write others
 * @output_channels: the channels that are wanted; an algorithm may make others too
 * @is_linear: forward: without the ReLU; @active and @near_zero are not written then, and no pool follows
 * @active: (out): forward: the outputs above zero, as bits
 * @near_zero: (out): forward: scratch of the same size
 * @argmax: (nullable): a 2×2 max pool follows, and is part of the pass: forward @output, @active and @near_zero,
 *     backward @input are what it makes or gets, half as high and wide; regions are counted before it, and
 *     begin and end at even pixels. Written forward, read backward, see kernel/pooling.h
 * @equivalence: forward, with @argmax: [height][width]: the classes of what goes into the pool
 * @gate: backward: what the ReLU before this layer lets through
 * @workspace: at least as large as the algorithm asks for, aligned */
typedef struct {
  const GbpKernels *kernels;
  GbpTeam *team;
  const float *input;
  GbpRegion input_region;
  GbpChannels input_channels;
  float *output;
  GbpRegion output_region;
  GbpChannels output_channels;
  gboolean is_linear;
  guint8 *active;
  guint8 *near_zero;
  guint8 *argmax;
  const guint64 *equivalence;
  GbpGate gate;
  float *workspace;
} GbpConvolutionPass;

typedef struct _GbpConvolution GbpConvolution;

/* An algorithm. @prepared is what it makes of the weights, once; passes only read it.
 * @prepare: @kernel is [3][3][n_inputs][n_outputs], @bias [n_outputs]; neither is kept. NULL if there is no memory
 * @takes_pool: whether a pass may have a pool behind it
 * @get_workspace: floats that a pass needs with @n_workers */
typedef struct {
  const char *name;
  gboolean takes_pool;
  gpointer (*prepare) (const GbpConvolutionShape *shape, const float *kernel, const float *bias,
      const GbpKernels *kernels);
  void (*free) (gpointer prepared);
  gsize (*get_workspace) (const GbpConvolutionShape *shape, guint n_workers);
  void (*forward) (
      const GbpConvolutionShape *shape, gconstpointer prepared, const GbpConvolutionPass *pass);
  void (*backward) (
      const GbpConvolutionShape *shape, gconstpointer prepared, const GbpConvolutionPass *pass);
} GbpConvolutionAlgorithm;

/* The definition, in plain C: slow, for the tests. */
extern const GbpConvolutionAlgorithm gbp_convolution_direct;
/* Rows of patches times the kernel as a matrix, by OpenBLAS, which gbp_blas_is_available() has opened: the portable
 * path. */
extern const GbpConvolutionAlgorithm gbp_convolution_blas;
/* Direct, for at most three channels in: a network's first layer. */
extern const GbpConvolutionAlgorithm gbp_convolution_first;
/* Winograd's F(4×4, 3×3) and F(2×2, 3×3) over packed weights: the fast path. */
extern const GbpConvolutionAlgorithm gbp_convolution_winograd;

/* What GBP_CONVOLUTION names in the environment and can be had, else the fastest for the shape. */
const GbpConvolutionAlgorithm *gbp_convolution_choose (const GbpConvolutionShape *shape);

/* @algorithm: (nullable): NULL: gbp_convolution_choose()'s
 * Returns: NULL if there is no memory */
GbpConvolution *gbp_convolution_new (const GbpConvolutionShape *shape, const float *kernel,
    const float *bias, const GbpConvolutionAlgorithm *algorithm, const GbpKernels *kernels);
void gbp_convolution_free (GbpConvolution *convolution);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GbpConvolution, gbp_convolution_free)

const char *gbp_convolution_get_algorithm (const GbpConvolution *convolution);
gboolean gbp_convolution_takes_pool (const GbpConvolution *convolution);
gsize gbp_convolution_get_workspace (const GbpConvolution *convolution, guint n_workers);
void gbp_convolution_forward (const GbpConvolution *convolution, const GbpConvolutionPass *pass);
void gbp_convolution_backward (const GbpConvolution *convolution, const GbpConvolutionPass *pass);

/* For algorithms: the bias and, unless it is linear, the ReLU on @n_pixels pixels of the output, from @first on, which
 * lie there without. */
void gbp_convolution_finish (
    const GbpConvolutionPass *pass, const float *bias, gsize first, gsize n_pixels, gsize stride);

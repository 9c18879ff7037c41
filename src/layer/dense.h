/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A dense layer, both ways. Its maps are one pixel of many channels. */
#pragma once

#include "kernel/kernels.h"
#include "kernel/team.h"

/* @kernel: (not owned): [n_inputs][n_outputs]
 * @bias: (not owned): [n_outputs] */
typedef struct {
  const GbpKernels *kernels;
  GbpTeam *team;
  guint n_inputs;
  guint n_outputs;
  const float *kernel;
  const float *bias;
  gboolean has_relu;
} GbpDense;

/* Floats that the way forward needs. */
gsize gbp_dense_get_workspace (guint n_inputs, guint n_outputs);

/* @workspace: gbp_dense_get_workspace() floats, aligned, of any content
 * @input: [padded n_inputs]; @output: (out): [padded n_outputs]
 * @active: (out) (nullable): the outputs above zero, as bits, where there is a ReLU */
void gbp_dense_forward (
    const GbpDense *dense, float *workspace, const float *input, float *output, guint8 *active);

/* @gradient: [padded n_outputs]; @output: (out): [padded n_inputs], through @gate, the ReLU before */
void gbp_dense_backward (
    const GbpDense *dense, const float *gradient, const GbpGate *gate, float *output);

/* gbp_dense_sum_pixels:
 * @n_channels: of the map whose flattened values are the layer's inputs
 * @sums: (out): [n_channels][n_outputs]: the kernel's rows of each channel, added up over the map's pixels: a dense
 *     layer of the channels' sums */
void gbp_dense_sum_pixels (const GbpDense *dense, gsize n_channels, float *sums);

/* Drops the padding of a map's channels: [n_pixels][padded n_channels] to [n_pixels · n_channels], and
 * pads the whole.
 * @active: (out) (nullable): the outputs above zero, as bits: a dense layer behind a ReLU needs no other's weights on
 *     the way back */
void gbp_flatten_forward (
    const float *input, float *output, guint8 *active, gsize n_pixels, gsize n_channels);

/* The way back; the padding becomes zero. */
void gbp_flatten_backward (const float *gradient, float *output, gsize n_pixels, gsize n_channels);

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The ways in which kind_convolution.c has a convolution computed, each with the functions of a kind and for nodes of
 * its own; and what they share. */
#pragma once

#include "layer/activation.h"
#include "layer/kinds.h"

/* 3×3, stride 1, padding 1: convolution.h's algorithms. */
extern const GbpKindClass gbp_convolver_square;
/* 1×1, stride 1: a product. */
extern const GbpKindClass gbp_convolver_pointwise;
/* Each channel by itself. */
extern const GbpKindClass gbp_convolver_depthwise;
/* Few channels in; gbp_narrow_suits() says for which windows. */
extern const GbpKindClass gbp_convolver_narrow;
gboolean gbp_narrow_suits (const GbpNode *node);
/* All others: patches times the kernel. */
extern const GbpKindClass gbp_convolver_patches;

/* A convolver's find_rows(): those that windows see. */
GbpRows gbp_convolver_find_seen (
    const GbpNode *node, guint input, GbpRows rows, gboolean is_backward);

/* What happens to outputs as they come, and to their gradient before it goes on.
 * @bias: (owned): [padded channels out], zero where there is none
 * @activator: (owned) (nullable) */
typedef struct {
  GbpShape output;
  float *bias;
  GbpActivator *activator;
} GbpFinish;

/* FALSE if there is no memory; to be cleared in any case. */
gboolean gbp_finish_init (GbpFinish *finish, const GbpNode *node);
void gbp_finish_clear (GbpFinish *finish);

/* Bytes that a node saves for its activation. */
gsize gbp_finish_get_saved_size (const GbpNode *node);

/* What a kernel does to sums of the pixels from @first on: the bias, and a rectifier that clips; what is missing then,
 * gbp_finish_activate() does. */
GbpEnding gbp_finish_get_ending (const GbpFinish *finish, const GbpNodePass *pass, gsize first);

/* Whether an ending does it all. */
gboolean gbp_finish_is_ending (const GbpFinish *finish);

/* Without an ending: the bias and the activation on outputs that lie in place, @n pixels from @first on. */
void gbp_finish_forward (const GbpFinish *finish, const GbpNodePass *pass, gsize first, gsize n);

/* The activation on @n pixels from @first on: the bias has been added. */
void gbp_finish_activate (const GbpFinish *finish, const GbpNodePass *pass, gsize first, gsize n);

/* The gradient of @n pixels from @first on, before the activation: as it lies there, or else in @scratch, where it is
 * zero outside of the pass' rows. */
const float *gbp_finish_backward (
    const GbpFinish *finish, const GbpNodePass *pass, gsize first, gsize n, float *scratch);

/* As gbp_finish_backward(), of the pass' rows alone, by the team.
 * @scratch: [output] */
float *gbp_finish_backward_rows (const GbpFinish *finish, const GbpNodePass *pass, float *scratch);

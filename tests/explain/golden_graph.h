/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the golden cases of graphs have in common. */
#pragma once

#include <gbp/gbp.h>

#include "cases.h"

/* Relative L2 errors that are allowed; a mask that rounding flips makes most of the larger ones. */
#define WORST_RULE     2e-3
#define WORST_GRADIENT 1e-2
#define WORST_MEDIAN   2e-5
#define WORST_TARGET   1e-4

/* @errors: of those cases that say something about precision
 * @n_ties: that agree outside of parts of one colour alone */
typedef struct {
  GArray *errors;
  guint n_failed;
  guint n_ties;
} GoldenTally;

/* The bytes of a file among the cases, which has as many. Returns: (transfer full) */
gpointer golden_read (const char *name, gsize n_bytes);

/* The network in file @name, preprocessed as the case @json says. Returns: (transfer full) */
GbpNetwork *golden_load (const char *name, const json_t *json);

/* What a network says of its image: logits, and scores where its file makes them.
 * @json: a case of it
 * @expected: of the network */
void golden_check_scores (
    const char *name, const json_t *json, const json_t *expected, GoldenTally *tally);

/* A class activation map. */
void golden_check_cam (const char *name, const json_t *json, GoldenTally *tally);

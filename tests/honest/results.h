/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the experiments found: for each question the numbers, one a scene. */
#pragma once

#include <stdio.h>

#include <glib.h>

G_BEGIN_DECLS

typedef struct _GbpResults GbpResults;

GbpResults *gbp_results_new (void);
void gbp_results_free (GbpResults *results);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GbpResults, gbp_results_free)

/* gbp_results_add:
 * @experiment, @method, @layer, @measure: the question, in words without spaces; @layer is - where none is asked about
 * @number: one more answer to it */
void gbp_results_add (GbpResults *results, const char *experiment, const char *method,
    const char *layer, const char *measure, double number);

/* One JSON object a line for each question, in the order in which they were first asked: the words, the mean, the
 * standard deviation, and of how many numbers. */
void gbp_results_write (const GbpResults *results, FILE *file);

/* gbp_results_check:
 * @bounds: a text whose lines are "experiment method layer measure lowest highest", or begin with #
 *
 * Prints each mean that is not from its lowest to its highest, and each question that nobody asked.
 *
 * Returns: whether there was none */
gboolean gbp_results_check (const GbpResults *results, const char *bounds);

G_END_DECLS

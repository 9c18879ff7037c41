/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Memory for computations, which need it only while they run, and of which no more run at once than there are CPUs: so
 * those of one kind share it, however many users they have. */
#pragma once

#include <glib.h>

typedef struct _GbpScratch GbpScratch;

/* gbp_scratch_join:
 * @owner: whose computations they are, as an address; @kind: which of its computations; they share with nothing else
 * @n_bytes: that a computation needs
 *
 * Allocates what one more user needs: there is a block of @n_bytes for every user, and for no more than the usable
 * CPUs.
 *
 * Returns: (transfer full): leave with gbp_scratch_leave(); NULL if there is no memory */
GbpScratch *gbp_scratch_join (gconstpointer owner, guint kind, gsize n_bytes);
void gbp_scratch_leave (GbpScratch *scratch);

/* A block, aligned to GBP_ALIGNMENT, with whatever is in it. Where all are taken, waits for one, in the order of the
 * calls; whoever has one must therefore give it back without taking another. */
gpointer gbp_scratch_take (GbpScratch *scratch);
void gbp_scratch_give_back (GbpScratch *scratch, gpointer memory);

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Memory for computations. A plan needs it only while it computes, and no more computations run at once than there
 * are CPUs: so explanations of one network and cut share it, however many they are. */
#pragma once

#include "network/network.h"

typedef struct _GbpScratch GbpScratch;

/* gbp_scratch_join:
 * @network: what the computations are of, with @cut; they share with nothing else
 * @n_bytes: that a computation needs
 *
 * Allocates what one more user needs: there is a block of @n_bytes for every user, and for no more than the usable
 * CPUs.
 *
 * Returns: (transfer full): leave with gbp_scratch_leave(); NULL with @error set (GBP_ERROR_MEMORY) */
GbpScratch *gbp_scratch_join (const GbpNetwork *network, guint cut, gsize n_bytes, GError **error);
void gbp_scratch_leave (GbpScratch *scratch);

/* A block, aligned to GBP_ALIGNMENT, with whatever is in it. Where all are taken, waits for one, in the order of the
 * calls; whoever has one must therefore give it back without taking another. */
gpointer gbp_scratch_take (GbpScratch *scratch);
void gbp_scratch_give_back (GbpScratch *scratch, gpointer memory);

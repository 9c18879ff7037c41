/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The mean of the maps of images near one image, or on the way to it. Several are computed at once, one on each thread,
 * which needs no thread to wait for another inside of an image; what is left over, by all threads together. */
#pragma once

#include "explain/target.h"
#include "kernel/team.h"

typedef struct _GbpAverage GbpAverage;

/* Whether the selection's map is such a mean. */
gboolean gbp_average_is_wanted (const GbpSelection *selection);

/* How many images of @selection may be computed at once: as many as there are threads, and as together take no more
 * memory than one frame may.
 * @n_bytes: that one takes */
guint gbp_average_count_members (const GbpSelection *selection, const GbpTeam *team, gsize n_bytes);

/* gbp_average_new:
 * @team: that computes
 * @n_members: as gbp_average_count_members() says; with less memory than all need there are fewer
 *
 * Returns: (transfer full): NULL if there is no memory for the sums */
GbpAverage *gbp_average_new (
    GbpNetwork *network, const GbpSelection *selection, GbpTeam *team, guint n_members);
void gbp_average_free (GbpAverage *average);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GbpAverage, gbp_average_free)

/* gbp_average_compute:
 * @channel: that the image itself has been found to have
 * @map: (out): [height][width][3]
 *
 * The maps are added in the order of their images, whoever computes them: the number of threads does not change a bit.
 * The caller has not entered the explanation's workplace. */
void gbp_average_compute (
    GbpExplanation *explanation, const guint8 *rgb, gsize stride, int channel, float *map);

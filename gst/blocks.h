/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The memory for maps, which all elements share: an element has as many of them as it computes or still shows, and what
 * one gives back another takes. */
#pragma once

#include <glib.h>

/* Whoever may take maps is a user from the first to the second call.
 * @n_maps: the most that it takes at once: so many are kept for whoever needs them next */
void gst_gbp_maps_add_user (guint n_maps);
void gst_gbp_maps_remove_user (void);

/* Returns: [224][224][3], with whatever is in it; NULL if there is no memory for it */
float *gst_gbp_maps_take (void);
void gst_gbp_maps_give_back (float *map);

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What of a network is explained, as the properties say it and as a network understands it. */
#pragma once

#include <gbp/gbp.h>

#define GST_GBP_MOST_SCORES 20

/* @layer: (owned): as the property has it; "" is a layer that no network has
 * @target: its strings are owned. What the members behind it say of its layer, class, scores and randomisation is in it
 *     once a network has said what they mean
 * @randomize: (owned) (nullable): the layer down to which the network is random; NULL or "": it is as it is
 * @class_name: (owned) (nullable): the class as it is called: a number, a name or "top"; NULL: none
 * @n_scores: how many of the strongest classes are told of */
typedef struct {
  char *layer;
  GbpTarget target;
  char *class_name;
  char *randomize;
  guint n_scores;
} GstGbpAim;

/* Zeroed ones are empty. */
void gst_gbp_aim_copy (GstGbpAim *to, const GstGbpAim *from);
void gst_gbp_aim_clear (GstGbpAim *aim);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GstGbpAim, gst_gbp_aim_clear)

/* Whether the properties say the same. */
gboolean gst_gbp_aim_is_equal (const GstGbpAim *a, const GstGbpAim *b);

/* The properties' defaults. */
void gst_gbp_aim_init (GstGbpAim *aim);

/* Sets what the target is in a network: where that has not the layer that is the default, it is the last one with a
 * map.
 * Returns: FALSE with @error set if the network does not have it; @aim is then as it was */
gboolean gst_gbp_aim_resolve (GstGbpAim *aim, const GbpNetwork *network, GError **error);

/* Returns: (transfer full): what is set, for people */
char *gst_gbp_aim_describe (const GstGbpAim *aim);

/* Targets whose strings are owned: zeroed ones are empty. */
void gst_gbp_target_copy (GbpTarget *to, const GbpTarget *from);
void gst_gbp_target_clear (GbpTarget *target);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GbpTarget, gst_gbp_target_clear)

/* Of how many images the map is a mean; 1: it is the frame's own. */
guint gst_gbp_target_count_images (const GbpTarget *target);

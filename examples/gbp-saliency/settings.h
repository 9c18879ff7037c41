/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "options.h"

#include <gst/gst.h>

/* Settings: the options, checked, as a network and a target. The network is held as long as the tool runs, so that
 * each element's own load of the same file shares it.
 * @options: must outlive them */
typedef struct {
  const Options *options;
  GbpNetwork *network;
  GbpTarget target;
} Settings;

/* Returns: (transfer full): the network that the options name, for which no element is needed; NULL with @error set */
GbpNetwork *settings_load_network (const Options *options, GError **error);

gboolean settings_init (Settings *settings, const Options *options, GError **error);
void settings_clear (Settings *settings);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Settings, settings_clear)

/* Checks that the network has the target. */
gboolean settings_check_target (const Settings *settings, GError **error);

/* @threads: for one frame at a time, where others compute beside it; 0: as the options say, and as many frames as suit
 * Returns: (transfer full): an element that explains so */
GstElement *settings_make_saliency (const Settings *settings, guint threads);

/* Returns: (transfer full): lines that say which network runs, of which layer where nobody said it, and what else is
 *     to be known of it */
char *settings_describe (const Settings *settings);

/* Whether the user is told of the strongest classes. */
gboolean settings_tell_scores (const Settings *settings);

/* Whether a frame's own picture can be seen in what the element gives out. */
gboolean settings_show_frames (const Settings *settings);

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "options.h"

#include "canvas.h"
#include "conversion.h"

#include <gst/gst.h>

/* Settings: the options, checked, as an element, a network and a target. The network is held as long
 * as the tool runs, so that the element's own load of the same file shares it. */
typedef struct {
  GstElement *saliency;
  GbpNetwork *network;
  GbpTarget target;
  GstGbpFit fit;
  GstGbpResample resample;
} Settings;

gboolean settings_init (Settings *settings, const Options *options, GError **error);
void settings_clear (Settings *settings);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Settings, settings_clear)

/* Checks that the network has the target. */
gboolean settings_check_target (const Settings *settings, GError **error);

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "progress.h"
#include "table.h"

#include <gst/gst.h>

/* Channels: which channel is the strongest, and each change, as --channel -2 has the element tell it: a line for the
 * user, and a row of a .csv file if there is to be one. */
typedef struct {
  Table table;
} Channels;

gboolean channels_open (
    Channels *channels, const char *path, const Input *input, gboolean force, GError **error);

/* Takes a message of the element, whatever it says. */
void channels_take (Channels *channels, GstMessage *message, Progress *progress);

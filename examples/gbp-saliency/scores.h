/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "progress.h"
#include "table.h"

#include <gst/gst.h>

/* Scores: the strongest classes of each frame, as the element tells them: rows of a file if there is to be one, .jsonl
 * or .csv by its suffix, and a line for the user where another class is explained, or is
 * the strongest, than before.
 * @said: the class that was last said; −1: none was
 * @is_silent: whether there is nothing to say */
typedef struct {
  Table table;
  gboolean is_json;
  gboolean is_silent;
  int said;
} Scores;

#define SCORES_INIT                                                                                \
  {                                                                                                \
    .said = -1                                                                                     \
  }

gboolean scores_open (
    Scores *scores, const char *path, const Input *input, gboolean force, GError **error);

/* Takes a message of the element, whatever it says. */
void scores_take (Scores *scores, GstMessage *message, Progress *progress);

/* What a caption says after a message: the class that is explained, or the strongest, with its score.
 * Returns: (transfer full) (nullable): NULL where the message is of something else */
char *scores_caption (GstMessage *message);

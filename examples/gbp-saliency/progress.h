/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pipeline.h"

/* Progress: what the tool says on stderr while it works: a bar on a terminal, plain lines elsewhere,
 * nothing if it is to be quiet. Errors are not its business. */
typedef struct {
  gboolean quiet;
  char *introduction; /* lines that come before all else; NULL once they are printed */
  gboolean terminal;
  gboolean bar_shown;
} Progress;

void progress_init (Progress *progress, gboolean quiet);
void progress_clear (Progress *progress);

/* @introduction: what to say first, as soon as there is something to say: a run that fails before its
 *     first frame prints its error alone */
void progress_introduce (Progress *progress, const char *introduction);

/* Seconds to wait between two updates. */
double progress_get_interval (const Progress *progress);
void progress_update (Progress *progress, const Status *status);

/* Prints a line, in place of the bar if one is shown. */
void progress_say (Progress *progress, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Prints what was done, and where it is.
 * @also_written: (nullable): a second file */
void progress_summarise (
    Progress *progress, const Status *status, const char *written, const char *also_written);

/* Clears the bar, so that something else can be printed. */
void progress_hide_bar (Progress *progress);

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pipeline.h"
#include "voices.h"

/* Progress: what a job says on stderr while it works: a bar on a terminal, plain lines elsewhere, nothing but errors if
 * it is to be quiet.
 * @number: the job's, among @voices */
typedef struct {
  Voices *voices;
  guint number;
  gboolean quiet;
  gboolean terminal;
  gboolean bar_shown;
} Progress;

void progress_init (Progress *progress, Voices *voices, guint number, gboolean quiet);

/* Prints an error that ends the job. */
void progress_complain (Progress *progress, const char *message);

/* Seconds to wait between two updates. */
double progress_get_interval (const Progress *progress);
void progress_update (Progress *progress, const Status *status);

/* Prints a line, in place of the bar if one is shown. */
void progress_say (Progress *progress, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Prints what was done, and where it is.
 * @also_written: (nullable): a second file */
void progress_summarise (
    Progress *progress, const Status *status, const char *written, const char *also_written);

/* Prints a line that the user is to see now or not at all: where others speak, they say it too. */
void progress_answer (Progress *progress, const char *text);

/* Clears the bar, so that something else can be printed. */
void progress_hide_bar (Progress *progress);

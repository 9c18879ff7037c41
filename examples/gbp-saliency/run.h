/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pipeline.h"
#include "progress.h"

/* RunResult:
 * @RUN_DONE: INPUT ended
 * @RUN_INTERRUPTED: Ctrl-C or a SIGTERM ended it, and what was written until then is whole
 * @RUN_FAILED: an error is set */
typedef enum {
  RUN_DONE,
  RUN_INTERRUPTED,
  RUN_FAILED,
} RunResult;

/* Runs the pipeline to its end.
 * @input: INPUT as it was given, for messages
 * @written: what it writes, for messages
 * @first_frame_only: end after the first frame
 * @signal_number: (out): what interrupted it, 0 if nothing did */
RunResult run_pipeline (Pipeline *pipeline, Progress *progress, const char *input,
    const char *written, gboolean first_frame_only, int *signal_number, GError **error);

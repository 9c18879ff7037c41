/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "channels.h"
#include "pipeline.h"
#include "progress.h"
#include "scores.h"
#include "signals.h"

/* RunResult:
 * @RUN_DONE: INPUT ended
 * @RUN_CUT: INPUT broke off, an error is set, and what was written until then is whole
 * @RUN_INTERRUPTED: Ctrl-C or another signal ended it, and what was written until then is whole
 * @RUN_FAILED: an error is set */
typedef enum {
  RUN_DONE,
  RUN_CUT,
  RUN_INTERRUPTED,
  RUN_FAILED,
} RunResult;

/* RunTables: what is told of channels and classes, each to be written and said */
typedef struct {
  Channels *channels;
  Scores *scores;
} RunTables;

/* Runs the pipeline to its end. Where it fails the pipeline may still be at work: stopping it, which may take
 * long, is left to the caller.
 * @signals: taken already
 * @input: INPUT as it was given, for messages
 * @written: what it writes, for messages
 * @first_frame_only: end after the first frame */
RunResult run_pipeline (Pipeline *pipeline, Progress *progress, Signals *signals,
    const RunTables *tables, const char *input, const char *written, gboolean first_frame_only,
    GError **error);

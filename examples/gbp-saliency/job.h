/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "progress.h"
#include "run.h"
#include "settings.h"
#include "signals.h"

/* Job: one INPUT and what is written of it
 * @output: (nullable)
 * @raw: (nullable): an .npy file; one of both is there
 * @csv: (nullable): of channels
 * @scores: (nullable): of classes */
typedef struct {
  const char *input;
  const char *output;
  const char *raw;
  const char *csv;
  const char *scores;
} Job;

/* Does it.
 * @signals: zeros, or taken already */
RunResult job_run (
    const Job *job, const Settings *settings, Progress *progress, Signals *signals, GError **error);

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "progress.h"
#include "run.h"
#include "settings.h"
#include "signals.h"

/* JobContext: what jobs have in common, and whom this one speaks by */
typedef struct {
  const Settings *settings;
  Signals *signals;
  Progress *progress;
} JobContext;

/* Job: one INPUT and what is written of it
 * @output: (nullable)
 * @is_exact: whether @output is one file's name, even where it has what looks like a number's place
 * @raw: (nullable): an .npy file; one of both is there
 * @csv: (nullable): of channels
 * @scores: (nullable): of classes
 * @threads: as settings_make_saliency() takes them */
typedef struct {
  const char *input;
  const char *output;
  gboolean is_exact;
  const char *raw;
  const char *csv;
  const char *scores;
  guint threads;
} Job;

/* Does it. Others may be done at once; signals are taken while it has files that are not whole. */
RunResult job_run (const Job *job, const JobContext *context, GError **error);

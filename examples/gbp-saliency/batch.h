/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "settings.h"
#include "signals.h"

/* Does what the command line asks for, one INPUT after the other, and prints the errors of each.
 * Returns: the tool's exit status: see BATCH_CUT, else 0 or 1 */
int batch_run (const Settings *settings, Signals *signals);

/* INPUT broke off, and what there was of it is done. */
#define BATCH_CUT 3

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "settings.h"
#include "signals.h"

/* Does what the command line asks for, and prints what is wrong.
 * Returns: the tool's exit status: 0, 1 or LANES_CUT */
int batch_run (const Settings *settings, Signals *signals);

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What most files include, compiled once where -Db_pch=true asks for it, as tests/run.sh does for the sanitizers. The
 * other builds see that each file includes what it needs. */
#define _GNU_SOURCE /* as the files do that need it: it counts for the first header of all */

#include <glib.h>
#include <math.h>
#include <string.h>

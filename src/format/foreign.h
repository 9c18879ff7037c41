/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What people take for weights and is none, in words for a message that name the way out. */
#pragma once

#include <glib.h>

/* Of a file's beginning, zeros behind its end. */
#define GBP_FOREIGN_N_BYTES 32

/* @bytes: [GBP_FOREIGN_N_BYTES] */
const char *gbp_foreign_describe (const guint8 *bytes);

/* Returns: (nullable): what a zip file with a member of that name is; NULL where that says nothing
 * @name: [length], without a zero behind it */
const char *gbp_foreign_describe_member (const char *name, gsize length);

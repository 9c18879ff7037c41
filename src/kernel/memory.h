/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* @n zeroed elements of @size bytes, aligned to GBP_ALIGNMENT at least; free them with g_aligned_free().
 *
 * Large blocks ask for the system's huge pages: a pass walks through hundreds of megabytes, and with small
 * pages much of its time goes into looking up where they lie. */
gpointer gbp_memory_new (gsize n, gsize size);

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* @n zeroed elements of @size bytes, aligned to GBP_ALIGNMENT at least; NULL if there is no memory. Free them with
 * gbp_memory_free().
 *
 * Large blocks take memory only where they have been written to, and give all of it back when they are freed. They ask
 * for the system's huge pages: a pass walks through hundreds of megabytes, and with small pages much of its time goes
 * into looking up where they lie. */
gpointer gbp_memory_new (gsize n, gsize size);

/* @memory: (nullable) */
void gbp_memory_free (gpointer memory);

/* As gbp_memory_new(), with a copy of @n_values floats at the beginning of @n.
 * @values: (nullable): where @n_values is 0 */
float *gbp_memory_new_copy (gsize n, const float *values, gsize n_values);

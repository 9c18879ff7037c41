/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The library's explanations as the workers use them, and what they need. */
#pragma once

#include "workers.h"

/* The data of gst_gbp_workers_new() is a #GbpNetwork. A worker of several threads now and then computes with one, and
 * goes on so while that is faster: beside a program that keeps a core busy, threads that share a frame wait at each
 * layer for the one that lost its core. */
extern const GstGbpComputing gst_gbp_computing;

/* The time of one computation with so many threads, the second of two.
 * Returns: 0 if it cannot be measured: there is no memory for it */
GstClockTime gst_gbp_computing_measure (
    GbpNetwork *network, guint threads, const GbpTarget *target);

/* Bytes that an explanation holds at most, beside the weights: each layer's map and the gradient at it. */
guint64 gst_gbp_computing_estimate_size (const GbpNetwork *network);

/* Bytes of memory that are free, as far as the system tells; else G_MAXUINT64. */
guint64 gst_gbp_computing_find_free_memory (void);

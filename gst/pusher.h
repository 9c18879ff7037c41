/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A thread that lets frames go out when their maps are there, though no other frame comes in: an application may wait
 * for one before it gives the next. It holds the stream lock meanwhile, as whoever brings a frame does. There is none
 * before it is first woken, and none that nobody has woken for some seconds. */
#pragma once

#include <glib.h>

typedef struct _GstGbpPusher GstGbpPusher;

/* @push: called in the thread, once or more after each wake; not where the system gives no thread
 * Returns: free with gst_gbp_pusher_free() */
GstGbpPusher *gst_gbp_pusher_new (void (*push) (gpointer data), gpointer data);

/* From any thread, with any lock held. A thread that is to be woken again and has just ended is joined. */
void gst_gbp_pusher_wake (gpointer pusher);

/* Ends the thread, and lets none begin; must not be called with a lock that @push takes. */
void gst_gbp_pusher_stop (GstGbpPusher *pusher);

/* Nobody may wake it any more. */
void gst_gbp_pusher_free (GstGbpPusher *pusher);

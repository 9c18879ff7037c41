/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Loaded before GStreamer, it stands for one that does not return, as where it finds no memory for a thread: when a
 * pipeline is to play, or where HANG_AT_END is set when one is to stop. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

/* GstState's values */
#define STOPPED 1
#define PLAYING 4

int gst_element_set_state (void *element, int state);

int
gst_element_set_state (void *element, int state)
{
  int (*next) (void *, int);

  *(void **) &next = dlsym (RTLD_NEXT, "gst_element_set_state");
  while (state == (getenv ("HANG_AT_END") != NULL ? STOPPED : PLAYING))
    pause ();
  return next (element, state);
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Loaded before GStreamer, it stands for one that does not return, as where it finds no memory for a thread. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>

#define PLAYING 4

int gst_element_set_state (void *element, int state);

int
gst_element_set_state (void *element, int state)
{
  int (*next) (void *, int);

  *(void **) &next = dlsym (RTLD_NEXT, "gst_element_set_state");
  while (state == PLAYING)
    pause ();
  return next (element, state);
}

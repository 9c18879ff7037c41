/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Loaded before GStreamer, it stands for a thread that loses its processor between adding an element and linking it: a
 * pipeline that starts meanwhile gets as far as it can. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>

#define MICROSECONDS 150000

int gst_element_link (void *source, void *target);

int
gst_element_link (void *source, void *target)
{
  int (*next) (void *, void *);

  *(void **) &next = dlsym (RTLD_NEXT, "gst_element_link");
  usleep (MICROSECONDS);
  return next (source, target);
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Loaded before the C library, it stands for a disk that does not answer: from the second frame of
 * gradients on, writing one takes longer than the tool is patient. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

#define FRAME_LENGTH 100000
#define SECONDS      14

size_t
fwrite (const void *data, size_t size, size_t length, FILE *stream)
{
  static int n_frames;
  size_t (*next) (const void *, size_t, size_t, FILE *);

  *(void **) &next = dlsym (RTLD_NEXT, "fwrite");
  if (length > FRAME_LENGTH && n_frames++ > 0)
    sleep (SECONDS);
  return next (data, size, length, stream);
}

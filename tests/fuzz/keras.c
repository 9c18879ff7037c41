/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Keras' zip, as a file without a name. */
#include <sys/mman.h>
#include <unistd.h>

#include "format/keras.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const guint8 *bytes, gsize n_bytes)
{
  GbpSource source = {.fd = memfd_create ("keras", MFD_CLOEXEC), .size = n_bytes};

  g_assert (source.fd >= 0);
  g_assert (write (source.fd, bytes, n_bytes) == (gssize) n_bytes);
  g_assert (lseek (source.fd, 0, SEEK_SET) == 0);
  gbp_fuzz_read (&source, gbp_keras_zip_read);
  close (source.fd);
  return 0;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Keras' zip: by names, and by its description. */
#include "format/keras.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const guint8 *bytes, gsize n_bytes)
{
  GbpSource source = {.fd = -1, .memory = bytes, .size = n_bytes};

  gbp_fuzz_read (&source, gbp_keras_zip_read);
  gbp_fuzz_describe (&source, gbp_keras_describe_zip);
  return 0;
}

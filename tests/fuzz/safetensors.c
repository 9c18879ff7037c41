/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/safetensors.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const guint8 *bytes, gsize n_bytes)
{
  GbpSource source = {.fd = -1, .memory = bytes, .size = n_bytes};

  gbp_fuzz_read (&source, gbp_safetensors_read);
  return 0;
}

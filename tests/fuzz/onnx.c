/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ONNX. */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const guint8 *bytes, gsize n_bytes)
{
  GbpSource source = {.fd = -1, .memory = bytes, .size = n_bytes};

  gbp_fuzz_describe (&source, gbp_onnx_describe);
  return 0;
}

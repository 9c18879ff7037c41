/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Keras' HDF5: by names, and by its description. */
#include "format/keras.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const guint8 *bytes, gsize n_bytes)
{
  GbpSource source = {.fd = -1, .memory = bytes, .size = n_bytes};

  gbp_fuzz_read (&source, gbp_keras_hdf5_read);
  gbp_fuzz_describe (&source, gbp_keras_describe_hdf5);
  return 0;
}

#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
#include <string.h>

/* libFuzzer's own mutations, in place. */
gsize LLVMFuzzerMutate (guint8 *bytes, gsize n_bytes, gsize n_most);
gsize LLVMFuzzerCustomMutator (guint8 *bytes, gsize n_bytes, gsize n_most, guint seed);

/* Every other time one number of eight bytes, such as an address, takes the value of another, for those
 * that lead somewhere are hardly ever made up. */
gsize
LLVMFuzzerCustomMutator (guint8 *bytes, gsize n_bytes, gsize n_most, guint seed)
{
  guint32 state = seed * 1664525u + 1013904223u; /* Numerical Recipes' generator */
  gsize n_places = n_bytes / 8, from, to;

  if (n_places < 2 || (state >> 31) == 0)
    return LLVMFuzzerMutate (bytes, n_bytes, n_most);
  from = (state >> 8) % n_places;
  to = ((state * 1664525u + 1013904223u) >> 8) % n_places;
  memmove (bytes + 8 * to, bytes + 8 * from, 8);
  return n_bytes;
}
#endif

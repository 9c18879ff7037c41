/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a safetensors file says of itself, its classes among it, as the text of a JSON object. */
#include <string.h>

#include "format/safetensors.h"
#include "fuzz.h"

#define N_VALUES 28

/* Of VGG's first convolution, of width 1. */
static const char arrays[] =
    ",\"features.0.weight\":{\"dtype\":\"F32\",\"shape\":[1,3,3,3],\"data_offsets\":[0,108]}"
    ",\"features.0.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[108,112]}}";

int
LLVMFuzzerTestOneInput (const guint8 *bytes, gsize n_bytes)
{
  static const char start[] = "{\"__metadata__\":";
  g_autoptr (GByteArray) file = g_byte_array_new ();
  const float values[N_VALUES] = {0};
  guint64 length = GUINT64_TO_LE ((guint64) strlen (start) + n_bytes + strlen (arrays));
  GbpSource source = {.fd = -1};

  g_byte_array_append (file, (guint8 *) &length, sizeof length);
  g_byte_array_append (file, (guint8 *) start, strlen (start));
  g_byte_array_append (file, bytes, (guint) n_bytes);
  g_byte_array_append (file, (guint8 *) arrays, strlen (arrays));
  g_byte_array_append (file, (guint8 *) values, sizeof values);
  source.memory = file->data;
  source.size = file->len;
  gbp_fuzz_read (&source, gbp_safetensors_read);
  return 0;
}

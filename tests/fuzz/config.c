/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Keras' model_config, of a file without arrays. */
#include "format/keras_build.h"
#include "fuzz.h"

static gboolean
describe_text (const GbpDescribed *file, GbpDescription *description, GError **error)
{
  g_autoptr (GPtrArray) arrays = g_ptr_array_new ();
  g_autofree char *config = g_strndup ((const char *) file->source->memory, file->source->size);
  GbpKerasWeights weights = {.arrays = arrays};
  GbpKeras keras = {.weights = &weights, .version = 3};

  return gbp_keras_describe_config (file, config, &keras, TRUE, description, error);
}

int
LLVMFuzzerTestOneInput (const guint8 *bytes, gsize n_bytes)
{
  GbpSource source = {.fd = -1, .memory = bytes, .size = n_bytes};

  gbp_fuzz_describe (&source, describe_text);
  return 0;
}

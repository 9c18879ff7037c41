/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "format/description.h"
#include "format/keras.h"

#define N_SNIFFED 32

void
gbp_description_clear (GbpDescription *description)
{
  g_clear_pointer (&description->graph, gbp_graph_free);
  g_clear_pointer (&description->class_layer, g_free);
  g_clear_pointer (&description->class_names, g_strfreev);
  g_clear_pointer (&description->refusal, g_free);
}

gboolean
gbp_describe (const GbpDescribed *file, GbpDescription *description, GError **error)
{
  guint8 bytes[N_SNIFFED] = {0};
  gsize n_bytes = MIN (file->source->size, sizeof bytes);

  if (!gbp_source_read (file->source, 0, bytes, n_bytes, error))
    return FALSE;
  if (memcmp (bytes, "\x89HDF\r\n\x1a\n", 8) == 0 || gbp_keras_hdf5_is_behind (file->source))
    return gbp_keras_describe_hdf5 (file, description, error);
  if (memcmp (bytes, "PK\x03\x04", 4) == 0)
    return gbp_keras_describe_zip (file, description, error);
  if (gbp_onnx_is_start (bytes, n_bytes))
    return gbp_onnx_describe (file, description, error);
  return TRUE;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/hdf5_dataset.h"
#include "format/hdf5_walk.h"
#include "format/keras.h"
#include "format/keras_names.h"

gboolean
gbp_keras_hdf5_is_behind (const GbpSource *source)
{
  guint64 base;

  return gbp_hdf5_find_signature (source, &base) && base > 0;
}

gboolean
gbp_keras_hdf5_read (const GbpSource *source, GbpWeights *weights, GError **error)
{
  g_autoptr (GbpHdf5File) file = gbp_hdf5_file_open (source, error);
  g_autoptr (GPtrArray) arrays = NULL;

  if (file == NULL)
    return FALSE;
  arrays = gbp_hdf5_list (file, error);
  if (arrays == NULL || !gbp_keras_classify (arrays, error))
    return FALSE;
  for (guint i = 0; i < arrays->len; i++)
    if (!gbp_hdf5_describe (file, arrays->pdata[i], error))
      return FALSE;
  weights->preprocess = GBP_PREPROCESS_CAFFE;
  return gbp_arrays_assemble (arrays, GBP_LAYOUT_KERAS, gbp_hdf5_read, file, weights, error);
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/bind.h"
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

/* The files that the arrays are in, each a piece. */
static gboolean
read_array (
    gpointer files, const GbpArray *array, const GbpArraySize *size, float *values, GError **error)
{
  return gbp_hdf5_read (((GPtrArray *) files)->pdata[array->piece], array, size, values, error);
}

/* Opens a piece and adds its arrays, described. What cannot be described is a problem of those who need it. */
static gboolean
add_piece (const GbpSource *source, GPtrArray *files, GPtrArray *arrays, GError **error)
{
  GbpHdf5File *file = gbp_hdf5_file_open (source, error);
  g_autoptr (GPtrArray) listed = NULL;

  if (file == NULL)
    return FALSE;
  g_ptr_array_add (files, file);
  listed = gbp_hdf5_list (file, error);
  if (listed == NULL)
    return FALSE;
  for (guint i = 0; i < listed->len; i++) {
    GbpArray *array = listed->pdata[i];

    array->piece = files->len - 1;
    gbp_hdf5_describe (file, array, &array->problem);
  }
  g_ptr_array_extend_and_steal (arrays, g_steal_pointer (&listed));
  return TRUE;
}

gboolean
gbp_keras_hdf5_read_pieces (
    const GbpSource *pieces, guint n_pieces, GbpWeights *weights, GError **error)
{
  g_autoptr (GPtrArray) files =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gbp_hdf5_file_close);
  g_autoptr (GPtrArray) arrays = g_ptr_array_new_with_free_func ((GDestroyNotify) gbp_array_free);
  g_autoptr (GPtrArray) modules = NULL;

  for (guint i = 0; i < n_pieces; i++)
    if (!add_piece (&pieces[i], files, arrays, error))
      return FALSE;
  weights->preprocess = GBP_PREPROCESS_CAFFE;
  modules = gbp_keras_classify (arrays, error);
  return modules != NULL && gbp_modules_bind (modules, arrays, GBP_LAYOUT_KERAS, weights, error)
         && gbp_arrays_assemble (arrays, GBP_LAYOUT_KERAS, read_array, files, weights, error);
}

gboolean
gbp_keras_hdf5_read (const GbpSource *source, GbpWeights *weights, GError **error)
{
  return gbp_keras_hdf5_read_pieces (source, 1, weights, error);
}

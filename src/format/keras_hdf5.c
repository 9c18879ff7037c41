/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

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

/* The global pooling that a layer is, by the last part of its group's path: Keras makes one for layers without weights
 * too. */
static GbpVggPooling
parse_pooling (const char *path)
{
  const char *slash = strrchr (path, '/'), *backslash = strrchr (path, '\\');
  const char *name = MAX (slash, backslash) != NULL ? MAX (slash, backslash) + 1 : path;
  guint64 number;

  if (gbp_keras_parse_number (name, "global_average_pooling2d", &number)
      || gbp_keras_parse_number (name, "globalaveragepooling2d", &number))
    return GBP_VGG_POOLING_AVERAGE;
  if (gbp_keras_parse_number (name, "global_max_pooling2d", &number)
      || gbp_keras_parse_number (name, "globalmaxpooling2d", &number))
    return GBP_VGG_POOLING_MAX;
  return GBP_VGG_POOLING_NONE;
}

/* Sets the pooling that a file names, if it is of one kind. */
static void
find_pooling (const GbpHdf5File *file, GbpWeights *weights)
{
  gboolean has[GBP_VGG_POOLING_MAX + 1] = {FALSE};
  GHashTableIter iter;
  gpointer path;

  g_hash_table_iter_init (&iter, file->groups);
  while (g_hash_table_iter_next (&iter, &path, NULL))
    has[parse_pooling (path)] = TRUE;
  if (has[GBP_VGG_POOLING_AVERAGE] != has[GBP_VGG_POOLING_MAX])
    weights->pooling = has[GBP_VGG_POOLING_AVERAGE] ? GBP_VGG_POOLING_AVERAGE : GBP_VGG_POOLING_MAX;
}

/* Opens a piece and adds its arrays, described. What cannot be described is a problem of those who need it. */
static gboolean
add_piece (const GbpSource *source, GPtrArray *files, GPtrArray *arrays, GbpWeights *weights,
    GError **error)
{
  GbpHdf5File *file = gbp_hdf5_file_open (source, error);
  g_autoptr (GPtrArray) listed = NULL;

  if (file == NULL)
    return FALSE;
  g_ptr_array_add (files, file);
  listed = gbp_hdf5_list (file, error);
  if (listed == NULL)
    return FALSE;
  find_pooling (file, weights);
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
    if (!add_piece (&pieces[i], files, arrays, weights, error))
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

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/hdf5_walk.h"

#include "format/arrays.h"

/* A damaged file may have groups that hold themselves. */
#define MAX_DEPTH 16
#define MAX_LINKS 100000

/* Where a walk over groups stands. */
typedef struct {
  GPtrArray *arrays;
  GString *path;
  guint depth;
  guint n_links;
} Walk;

static herr_t walk_group (hid_t group, Walk *walk);

static herr_t
walk_object (hid_t object, Walk *walk)
{
  if (H5Iget_type (object) == H5I_GROUP)
    return walk_group (object, walk);
  if (H5Iget_type (object) == H5I_DATASET)
    g_ptr_array_add (walk->arrays, gbp_array_new (walk->path->str));
  return 0;
}

static herr_t
walk_link (hid_t group, const char *name, const H5L_info_t *info, void *data)
{
  Walk *walk = data;
  gsize length = walk->path->len;
  hid_t object;
  herr_t status;

  /* Only hard links: others may lead out of the file. */
  if (info->type != H5L_TYPE_HARD || g_str_has_prefix (name, "optimizer"))
    return 0;
  g_string_append_printf (walk->path, "%s%s", length > 0 ? "/" : "", name);
  if (walk->n_links++ == MAX_LINKS)
    return -1;
  object = H5Oopen (group, name, H5P_DEFAULT);
  if (object < 0)
    return -1;
  status = walk_object (object, walk);
  if (status < 0) /* closing the object would lose the cause; closing the file closes it */
    return status;
  H5Oclose (object);
  g_string_truncate (walk->path, length);
  return 0;
}

static herr_t
walk_group (hid_t group, Walk *walk)
{
  herr_t status;

  if (walk->depth == MAX_DEPTH)
    return -1;
  walk->depth++;
  status = H5Literate (group, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, walk_link, walk);
  walk->depth--;
  return status;
}

GPtrArray *
gbp_hdf5_list (GbpHdf5File *file, GError **error)
{
  g_autoptr (GPtrArray) arrays = g_ptr_array_new_with_free_func ((GDestroyNotify) gbp_array_free);
  Walk walk = {.arrays = arrays, .path = g_string_new (NULL)};
  herr_t status = walk_group (file->id, &walk);

  if (status < 0) {
    g_autofree char *path = g_utf8_make_valid (walk.path->str, -1);
    g_autofree char *what = g_strdup_printf (
        "expected groups of arrays, found a group that cannot be read at /%.200s", path);

    gbp_hdf5_set_error (error, what);
  }
  g_string_free (walk.path, TRUE);
  return status < 0 ? NULL : g_steal_pointer (&arrays);
}

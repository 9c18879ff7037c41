/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/hdf5_walk.h"

#include <string.h>

#include "format/arrays.h"
#include "format/hdf5_dataset.h"
#include "format/hdf5_group.h"
#include "format/hdf5_object.h"

#define MAX_PATH_LENGTH  4096
#define MAX_SHOWN_LENGTH 200
#define MAX_OBJECTS      100000
#define SKIPPED_PREFIX   "optimizer"

/* Where a walk over groups stands.
 * @objects: (element-type guint64): addresses of the objects that it has met */
typedef struct {
  GbpHdf5File *file;
  GPtrArray *arrays;
  GHashTable *objects;
  GString *path;
  guint depth;
} Walk;

static gboolean walk_group (Walk *walk, const GArray *messages, GError **error);

/* Takes @messages. */
static gboolean
add_array (Walk *walk, GArray *messages, GError **error)
{
  GbpArray *array = gbp_array_new (walk->path->str);

  array->offset = walk->file->datasets->len;
  g_ptr_array_add (walk->arrays, array);
  g_ptr_array_add (walk->file->datasets, gbp_hdf5_dataset_new (messages));
  return gbp_hdf5_file_charge (walk->file, sizeof *array + walk->path->len, error);
}

static gboolean
add_group (Walk *walk, GArray *messages, GError **error)
{
  g_hash_table_insert (
      walk->file->groups, g_utf8_make_valid (walk->path->str, -1), g_array_ref (messages));
  return gbp_hdf5_file_charge (walk->file, walk->path->len, error);
}

static gboolean
walk_object (Walk *walk, guint64 address, GError **error)
{
  g_autoptr (GArray) messages = NULL;

  if (!g_hash_table_add (walk->objects, g_memdup2 (&address, sizeof address)))
    return TRUE;
  if (g_hash_table_size (walk->objects) > MAX_OBJECTS)
    return gbp_hdf5_refuse (error, "at most 100000 objects", "more");
  messages = gbp_hdf5_object_read (walk->file, address, error);
  if (messages == NULL)
    return FALSE;
  if (gbp_hdf5_is_group (messages))
    return add_group (walk, messages, error) && walk_group (walk, messages, error);
  if (gbp_hdf5_object_find (messages, GBP_HDF5_LAYOUT) != NULL)
    return add_array (walk, g_steal_pointer (&messages), error);
  return TRUE;
}

static gboolean
walk_link (Walk *walk, const GbpHdf5Link *link, GError **error)
{
  gsize length = walk->path->len;

  if (link->name_length >= strlen (SKIPPED_PREFIX)
      && memcmp (link->name, SKIPPED_PREFIX, strlen (SKIPPED_PREFIX)) == 0)
    return TRUE;
  if (length > 0)
    g_string_append_c (walk->path, '/');
  g_string_append_len (walk->path, link->name, (gssize) link->name_length);
  if (walk->path->len > MAX_PATH_LENGTH)
    return gbp_hdf5_refuse (error, "paths of at most 4096 bytes", "a longer one");
  if (!walk_object (walk, link->address, error))
    return FALSE; /* with the path of what cannot be read */
  g_string_truncate (walk->path, length);
  return TRUE;
}

/* Comes to itself, at most GBP_HDF5_MAX_DEPTH deep. */
static gboolean
walk_group (Walk *walk, const GArray *messages, GError **error)
{
  g_autoptr (GArray) links = NULL;

  if (walk->depth == GBP_HDF5_MAX_DEPTH)
    return gbp_hdf5_refuse (error, "groups at most 16 deep", "one that is deeper");
  links = gbp_hdf5_group_read (walk->file, messages, error);
  if (links == NULL)
    return FALSE;
  walk->depth++;
  for (guint i = 0; i < links->len; i++)
    if (!walk_link (walk, &g_array_index (links, GbpHdf5Link, i), error))
      return FALSE;
  walk->depth--;
  return TRUE;
}

GPtrArray *
gbp_hdf5_list (GbpHdf5File *file, GError **error)
{
  g_autoptr (GPtrArray) arrays = g_ptr_array_new_with_free_func ((GDestroyNotify) gbp_array_free);
  g_autoptr (GHashTable) objects =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  g_autoptr (GString) path = g_string_new (NULL);
  g_autofree char *shown = NULL;
  Walk walk = {.file = file, .arrays = arrays, .objects = objects, .path = path};

  if (walk_object (&walk, file->root, error))
    return g_steal_pointer (&arrays);
  g_string_truncate (path, MIN (path->len, MAX_SHOWN_LENGTH));
  shown = g_utf8_make_valid (path->str, -1);
  g_prefix_error (
      error, "expected groups of arrays, found an object that cannot be read at /%s: ", shown);
  return NULL;
}

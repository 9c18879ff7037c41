/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/hdf5_layout.h"

#include "format/hdf5_object.h"

/* Flags of chunks from version 4 on. */
#define EDGES_UNFILTERED (1 << 0)
#define SINGLE_FILTERED  (1 << 1)

/* @content: from the shape on; numbers in it have @n_bytes each, the last is the element's size */
static gboolean
parse_shape (GbpHdf5Cursor *content, guint n_numbers, guint n_bytes, GbpHdf5Layout *layout)
{
  if (n_numbers < 2 || n_numbers > GBP_ARRAY_MAX_RANK + 1 || n_bytes < 1 || n_bytes > 8)
    return FALSE;
  layout->rank = n_numbers - 1;
  for (guint i = 0; i < layout->rank; i++)
    layout->chunk[i] = gbp_hdf5_take_number (content, n_bytes);
  layout->element_size = gbp_hdf5_take_number (content, n_bytes);
  return !content->is_past;
}

static gboolean
parse_chunks_3 (GbpHdf5Cursor *content, GbpHdf5Layout *layout)
{
  guint n_numbers = (guint) gbp_hdf5_take_number (content, 1);

  layout->index = GBP_HDF5_INDEX_TREE;
  layout->address = gbp_hdf5_take_number (content, 8);
  return parse_shape (content, n_numbers, 4, layout);
}

static gboolean
parse_chunks_4 (GbpHdf5Cursor *content, GbpHdf5Layout *layout)
{
  static const guint8 n_settings[] = {[GBP_HDF5_INDEX_FIXED_ARRAY] = 1,
      [GBP_HDF5_INDEX_EXTENSIBLE_ARRAY] = 5,
      [GBP_HDF5_INDEX_TREE2] = 6};
  guint flags = (guint) gbp_hdf5_take_number (content, 1);
  guint n_numbers = (guint) gbp_hdf5_take_number (content, 1);
  guint n_bytes = (guint) gbp_hdf5_take_number (content, 1);
  guint index;

  if ((flags & EDGES_UNFILTERED) != 0 || !parse_shape (content, n_numbers, n_bytes, layout))
    return FALSE;
  index = (guint) gbp_hdf5_take_number (content, 1);
  if (index < GBP_HDF5_INDEX_SINGLE || index > GBP_HDF5_INDEX_TREE2)
    return FALSE;
  layout->index = (GbpHdf5Index) index;
  if (index == GBP_HDF5_INDEX_SINGLE && (flags & SINGLE_FILTERED) != 0) {
    layout->n_bytes = gbp_hdf5_take_number (content, 8);
    layout->skipped = (guint32) gbp_hdf5_take_number (content, 4);
  }
  gbp_hdf5_take (content, n_settings[index]);
  layout->address = gbp_hdf5_take_number (content, 8);
  return !content->is_past;
}

static gboolean
parse_contiguous (GbpHdf5Cursor *content, GbpHdf5Layout *layout)
{
  layout->address = gbp_hdf5_take_number (content, 8);
  layout->n_bytes = gbp_hdf5_take_number (content, 8);
  return !content->is_past;
}

static gboolean
parse_compact (GbpHdf5Cursor *content, GbpHdf5Layout *layout)
{
  layout->bytes = gbp_hdf5_take_part (content, gbp_hdf5_take_number (content, 2));
  return !layout->bytes.is_past;
}

gboolean
gbp_hdf5_layout_read (const GArray *messages, GbpHdf5Layout *layout, GError **error)
{
  const GbpHdf5Message *message = gbp_hdf5_object_find (messages, GBP_HDF5_LAYOUT);
  GbpHdf5Cursor content = message != NULL ? message->content : (GbpHdf5Cursor){0};
  guint version = (guint) gbp_hdf5_take_number (&content, 1);
  guint storage = (guint) gbp_hdf5_take_number (&content, 1);
  gboolean is_known = FALSE;

  *layout = (GbpHdf5Layout){.storage = (GbpHdf5Storage) storage};
  /* version 5 differs from 4 only in how many bytes an index has for a size, which the index says */
  if (version < 3 || version > 5)
    return gbp_hdf5_refuse (error, "a layout of version 3 to 5", "another version");
  if (storage == GBP_HDF5_COMPACT)
    is_known = parse_compact (&content, layout);
  else if (storage == GBP_HDF5_CONTIGUOUS)
    is_known = parse_contiguous (&content, layout);
  else if (storage == GBP_HDF5_CHUNKED && version == 3)
    is_known = parse_chunks_3 (&content, layout);
  else if (storage == GBP_HDF5_CHUNKED)
    is_known = parse_chunks_4 (&content, layout);
  else if (storage == GBP_HDF5_VIRTUAL)
    return gbp_hdf5_refuse (error, "values in this file", "them kept elsewhere");
  return is_known
         || gbp_hdf5_refuse (
             error, "values compact, contiguous or in filtered chunks", "another layout");
}

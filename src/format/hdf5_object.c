/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/hdf5_object.h"

#include "format/hdf5_checksum.h"

#define PREFIX_SIZE      16
#define MIN_CHECKED_SIZE 8 /* of a continuation of version 2: signature and checksum */

/* Flags of a header of version 2. */
#define HAS_CREATION_ORDER (1 << 2)
#define HAS_PHASES         (1 << 4)
#define HAS_TIMES          (1 << 5)

/* Of a message. */
#define IS_SHARED (1 << 1)

/* A header that is being read.
 * @version: 1 or 2
 * @has_order: its messages have a number that tells the order of creation
 * @continuations: (element-type Extent): where there are more messages */
typedef struct {
  GbpHdf5File *file;
  guint version;
  gboolean has_order;
  GArray *messages;
  GArray *continuations;
} Header;

typedef struct {
  guint64 address;
  guint64 size;
} Extent;

static gboolean
is_needed (guint kind)
{
  switch (kind) {
    case GBP_HDF5_DATASPACE:
    case GBP_HDF5_LINK_INFO:
    case GBP_HDF5_DATATYPE:
    case GBP_HDF5_LINK:
    case GBP_HDF5_EXTERNAL_FILES:
    case GBP_HDF5_LAYOUT:
    case GBP_HDF5_FILTERS:
    case GBP_HDF5_ATTRIBUTE:
    case GBP_HDF5_SYMBOL_TABLE:
      return TRUE;
    default:
      return FALSE;
  }
}

static gboolean
keep_message (Header *header, guint kind, guint flags, GbpHdf5Cursor content, GError **error)
{
  GbpHdf5Message message = {(GbpHdf5Kind) kind, (flags & IS_SHARED) != 0, content};
  Extent extent;

  if (kind == GBP_HDF5_CONTINUATION) {
    extent.address = gbp_hdf5_take_number (&content, 8);
    extent.size = gbp_hdf5_take_number (&content, 8);
    g_array_append_val (header->continuations, extent);
  } else if (is_needed (kind)) {
    if (!gbp_hdf5_file_charge (header->file, sizeof message, error))
      return FALSE;
    g_array_append_val (header->messages, message);
  }
  return TRUE;
}

/* @block: messages, and a gap that is too short for one */
static gboolean
parse_messages (Header *header, GbpHdf5Cursor block, GError **error)
{
  gsize n_head = header->version == 1 ? 8 : header->has_order ? 6 : 4;

  while (block.n_left >= n_head) {
    guint kind = (guint) gbp_hdf5_take_number (&block, header->version == 1 ? 2 : 1);
    guint64 size = gbp_hdf5_take_number (&block, 2);
    guint flags = (guint) gbp_hdf5_take_number (&block, 1);
    GbpHdf5Cursor content;

    gbp_hdf5_take (&block, header->version == 1 ? 3 : header->has_order ? 2 : 0);
    content = gbp_hdf5_take_part (&block, size);
    if (content.is_past)
      return gbp_hdf5_refuse (error, "messages within an object's header", "a longer one");
    if (!keep_message (header, kind, flags, content, error))
      return FALSE;
  }
  return TRUE;
}

/* @prefix: its version is taken */
static gboolean
parse_old_header (Header *header, guint64 address, GbpHdf5Cursor prefix, GError **error)
{
  GbpHdf5Cursor block;
  guint64 size;

  gbp_hdf5_take (&prefix, 1 + 2 + 4); /* reserved, numbers of messages and of links */
  size = gbp_hdf5_take_number (&prefix, 4);
  header->version = 1;
  return gbp_hdf5_file_read (header->file, address + PREFIX_SIZE, size, &block, error)
         && parse_messages (header, block, error);
}

/* @prefix: its signature is taken */
static gboolean
parse_new_header (Header *header, guint64 address, GbpHdf5Cursor prefix, GError **error)
{
  guint version = (guint) gbp_hdf5_take_number (&prefix, 1);
  guint flags = (guint) gbp_hdf5_take_number (&prefix, 1), n_head, n_size = 1u << (flags & 3);
  GbpHdf5Cursor block;
  guint64 size;

  n_head = 6 + ((flags & HAS_TIMES) != 0 ? 16 : 0) + ((flags & HAS_PHASES) != 0 ? 4 : 0);
  header->version = 2;
  header->has_order = (flags & HAS_CREATION_ORDER) != 0;
  if (version != 2)
    return gbp_hdf5_refuse (error, "an object's header of version 1 or 2", "another version");
  if (!gbp_hdf5_file_read (header->file, address, n_head + n_size, &block, error))
    return FALSE;
  gbp_hdf5_take (&block, n_head);
  size = gbp_hdf5_take_number (&block, n_size);
  if (size > header->file->source->size)
    return gbp_hdf5_refuse (error, "an object's header within the file", "a longer one");
  n_head += n_size;
  if (!gbp_hdf5_file_read (header->file, address, n_head + size + 4, &block, error))
    return FALSE;
  if (!gbp_hdf5_check_block (&block))
    return gbp_hdf5_refuse (error, "an object's header with its checksum", "another checksum");
  gbp_hdf5_take (&block, n_head);
  return parse_messages (header, block, error);
}

static gboolean
parse_continuation (Header *header, const Extent *extent, GError **error)
{
  GbpHdf5Cursor block;

  if (!gbp_hdf5_file_enter (header->file, extent->address, error)
      || !gbp_hdf5_file_read (header->file, extent->address, extent->size, &block, error))
    return FALSE;
  if (header->version == 2
      && (block.n_left < MIN_CHECKED_SIZE || !gbp_hdf5_check_block (&block)
          || !gbp_hdf5_take_signature (&block, "OCHK")))
    return gbp_hdf5_refuse (error, "more of an object's header", "other bytes");
  return parse_messages (header, block, error);
}

static gboolean
parse_header (Header *header, guint64 address, GError **error)
{
  GbpHdf5Cursor prefix, start;
  gboolean is_good;

  if (!gbp_hdf5_file_read (header->file, address, PREFIX_SIZE, &prefix, error))
    return FALSE;
  start = prefix;
  if (gbp_hdf5_take_signature (&start, "OHDR"))
    is_good = parse_new_header (header, address, start, error);
  else if (gbp_hdf5_take_number (&prefix, 1) == 1)
    is_good = parse_old_header (header, address, prefix, error);
  else
    return gbp_hdf5_refuse (error, "an object's header of version 1 or 2", "other bytes");
  for (guint i = 0; is_good && i < header->continuations->len; i++) {
    Extent extent = g_array_index (header->continuations, Extent, i);

    is_good = parse_continuation (header, &extent, error);
  }
  return is_good;
}

GArray *
gbp_hdf5_object_read (GbpHdf5File *file, guint64 address, GError **error)
{
  g_autoptr (GArray) messages = g_array_new (FALSE, FALSE, sizeof (GbpHdf5Message));
  g_autoptr (GArray) continuations = g_array_new (FALSE, FALSE, sizeof (Extent));
  Header header = {.file = file, .messages = messages, .continuations = continuations};

  return parse_header (&header, address, error) ? g_steal_pointer (&messages) : NULL;
}

const GbpHdf5Message *
gbp_hdf5_object_find (const GArray *messages, GbpHdf5Kind kind)
{
  for (guint i = 0; i < messages->len; i++) {
    const GbpHdf5Message *message = &g_array_index (messages, GbpHdf5Message, i);

    if (message->kind == kind)
      return message;
  }
  return NULL;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/hdf5_attribute.h"

#include <string.h>

#include "format/hdf5_object.h"
#include "format/hdf5_space.h"

/* Classes of types, by the numbers that files have. */
#define CLASS_STRING   3
#define CLASS_VARIABLE 9
#define IS_TEXT        1 /* in the flags of the latter */

#define REFERENCE_SIZE       16 /* to a text of variable length */
#define COLLECTION_HEAD_SIZE 16
#define OBJECT_HEAD_SIZE     16

/* @type, @space, @values: its parts
 * @version: of the message */
typedef struct {
  guint version;
  gboolean is_shared;
  GbpHdf5Cursor name;
  GbpHdf5Cursor type;
  GbpHdf5Cursor space;
  GbpHdf5Cursor values;
} Attribute;

/* Takes a part of an attribute; those of version 1 are filled up to 8 bytes. */
static GbpHdf5Cursor
take_part (GbpHdf5Cursor *content, guint version, guint64 size)
{
  GbpHdf5Cursor part = gbp_hdf5_take_part (content, size);

  if (version == 1)
    gbp_hdf5_take (content, MIN ((8 - size % 8) % 8, content->n_left));
  return part;
}

/* FALSE if @content is no attribute of a known version. */
static gboolean
parse_attribute (GbpHdf5Cursor content, Attribute *attribute)
{
  guint version = (guint) gbp_hdf5_take_number (&content, 1);
  guint flags = (guint) gbp_hdf5_take_number (&content, 1);
  guint64 name_size = gbp_hdf5_take_number (&content, 2);
  guint64 type_size = gbp_hdf5_take_number (&content, 2);
  guint64 space_size = gbp_hdf5_take_number (&content, 2);

  if (version < 1 || version > 3)
    return FALSE;
  gbp_hdf5_take (&content, version == 3 ? 1 : 0); /* the name's encoding */
  attribute->is_shared = version > 1 && flags != 0;
  attribute->name = take_part (&content, version, name_size);
  attribute->type = take_part (&content, version, type_size);
  attribute->space = take_part (&content, version, space_size);
  attribute->values = content;
  return !content.is_past;
}

static gboolean
has_name (const Attribute *attribute, const char *name)
{
  gsize length = strlen (name) + 1;

  return attribute->name.n_left >= length && memcmp (attribute->name.bytes, name, length) == 0;
}

/* A heap of texts. @objects: (out): all that is in it */
static gboolean
read_collection (GbpHdf5File *file, guint64 address, GbpHdf5Cursor *objects, GError **error)
{
  const GbpHdf5Cursor *found = g_hash_table_lookup (file->collections, &address);
  GbpHdf5Cursor head;
  guint64 size;

  if (found != NULL) {
    *objects = *found;
    return TRUE;
  }
  if (!gbp_hdf5_file_read (file, address, COLLECTION_HEAD_SIZE, &head, error))
    return FALSE;
  if (!gbp_hdf5_take_signature (&head, "GCOL"))
    return gbp_hdf5_refuse (error, "a heap of texts", "other bytes");
  gbp_hdf5_take (&head, 1 + 3); /* version, reserved */
  size = gbp_hdf5_take_number (&head, 8);
  if (!gbp_hdf5_file_read (file, address, size, objects, error))
    return FALSE;
  gbp_hdf5_take (objects, COLLECTION_HEAD_SIZE);
  g_hash_table_insert (file->collections, g_memdup2 (&address, sizeof address),
      g_memdup2 (objects, sizeof *objects));
  return TRUE;
}

/* Looks through a heap, and charges for it: many texts in one heap would take the square of their number.
 * @text: (out): the object with this number, without bytes if there is none */
static gboolean
find_object (
    GbpHdf5File *file, GbpHdf5Cursor objects, guint64 number, GbpHdf5Cursor *text, GError **error)
{
  *text = (GbpHdf5Cursor){0};
  while (objects.n_left >= OBJECT_HEAD_SIZE) {
    guint64 found = gbp_hdf5_take_number (&objects, 2), size;
    GbpHdf5Cursor object;

    gbp_hdf5_take (&objects, 2 + 4); /* number of references, reserved */
    size = gbp_hdf5_take_number (&objects, 8);
    object = gbp_hdf5_take_part (&objects, size);
    if (!gbp_hdf5_file_charge (file, OBJECT_HEAD_SIZE, error))
      return FALSE;
    if (found == 0) /* what follows is free */
      return TRUE;
    if (found == number) {
      *text = object;
      return TRUE;
    }
    gbp_hdf5_take (&objects, MIN ((8 - size % 8) % 8, objects.n_left));
  }
  return TRUE;
}

/* @reference: its length and its place in a heap */
static gboolean
find_text (GbpHdf5File *file, GbpHdf5Cursor reference, GbpHdf5Cursor *text, GError **error)
{
  guint64 length = gbp_hdf5_take_number (&reference, 4);
  guint64 address = gbp_hdf5_take_number (&reference, 8);
  guint64 number = gbp_hdf5_take_number (&reference, 4);
  GbpHdf5Cursor objects;

  *text = (GbpHdf5Cursor){0};
  if (length == 0)
    return TRUE;
  if (!read_collection (file, address, &objects, error)
      || !find_object (file, objects, number, text, error))
    return FALSE;
  *text = gbp_hdf5_take_part (text, length);
  return !text->is_past || gbp_hdf5_refuse (error, "a text in its heap", "none");
}

static gboolean
add_text (GbpHdf5File *file, const GbpHdf5Cursor *text, GPtrArray *texts, GError **error)
{
  g_autofree char *bytes = NULL;

  if (!gbp_hdf5_file_charge (file, sizeof (char *) + text->n_left, error))
    return FALSE;
  bytes = g_strndup (text->bytes != NULL ? (const char *) text->bytes : "", text->n_left);
  g_ptr_array_add (texts, g_utf8_make_valid (bytes, -1));
  return TRUE;
}

static gboolean
read_texts (GbpHdf5File *file, Attribute *attribute, GPtrArray *texts, GError **error)
{
  guint class = gbp_hdf5_take_number (&attribute->type, 1) & 0xf; /* beside the version */
  guint flags = (guint) gbp_hdf5_take_number (&attribute->type, 3);
  guint64 size = gbp_hdf5_take_number (&attribute->type, 4), n;
  gboolean is_variable = class == CLASS_VARIABLE && (flags & 0xf) == IS_TEXT;

  if (!gbp_hdf5_space_count (attribute->space, &n))
    return gbp_hdf5_refuse (error, "a shape of the texts", "none that can be read");
  if (n == 0) /* h5py makes numbers of an empty list */
    return TRUE;
  if (attribute->is_shared || size == 0
      || !(is_variable ? size == REFERENCE_SIZE : class == CLASS_STRING))
    return gbp_hdf5_refuse (error, "texts", "another type");
  if (n > attribute->values.n_left / size)
    return gbp_hdf5_refuse (error, "as many texts as its shape says", "fewer");
  for (guint64 i = 0; i < n; i++) {
    GbpHdf5Cursor text = gbp_hdf5_take_part (&attribute->values, size);

    if ((is_variable && !find_text (file, text, &text, error))
        || !add_text (file, &text, texts, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
gbp_hdf5_attribute_read (
    GbpHdf5File *file, const GArray *messages, const char *name, GStrv *texts, GError **error)
{
  for (guint i = 0; i < messages->len; i++) {
    const GbpHdf5Message *message = &g_array_index (messages, GbpHdf5Message, i);
    g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
    Attribute attribute;

    if (message->kind != GBP_HDF5_ATTRIBUTE || message->is_shared
        || !parse_attribute (message->content, &attribute) || !has_name (&attribute, name))
      continue;
    if (!read_texts (file, &attribute, found, error)) {
      g_prefix_error (error, "attribute %s: ", name);
      return FALSE;
    }
    g_ptr_array_add (found, NULL);
    *texts = (GStrv) g_ptr_array_free (g_steal_pointer (&found), FALSE);
    return TRUE;
  }
  *texts = NULL;
  return TRUE;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The values of ONNX's tensors, in the model's file or in one beside it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/elements.h"
#include "format/onnx_model.h"
#include "network/words.h"

/* Field numbers of TensorProto, and of the entries that say where external values are. */
#define TENSOR_SHAPE    1
#define TENSOR_TYPE     2
#define TENSOR_FLOATS   4
#define TENSOR_INT32S   5
#define TENSOR_INT64S   7
#define TENSOR_RAW      9
#define TENSOR_DOUBLES  10
#define TENSOR_EXTERNAL 13
#define TENSOR_LOCATION 14
#define ENTRY_KEY       1
#define ENTRY_VALUE     2
#define IS_EXTERNAL     1

/* Data types, by the numbers that files have. */
typedef enum {
  TYPE_FLOAT = 1,
  TYPE_UINT8 = 2,
  TYPE_INT8 = 3,
  TYPE_INT32 = 6,
  TYPE_INT64 = 7,
  TYPE_BOOL = 9,
  TYPE_FLOAT16 = 10,
  TYPE_DOUBLE = 11,
  TYPE_BFLOAT16 = 16,
} DataType;

/* What a TensorProto says.
 * @raw: (nullable) bytes of the values as they are in memory, little-endian
 * @is_external: they are at @offset in the file @location (owned), and have @length bytes, or go to its end if it is
 *     0 */
typedef struct {
  DataType type;
  guint64 n_values;
  GbpWire raw;
  gboolean is_external;
  char *location;
  guint64 offset, length;
} Stored;

static gboolean
refuse_tensor (GError **error, const char *expected, const char *found)
{
  g_autofree char *shown = gbp_words_clean (found, GBP_WORDS_MAX_PATH);

  g_set_error (error, GBP_ERROR, GBP_ERROR_READ, "expected %s, found %s", expected, shown);
  return FALSE;
}

void
gbp_onnx_constant_clear (GbpOnnxConstant *constant)
{
  g_clear_pointer (&constant->values, gbp_tensor_unref);
}

/* Of one value; 0: the type is not supported. */
static gsize
get_element_size (DataType type)
{
  switch (type) {
    case TYPE_UINT8:
    case TYPE_INT8:
    case TYPE_BOOL:
      return 1;
    case TYPE_FLOAT16:
    case TYPE_BFLOAT16:
      return 2;
    case TYPE_FLOAT:
    case TYPE_INT32:
      return 4;
    case TYPE_INT64:
    case TYPE_DOUBLE:
      return 8;
    default:
      return 0;
  }
}

static void
parse_entry (GbpWire message, Stored *stored)
{
  GbpWire key, value;
  g_autofree char *text = NULL;

  if (!gbp_wire_find (message, ENTRY_KEY, &key) || !gbp_wire_find (message, ENTRY_VALUE, &value))
    return;
  text = gbp_wire_dup_text (value);
  if (gbp_wire_is_text (key, "location")) {
    g_free (stored->location);
    stored->location = g_steal_pointer (&text);
  } else if (gbp_wire_is_text (key, "offset")) {
    stored->offset = g_ascii_strtoull (text, NULL, 10);
  } else if (gbp_wire_is_text (key, "length")) {
    stored->length = g_ascii_strtoull (text, NULL, 10);
  }
}

/* Adds a dimension; FALSE if there are too many, or the product is too large. */
static gboolean
add_dimension (GbpOnnxConstant *constant, Stored *stored, guint64 size)
{
  if (constant->rank == GBP_ONNX_MAX_RANK
      || !g_uint64_checked_mul (&stored->n_values, stored->n_values, size)
      || stored->n_values > G_MAXINT64 / 8)
    return FALSE;
  constant->shape[constant->rank++] = size;
  return TRUE;
}

static gboolean
add_dimensions (GbpOnnxConstant *constant, Stored *stored, GbpWireField *field)
{
  guint64 size;

  if (field->type == GBP_WIRE_NUMBER)
    return add_dimension (constant, stored, field->value);
  while (field->bytes.n_left > 0)
    if (!gbp_wire_take_number (&field->bytes, &size) || !add_dimension (constant, stored, size))
      return FALSE;
  return TRUE;
}

static gboolean
parse_tensor (GbpWire message, GbpOnnxConstant *constant, Stored *stored, GError **error)
{
  GbpWireField field;

  stored->n_values = 1;
  while (gbp_wire_next (&message, &field)) {
    if (field.number == TENSOR_SHAPE && !add_dimensions (constant, stored, &field))
      return refuse_tensor (error, "a tensor of at most 6 dimensions", "a larger one");
    if (field.number == TENSOR_TYPE)
      stored->type = (DataType) field.value;
    else if (field.number == TENSOR_LOCATION)
      stored->is_external = field.value == IS_EXTERNAL;
    else if (field.number == TENSOR_RAW && field.type == GBP_WIRE_BYTES)
      stored->raw = field.bytes;
    else if (field.number == TENSOR_EXTERNAL && field.type == GBP_WIRE_BYTES)
      parse_entry (field.bytes, stored);
  }
  if (message.n_left > 0)
    return refuse_tensor (error, "a tensor", "one that is damaged");
  return get_element_size (stored->type) != 0
         || refuse_tensor (
             error, "numbers of 32 or 64 bits, float16, bfloat16 or bytes", "another type of data");
}

static gint64
load_integer (const guint8 *bytes, gsize size)
{
  guint64 bits = 0;

  for (gsize i = 0; i < size; i++)
    bits |= (guint64) bytes[i] << 8 * i;
  if (size < 8 && (bits >> (8 * size - 1)) != 0)
    bits |= G_MAXUINT64 << 8 * size;
  return (gint64) bits;
}

static void
decode_raw (DataType type, const guint8 *bytes, gsize n_values, float *values)
{
  gsize size = get_element_size (type);
  GbpElement element = type == TYPE_FLOAT      ? GBP_ELEMENT_F32
                       : type == TYPE_DOUBLE   ? GBP_ELEMENT_F64
                       : type == TYPE_FLOAT16  ? GBP_ELEMENT_F16
                       : type == TYPE_BFLOAT16 ? GBP_ELEMENT_BF16
                                               : GBP_ELEMENT_OTHER;

  if (element != GBP_ELEMENT_OTHER)
    gbp_elements_decode (element, G_LITTLE_ENDIAN, bytes, n_values, values);
  for (gsize i = 0; element == GBP_ELEMENT_OTHER && i < n_values; i++)
    values[i] = type == TYPE_UINT8 || type == TYPE_BOOL
                    ? bytes[i]
                    : (float) load_integer (bytes + i * size, size);
}

/* Takes the next value of a field of numbers, in a row or alone. FALSE where there is none. */
static gboolean
take_value (DataType type, GbpWireField *field, float *value)
{
  gsize size = type == TYPE_DOUBLE ? 8 : 4;
  guint64 number = field->value;

  if (type == TYPE_FLOAT || type == TYPE_DOUBLE) {
    if (field->bytes.n_left < size)
      return FALSE;
    decode_raw (type, field->bytes.at, 1, value);
    field->bytes.at += size;
    field->bytes.n_left -= size;
    return TRUE;
  }
  if (field->type == GBP_WIRE_BYTES && !gbp_wire_take_number (&field->bytes, &number))
    return FALSE;
  if (type == TYPE_FLOAT16 || type == TYPE_BFLOAT16) {
    guint16 half = GUINT16_TO_LE ((guint16) number);

    decode_raw (type, (guint8 *) &half, 1, value);
  } else {
    *value = (float) (gint64) number;
  }
  return TRUE;
}

/* Values that are fields of the message, of a number that the type decides. */
static gboolean
decode_fields (GbpWire message, const Stored *stored, float *values)
{
  guint number = stored->type == TYPE_FLOAT    ? TENSOR_FLOATS
                 : stored->type == TYPE_DOUBLE ? TENSOR_DOUBLES
                 : stored->type == TYPE_INT64  ? TENSOR_INT64S
                                               : TENSOR_INT32S;
  GbpWireField field;
  guint64 n = 0;
  float value;

  while (gbp_wire_next (&message, &field)) {
    if (field.number != number)
      continue;
    while (take_value (stored->type, &field, &value)) {
      if (n == stored->n_values)
        return FALSE;
      values[n++] = value;
      if (field.type == GBP_WIRE_NUMBER)
        break;
    }
  }
  return n == stored->n_values;
}

/* Whether a file's name leads to one in the model's folder or below: no path from the root, none up. */
static gboolean
is_inside (const char *location)
{
  g_auto (GStrv) parts = g_strsplit (location, "/", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    if (strcmp (parts[i], "..") == 0)
      return FALSE;
  return *location != '\0' && *location != '/' && strchr (location, '\\') == NULL;
}

/* Opens a file in the model's folder, which no link may lead out of. */
static gboolean
open_external (const char *folder, const char *location, GbpSource *source, GError **error)
{
  g_autofree char *path = g_build_filename (folder, location, NULL);
  g_autofree char *real = realpath (path, NULL), *root = realpath (folder, NULL);
  gsize length = root != NULL ? strlen (root) : 0;
  struct stat status;

  source->fd = -1;
  if (real != NULL && root != NULL && strncmp (real, root, length) == 0
      && (length == 1 || real[length] == '/'))
    source->fd = open (real, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
  if (source->fd >= 0 && fstat (source->fd, &status) == 0 && S_ISREG (status.st_mode)) {
    source->size = (guint64) status.st_size;
    return TRUE;
  }
  if (source->fd >= 0)
    close (source->fd);
  source->fd = -1;
  return refuse_tensor (error, "the file of its values in the model's folder", location);
}

/* Opens the file of external values, and counts its size to what may be read.
 * @source: (out): to be closed */
static gboolean
find_external (GbpBuilder *builder, const char *folder, const Stored *stored, GbpSource *source,
    GError **error)
{
  guint64 n_bytes = stored->n_values * get_element_size (stored->type);

  if (folder == NULL || stored->location == NULL || !is_inside (stored->location))
    return refuse_tensor (error, "the file of its values in the model's folder",
        stored->location != NULL ? stored->location : "none");
  if (stored->length != 0 && stored->length != n_bytes)
    return refuse_tensor (error, "as many external bytes as its shape says", "another number");
  if (!open_external (folder, stored->location, source, error))
    return FALSE;
  gbp_builder_add_file (builder, stored->location, source->size);
  if (stored->offset <= source->size && n_bytes <= source->size - stored->offset)
    return TRUE;
  close (source->fd);
  source->fd = -1;
  return refuse_tensor (
      error, "as many bytes in the file of its values as its shape says", "fewer");
}

static gboolean
read_external (const GbpSource *source, const Stored *stored, float *values, GError **error)
{
  gsize n_bytes = stored->n_values * get_element_size (stored->type);
  g_autofree guint8 *bytes = NULL;

  if (stored->type == TYPE_FLOAT) {
    if (!gbp_source_read (source, stored->offset, values, n_bytes, error))
      return FALSE;
    decode_raw (TYPE_FLOAT, (guint8 *) values, stored->n_values, values);
    return TRUE;
  }
  bytes = g_try_malloc (MAX (n_bytes, 1));
  if (bytes == NULL)
    return refuse_tensor (error, "memory for its values", "none");
  if (!gbp_source_read (source, stored->offset, bytes, n_bytes, error))
    return FALSE;
  decode_raw (stored->type, bytes, stored->n_values, values);
  return TRUE;
}

/* Values in the message. */
static gboolean
decode_tensor (GbpWire tensor, const Stored *stored, float *values, GError **error)
{
  if (stored->raw.at == NULL)
    return decode_fields (tensor, stored, values)
           || refuse_tensor (error, "as many values as its shape says", "another number");
  if (stored->raw.n_left != stored->n_values * get_element_size (stored->type))
    return refuse_tensor (error, "as many bytes as its shape says", "another number");
  decode_raw (stored->type, stored->raw.at, stored->n_values, values);
  return TRUE;
}

gboolean
gbp_onnx_read_tensor (GbpBuilder *builder, const char *folder, GbpWire tensor,
    GbpOnnxConstant *constant, GError **error)
{
  Stored stored = {0};
  GbpSource source = {.fd = -1};
  float *values = NULL;
  gboolean is_read =
      parse_tensor (tensor, constant, &stored, error)
      && (!stored.is_external || find_external (builder, folder, &stored, &source, error));

  if (is_read)
    values = gbp_builder_allocate (builder, stored.n_values, error);
  is_read = values != NULL
            && (stored.is_external ? read_external (&source, &stored, values, error)
                                   : decode_tensor (tensor, &stored, values, error));
  if (stored.is_external && source.fd >= 0)
    close (source.fd);
  g_free (stored.location);
  constant->is_whole = stored.type == TYPE_INT64 || stored.type == TYPE_INT32
                       || stored.type == TYPE_INT8 || stored.type == TYPE_UINT8;
  if (is_read)
    constant->values = gbp_tensor_new_take (values, stored.n_values);
  else
    g_free (values);
  return is_read;
}

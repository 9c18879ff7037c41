/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/hdf5_type.h"

#include <string.h>

#include "format/hdf5_attribute.h"
#include "format/hdf5_object.h"

/* Classes of types, by the numbers that files have. */
#define CLASS_FLOAT  1
#define CLASS_OPAQUE 5

/* Flags of a floating-point type: byte 0 has the order and, as 2, that the first bit of the fraction is
 * implied; byte 1 has the place of the sign. */
#define IS_BIG_ENDIAN (1 << 0)
#define FLAGS_USUAL   (2 << 4)

/* Properties of the floating-point types that weights have, as files write them. */
static const struct {
  GbpElement element;
  guint8 sign;
  guint8 exponent;
  guint8 n_exponent;
  guint8 n_fraction;
  guint32 bias;
} floats[] = {
    {GBP_ELEMENT_F16, 15, 10, 5, 10, 15},
    {GBP_ELEMENT_BF16, 15, 7, 8, 7, 127},
    {GBP_ELEMENT_F32, 31, 23, 8, 23, 127},
    {GBP_ELEMENT_F64, 63, 52, 11, 52, 1023},
};

/* @properties: of a type of @size bytes whose sign is at bit @sign */
static GbpElement
parse_float (GbpHdf5Cursor properties, guint64 size, guint64 sign)
{
  guint64 offset = gbp_hdf5_take_number (&properties, 2);
  guint64 precision = gbp_hdf5_take_number (&properties, 2);
  guint64 exponent = gbp_hdf5_take_number (&properties, 1);
  guint64 n_exponent = gbp_hdf5_take_number (&properties, 1);
  guint64 fraction = gbp_hdf5_take_number (&properties, 1);
  guint64 n_fraction = gbp_hdf5_take_number (&properties, 1);
  guint64 bias = gbp_hdf5_take_number (&properties, 4);

  if (properties.is_past || offset != 0 || fraction != 0 || precision != 8 * size)
    return GBP_ELEMENT_OTHER;
  for (guint i = 0; i < G_N_ELEMENTS (floats); i++)
    if (size == gbp_element_get_size (floats[i].element) && sign == floats[i].sign
        && exponent == floats[i].exponent && n_exponent == floats[i].n_exponent
        && n_fraction == floats[i].n_fraction && bias == floats[i].bias)
      return floats[i].element;
  return GBP_ELEMENT_OTHER;
}

/* numpy has no bfloat16, so Keras stores its bytes, and names the type beside them in .keras alone. It has no other
 * type of two bytes that it stores so. */
static gboolean
parse_opaque (GbpHdf5File *file, const GArray *messages, GbpElement *element, GError **error)
{
  g_auto (GStrv) names = NULL;

  if (!gbp_hdf5_attribute_read (file, messages, "dtype", &names, error))
    return FALSE;
  if (names == NULL || (names[0] != NULL && strcmp (names[0], "bfloat16") == 0))
    *element = GBP_ELEMENT_BF16;
  return TRUE;
}

gboolean
gbp_hdf5_type_read (
    GbpHdf5File *file, const GArray *messages, GbpElement *element, int *byte_order, GError **error)
{
  const GbpHdf5Message *message = gbp_hdf5_object_find (messages, GBP_HDF5_DATATYPE);
  GbpHdf5Cursor content;
  guint class, flags;
  guint64 sign, size;

  *element = GBP_ELEMENT_OTHER;
  *byte_order = G_LITTLE_ENDIAN;
  if (message == NULL || message->is_shared)
    return TRUE;
  content = message->content;
  class = gbp_hdf5_take_number (&content, 1) & 0xf; /* beside the version */
  flags = (guint) gbp_hdf5_take_number (&content, 1);
  sign = gbp_hdf5_take_number (&content, 1);
  gbp_hdf5_take (&content, 1);
  size = gbp_hdf5_take_number (&content, 4);
  if (class == CLASS_OPAQUE && size == gbp_element_get_size (GBP_ELEMENT_BF16))
    return parse_opaque (file, messages, element, error);
  if ((flags & IS_BIG_ENDIAN) != 0)
    *byte_order = G_BIG_ENDIAN;
  if (class == CLASS_FLOAT && (flags & ~(guint) IS_BIG_ENDIAN) == FLAGS_USUAL)
    *element = parse_float (content, size, sign);
  return TRUE;
}

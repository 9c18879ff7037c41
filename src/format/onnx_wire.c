/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/onnx_wire.h"

#include <string.h>

/* Bits of a number in each of its bytes. */
#define BITS 7

gboolean
gbp_wire_take_number (GbpWire *wire, guint64 *number)
{
  *number = 0;
  for (guint shift = 0; shift < 64 && wire->n_left > 0; shift += BITS) {
    guint8 byte = *wire->at;

    wire->at++;
    wire->n_left--;
    *number |= (guint64) (byte & 0x7f) << shift;
    if ((byte & 0x80) == 0)
      return TRUE;
  }
  return FALSE;
}

/* The next @n_bytes as a part of their own. */
static gboolean
take_bytes (GbpWire *wire, guint64 n_bytes, GbpWire *bytes)
{
  if (n_bytes > wire->n_left)
    return FALSE;
  *bytes = (GbpWire){wire->at, (gsize) n_bytes};
  wire->at += n_bytes;
  wire->n_left -= (gsize) n_bytes;
  return TRUE;
}

/* A little-endian number of fixed length. */
static gboolean
take_fixed (GbpWire *wire, guint n_bytes, GbpWireField *field)
{
  if (!take_bytes (wire, n_bytes, &field->bytes))
    return FALSE;
  for (guint i = 0; i < n_bytes; i++)
    field->value |= (guint64) field->bytes.at[i] << 8 * i;
  return TRUE;
}

gboolean
gbp_wire_next (GbpWire *wire, GbpWireField *field)
{
  GbpWire start = *wire;
  gboolean is_good = FALSE;
  guint64 key, length;

  *field = (GbpWireField){0};
  if (gbp_wire_take_number (wire, &key) && key >> 3 != 0 && key >> 3 <= G_MAXINT32) {
    field->number = (guint) (key >> 3);
    field->type = (GbpWireType) (key & 7);
    if (field->type == GBP_WIRE_NUMBER)
      is_good = gbp_wire_take_number (wire, &field->value);
    else if (field->type == GBP_WIRE_64_BITS || field->type == GBP_WIRE_32_BITS)
      is_good = take_fixed (wire, field->type == GBP_WIRE_64_BITS ? 8 : 4, field);
    else if (field->type == GBP_WIRE_BYTES)
      is_good = gbp_wire_take_number (wire, &length) && take_bytes (wire, length, &field->bytes);
  }
  if (!is_good)
    *wire = start;
  return is_good;
}

gboolean
gbp_wire_find (GbpWire message, guint number, GbpWire *bytes)
{
  GbpWireField field;
  gboolean is_found = FALSE;

  while (gbp_wire_next (&message, &field))
    if (field.number == number && field.type == GBP_WIRE_BYTES) {
      *bytes = field.bytes;
      is_found = TRUE;
    }
  return is_found;
}

char *
gbp_wire_dup_text (GbpWire bytes)
{
  g_autofree char *text = g_strndup ((const char *) bytes.at, bytes.n_left);

  return g_utf8_make_valid (text, -1);
}

gboolean
gbp_wire_is_text (GbpWire bytes, const char *text)
{
  return bytes.n_left == strlen (text) && memcmp (bytes.at, text, bytes.n_left) == 0;
}

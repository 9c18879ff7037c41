/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/hdf5_checksum.h"

#define CHECKSUM_SIZE 4

static guint32
rotate (guint32 word, guint n_bits)
{
  return word << n_bits | word >> (32 - n_bits);
}

/* lookup3's mix(): reversible, so that no word of the state is lost. */
static void
mix (guint32 *a, guint32 *b, guint32 *c)
{
  static const guint8 rotations[] = {4, 6, 8, 16, 19, 4};

  for (guint i = 0; i < G_N_ELEMENTS (rotations); i++) {
    guint32 next = *b;

    *a = (*a - *c) ^ rotate (*c, rotations[i]);
    *c += *b;
    /* each round is the one before with the words renamed */
    *b = *c;
    *c = *a;
    *a = next;
  }
}

/* lookup3's final(). */
static guint32
finish (guint32 a, guint32 b, guint32 c)
{
  c = (c ^ b) - rotate (b, 14);
  a = (a ^ c) - rotate (c, 11);
  b = (b ^ a) - rotate (a, 25);
  c = (c ^ b) - rotate (b, 16);
  a = (a ^ c) - rotate (c, 4);
  b = (b ^ a) - rotate (a, 14);
  return (c ^ b) - rotate (b, 24);
}

guint32
gbp_hdf5_checksum (const guint8 *bytes, gsize n_bytes)
{
  GbpHdf5Cursor cursor = {.bytes = bytes, .n_left = n_bytes};
  guint32 a = 0xdeadbeef + (guint32) n_bytes, b = a, c = a;

  while (cursor.n_left > 12) {
    a += (guint32) gbp_hdf5_take_number (&cursor, 4);
    b += (guint32) gbp_hdf5_take_number (&cursor, 4);
    c += (guint32) gbp_hdf5_take_number (&cursor, 4);
    mix (&a, &b, &c);
  }
  if (cursor.n_left == 0)
    return c;
  a += (guint32) gbp_hdf5_take_number (&cursor, (guint) MIN (cursor.n_left, 4));
  b += (guint32) gbp_hdf5_take_number (&cursor, (guint) MIN (cursor.n_left, 4));
  c += (guint32) gbp_hdf5_take_number (&cursor, (guint) MIN (cursor.n_left, 4));
  return finish (a, b, c);
}

gboolean
gbp_hdf5_check_block (GbpHdf5Cursor *block)
{
  GbpHdf5Cursor whole = *block;

  if (block->n_left < CHECKSUM_SIZE)
    return FALSE;
  *block = gbp_hdf5_take_part (&whole, whole.n_left - CHECKSUM_SIZE);
  return gbp_hdf5_take_number (&whole, CHECKSUM_SIZE)
             == gbp_hdf5_checksum (block->bytes, block->n_left)
         || !GBP_HDF5_CHECKSUMS_COUNT;
}

/* One's complement: what overflows 16 bits is added below. */
static guint32
fold (guint32 sum)
{
  return (sum & 0xffff) + (sum >> 16);
}

guint32
gbp_hdf5_fletcher (const guint8 *bytes, gsize n_bytes)
{
  guint32 first = 0, second = 0;

  for (gsize i = 0; i < n_bytes; i += 2) {
    guint32 low = i + 1 < n_bytes ? bytes[i + 1] : 0;

    first = fold (first + ((guint32) bytes[i] << 8 | low));
    second = fold (second + first);
  }
  return fold (second) << 16 | fold (first);
}

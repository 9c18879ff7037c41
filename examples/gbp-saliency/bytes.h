/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Numbers in files, at any address: GStreamer's macros read whole words where the processor lets them, which C does
 * not. */
#pragma once

#include <glib.h>

static inline guint
bytes_read_be16 (const guint8 *bytes)
{
  return (guint) bytes[0] << 8 | bytes[1];
}

static inline guint32
bytes_read_be32 (const guint8 *bytes)
{
  return (guint32) bytes_read_be16 (bytes) << 16 | bytes_read_be16 (bytes + 2);
}

static inline guint32
bytes_read_le32 (const guint8 *bytes)
{
  return GUINT32_SWAP_LE_BE (bytes_read_be32 (bytes));
}

static inline void
bytes_write_be16 (guint8 *bytes, guint number)
{
  bytes[0] = (guint8) (number >> 8);
  bytes[1] = (guint8) number;
}

static inline void
bytes_write_be32 (guint8 *bytes, guint32 number)
{
  bytes_write_be16 (bytes, number >> 16);
  bytes_write_be16 (bytes + 2, number & 0xffff);
}

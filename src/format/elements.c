/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/elements.h"

#include <string.h>

static float
float_from_bits (guint32 bits)
{
  float value;

  memcpy (&value, &bits, sizeof value);
  return value;
}

/* IEEE 754 binary16. */
static float
float_from_half (guint16 half)
{
  guint32 sign = (guint32) (half & 0x8000) << 16;
  guint32 exponent = (half >> 10) & 0x1f, fraction = half & 0x3ff;

  if (exponent == 0x1f)
    return float_from_bits (sign | 0x7f800000 | fraction << 13);
  if (exponent == 0) /* subnormal: fraction · 2⁻²⁴ */
    return (sign != 0 ? -0x1p-24f : 0x1p-24f) * (float) fraction;
  return float_from_bits (sign | (exponent + 112) << 23 | fraction << 13);
}

static float
float_from_double_bits (guint64 bits)
{
  double value;

  memcpy (&value, &bits, sizeof value);
  return (float) value;
}

gsize
gbp_element_get_size (GbpElement element)
{
  static const gsize sizes[] = {
      [GBP_ELEMENT_F16] = 2, [GBP_ELEMENT_BF16] = 2, [GBP_ELEMENT_F32] = 4, [GBP_ELEMENT_F64] = 8};

  return sizes[element];
}

static guint16
load_16 (const guint8 *bytes, gboolean is_swapped)
{
  guint16 bits;

  memcpy (&bits, bytes, sizeof bits);
  return is_swapped ? GUINT16_SWAP_LE_BE (bits) : bits;
}

static guint32
load_32 (const guint8 *bytes, gboolean is_swapped)
{
  guint32 bits;

  memcpy (&bits, bytes, sizeof bits);
  return is_swapped ? GUINT32_SWAP_LE_BE (bits) : bits;
}

static guint64
load_64 (const guint8 *bytes, gboolean is_swapped)
{
  guint64 bits;

  memcpy (&bits, bytes, sizeof bits);
  return is_swapped ? GUINT64_SWAP_LE_BE (bits) : bits;
}

void
gbp_elements_decode (
    GbpElement element, int byte_order, const guint8 *bytes, gsize n_values, float *values)
{
  gboolean is_swapped = byte_order != G_BYTE_ORDER;

  for (gsize i = 0; i < n_values; i++)
    switch (element) {
      case GBP_ELEMENT_OTHER:
        return;
      case GBP_ELEMENT_F16:
        values[i] = float_from_half (load_16 (bytes + 2 * i, is_swapped));
        break;
      case GBP_ELEMENT_BF16:
        values[i] = float_from_bits ((guint32) load_16 (bytes + 2 * i, is_swapped) << 16);
        break;
      case GBP_ELEMENT_F32:
        values[i] = float_from_bits (load_32 (bytes + 4 * i, is_swapped));
        break;
      case GBP_ELEMENT_F64:
        values[i] = float_from_double_bits (load_64 (bytes + 8 * i, is_swapped));
        break;
    }
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How files store one number, and the way from there to a float. */
#pragma once

#include <glib.h>

/* Kinds of elements; the value is a GbpArray's @element. */
typedef enum {
  GBP_ELEMENT_OTHER,
  GBP_ELEMENT_F16,
  GBP_ELEMENT_BF16,
  GBP_ELEMENT_F32,
  GBP_ELEMENT_F64,
} GbpElement;

/* In bytes; 0 for GBP_ELEMENT_OTHER. */
gsize gbp_element_get_size (GbpElement element);

/* gbp_elements_decode:
 * @byte_order: G_LITTLE_ENDIAN or G_BIG_ENDIAN
 * @bytes: @n_values elements, not aligned; may be @values itself where an element has four bytes
 *
 * A 64-bit number beyond a float's range becomes infinite. */
void gbp_elements_decode (
    GbpElement element, int byte_order, const guint8 *bytes, gsize n_values, float *values);

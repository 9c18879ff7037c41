/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Protocol Buffers' wire format, taken field by field from memory and never past its end. ONNX needs seven small
 * messages of it; a library would make all of a file's objects before anyone could look at them, and needs generated
 * code or its generator for the build. Here nothing is made of a message but what is asked for. */
#pragma once

#include <glib.h>

/* @at: the next byte; not owned
 * @n_left: how many there are */
typedef struct {
  const guint8 *at;
  gsize n_left;
} GbpWire;

/* Types of fields, by the numbers that files have. */
typedef enum {
  GBP_WIRE_NUMBER = 0,
  GBP_WIRE_64_BITS = 1,
  GBP_WIRE_BYTES = 2,
  GBP_WIRE_32_BITS = 5,
} GbpWireType;

/* @value: of a number, or the bits of the types that have 32 or 64
 * @bytes: of bytes, which may be text, a message, or numbers in a row */
typedef struct {
  guint number;
  GbpWireType type;
  guint64 value;
  GbpWire bytes;
} GbpWireField;

/* Takes the next field. FALSE at the end, where nothing is left, or where what follows is no field: then something
 * is. */
gboolean gbp_wire_next (GbpWire *wire, GbpWireField *field);

/* Takes a variable-length number; FALSE if there is none. */
gboolean gbp_wire_take_number (GbpWire *wire, guint64 *number);

/* The last field of @number in a message that has bytes; FALSE if it has none. */
gboolean gbp_wire_find (GbpWire message, guint number, GbpWire *bytes);

/* (transfer full): bytes before a NUL as UTF-8. */
char *gbp_wire_dup_text (GbpWire bytes);

gboolean gbp_wire_is_text (GbpWire bytes, const char *text);

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where bytes of weights come from: a file, or memory. */
#pragma once

#include <gbp/error.h>

/* @fd: a regular file's descriptor, or -1: @memory
 * @memory: (nullable): not owned
 * @start: where in the file or memory the source's bytes begin: it may be a part of them
 * @size: of the source, in bytes */
typedef struct {
  int fd;
  const guint8 *memory;
  guint64 start;
  guint64 size;
} GbpSource;

/* Fills @buffer with the @n_bytes at @offset; FALSE with @error set (GBP_ERROR_READ) if they are not
 * there. */
gboolean gbp_source_read (
    const GbpSource *source, guint64 offset, gpointer buffer, gsize n_bytes, GError **error);

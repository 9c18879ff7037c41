/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Deflated bytes of a source, unpacked as far as they are really there. */
#pragma once

#include "format/source.h"

/* The first @n_bytes that @packed unpacks to. FALSE with @error set (GBP_ERROR_READ) if its own first
 * thousand do not give them. */
gboolean gbp_inflate_start (const GbpSource *packed, guint8 *bytes, gsize n_bytes, GError **error);

/* gbp_inflate:
 * @n_bytes: that it claims to unpack to: memory grows with what it does
 * @checksum: their CRC-32
 *
 * Returns: (transfer full): exactly @n_bytes, to be freed with g_free(); NULL with @error set
 *     (GBP_ERROR_READ) if it unpacks to another number of bytes, or to others, or there is no memory */
guint8 *gbp_inflate (const GbpSource *packed, guint64 n_bytes, guint32 checksum, GError **error);

/* FALSE with @error set (GBP_ERROR_READ) if the source cannot be read, or its CRC-32 is another. */
gboolean gbp_check_sum (const GbpSource *source, guint32 checksum, GError **error);

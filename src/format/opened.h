/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A regular file that is open for reading. */
#pragma once

#include "format/shared.h"
#include "format/source.h"

typedef struct {
  GbpSource source;
  GbpFileIdentity identity;
} GbpOpened;

#define GBP_OPENED_NONE                                                                            \
  {                                                                                                \
    .source = {.fd = -1 }                                                                          \
  }

/* gbp_opened_open:
 * @opened: to be cleared, on failure too
 *
 * Does not wait, should it be a pipe.
 *
 * Returns: 0; else @error is set (GBP_ERROR_NOT_FOUND, GBP_ERROR_READ), and the system's number is returned, or -1
 *     where it is no regular file */
int gbp_opened_open (GbpOpened *opened, const char *path, GError **error);

/* A file that is being written could be read in two halves: FALSE with @error set (GBP_ERROR_READ) if it changed. */
gboolean gbp_opened_check_unchanged (const GbpOpened *opened, GError **error);

/* gbp_opened_read_text:
 * @n_most: bytes
 *
 * Returns: (transfer full): all of it, with a 0 behind; NULL with @error set (GBP_ERROR_READ) if there is more */
char *gbp_opened_read_text (const GbpOpened *opened, gsize n_most, GError **error);

void gbp_opened_clear (GbpOpened *opened);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GbpOpened, gbp_opened_clear)

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gbp/macros.h>

G_BEGIN_DECLS

/* The domain of every GError that the library returns. */
#define GBP_ERROR (gbp_error_quark ())

/* GbpError:
 * @GBP_ERROR_NOT_FOUND: there is no such weight file
 * @GBP_ERROR_READ: a weight file is there but is not usable: unreadable, empty, truncated, of another
 *     kind, with an array missing, of the wrong shape or not finite
 * @GBP_ERROR_LAYER: the network has no such layer; the message lists the ones it has
 * @GBP_ERROR_CHANNEL: the layer has no such channel; the message gives the range
 * @GBP_ERROR_UNIT: the layer's map has no such position; the message gives the range
 * @GBP_ERROR_MEMORY: there is not enough memory; the message says what for
 * @GBP_ERROR_CLASS: the network has no such class, or no classes; the message gives the valid ones */
typedef enum {
  GBP_ERROR_NOT_FOUND,
  GBP_ERROR_READ,
  GBP_ERROR_LAYER,
  GBP_ERROR_CHANNEL,
  GBP_ERROR_UNIT,
  GBP_ERROR_MEMORY,
  GBP_ERROR_CLASS,
} GbpError;

GBP_API GQuark gbp_error_quark (void);

G_END_DECLS

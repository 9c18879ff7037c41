/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Marks what the library exports; every other symbol is hidden. */
#define GBP_API __attribute__ ((visibility ("default")))

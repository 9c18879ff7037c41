/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gbp/version.h>
#include <glib.h>

G_BEGIN_DECLS

/**
 * GBP_API: (skip)
 *
 * Marks what the library exports; every other symbol is hidden.
 */
#define GBP_API __attribute__ ((visibility ("default")))

/**
 * GBP_ENCODE_VERSION: (skip)
 * @major: a major version
 * @minor: a minor version
 *
 * Both as one number, of which a later version has the greater.
 */
#define GBP_ENCODE_VERSION(major, minor) ((major) << 16 | (minor) << 8)

/**
 * GBP_VERSION_MAX_ALLOWED: (skip)
 *
 * A program that is to be built with an older version of the library too defines this, before it includes a header,
 * as GBP_ENCODE_VERSION() of that version: the compiler then warns of whatever is newer. Without it, nothing is.
 */
#ifndef GBP_VERSION_MAX_ALLOWED
#define GBP_VERSION_MAX_ALLOWED GBP_ENCODE_VERSION (GBP_MAJOR_VERSION, GBP_MINOR_VERSION)
#endif

/* Before each declaration stands the version that it came with. */
#if GBP_VERSION_MAX_ALLOWED < GBP_ENCODE_VERSION(0, 1)
#define GBP_AVAILABLE_IN_0_1 GBP_API G_UNAVAILABLE (0, 1)
#else
#define GBP_AVAILABLE_IN_0_1 GBP_API
#endif

/**
 * gbp_get_version:
 * @major: (out) (optional): the major version
 * @minor: (out) (optional): the minor version
 * @micro: (out) (optional): the micro version
 *
 * The version of the library that a program runs with, which may be later than that of the headers it was compiled
 * with. From any thread.
 */
GBP_AVAILABLE_IN_0_1 void gbp_get_version (guint *major, guint *minor, guint *micro);

G_END_DECLS

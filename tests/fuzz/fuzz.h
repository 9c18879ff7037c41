/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the fuzz targets share. Each defines what libFuzzer calls with bytes that it has made up; a build
 * without a fuzzer calls it with files. */
#pragma once

#include "format/description.h"
#include "format/source.h"
#include "network/network.h"

int LLVMFuzzerTestOneInput (const guint8 *bytes, gsize n_bytes);

/* gbp_fuzz_read:
 * @read: a reader of weights
 *
 * Reads, and makes a network of what was read. Aborts unless there is either a network or one error whose
 * message is UTF-8. */
void gbp_fuzz_read (const GbpSource *source,
    gboolean (*read) (const GbpSource *source, GbpWeights *weights, GError **error));

/* gbp_fuzz_describe:
 * @describe: a reader of descriptions
 *
 * Aborts if it fails without an error, or with a message that is not UTF-8; if it leaves an error and does not fail; or
 * if what it understood has no operations. */
void gbp_fuzz_describe (const GbpSource *source,
    gboolean (*describe) (const GbpDescribed *file, GbpDescription *description, GError **error));

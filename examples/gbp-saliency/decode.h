/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "input.h"

#include <gst/gst.h>

/* Decode: what reads INPUT and takes it apart, to raw video and to sound that is raw or may be copied. A file of one
 * picture it leaves as it is, for no pipeline decodes all of those: picture.h does. */
typedef struct _Decode Decode;

/* @input: of a stream; must outlive the result
 * @copied: (nullable): caps of encoded sound that is not to be decoded */
Decode *decode_new (const Input *input, GstCaps *copied, GError **error);
void decode_free (Decode *decode);

/* Returns: (transfer none): with the signals of uridecodebin */
GstElement *decode_get_element (Decode *decode);

/* Whether @object is a part of it. */
gboolean decode_owns (Decode *decode, GstObject *object);

/* How far INPUT's streams went, and how far it says that they go, in stream time; GST_CLOCK_TIME_NONE where that is not
 * known. */
void decode_get_extent (Decode *decode, GstClockTime *end, GstClockTime *duration);

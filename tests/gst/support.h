/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the tests of the element share: an element in a harness, frames, and another way to compute what
 * should come out. */
#pragma once

#include <gbp/gbp.h>
#include <gst/check/gstharness.h>
#include <gst/video/video.h>

#include "harness.h"

/* Initializes GStreamer, and makes a test fail that brings up a critical message. */
void gbp_test_init (int *argc, char ***argv);

/* Ends GStreamer, so that its tracer can tell what is left. Returns @status. */
int gbp_test_end (int status);

/* The path of a very small network's weights. */
const char *gbp_test_weights (void);

/* The element with the small network, cut early, which computes every frame, one at a time, though a harness is live.
 * It has a bus of its own. */
GstElement *gbp_test_element_new (void);

/* Height and width of what the next one's network takes. */
#define GBP_TEST_SMALL_SIZE 96

/* Likewise, but it has no dense layers, and computes maps of a fifth of the size: for tests of what happens before,
 * behind and beside a computation, whatever it computes. */
GstElement *gbp_test_small_element_new (void);

/* Height and width of what the element's network takes, where it is one of the two above. */
guint gbp_test_get_size (GstElement *element);

/* Drops an element and the messages on its bus, each of which holds its sender. */
void gbp_test_element_free (GstElement *element);

typedef GstElement GbpTestElement;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GbpTestElement, gbp_test_element_free)

/* The oldest message of @type on the element's bus, or NULL; the older ones of other types are dropped. */
GstMessage *gbp_test_pop_message (GstElement *element, GstMessageType type);

/* Fails unless the element posted exactly one error or warning, of @domain and @code, whose text holds
 * @part. */
void gbp_test_assert_complaint (
    GstElement *element, GstMessageType type, GQuark domain, int code, const char *part);

/* @element: (transfer full)
 * @input: caps of the frames that are pushed
 * @output: (nullable): caps that downstream takes; NULL: any */
GstHarness *gbp_test_harness_new (GstElement *element, const char *input, const char *output);

void gbp_test_harness_free (GstHarness *harness);

/* "video/x-raw" with a format, a size and 30 frames per second; free with g_free() */
char *gbp_test_caps (const char *format, int width, int height);

/* The caps that the element sends out. */
void gbp_test_get_output_info (GstHarness *harness, GstVideoInfo *info);

/* A frame of smooth colours and of alpha that rises from left to right, time-stamped. Its bytes outside
 * of the picture are not defined.
 * @phase: shifts the colours */
GstBuffer *gbp_test_frame_new (const GstVideoInfo *info, guint phase);

/* The same for a caps string. */
GstBuffer *gbp_test_frame_of (const char *caps, guint phase);

gboolean gbp_test_has_equal_bytes (GstBuffer *a, GstBuffer *b);

/* A frame by GStreamer's converter in one step, antialiased and undithered. */
GstBuffer *gbp_test_convert (const GstVideoInfo *from, GstBuffer *frame, const GstVideoInfo *to);

/* A frame in 8-bit RGB as it looks over mid grey. */
GstBuffer *gbp_test_compose (const GstVideoInfo *from, GstBuffer *frame, const GstVideoInfo *rgb);

/* The element's properties as the library has them. */
void gbp_test_get_style (GstElement *element, GbpStyle *style);

/* The gradient of a 224×224 RGB image by the library, with the element's settings; free with g_free(). */
float *gbp_test_gradient (GstElement *element, GstBuffer *rgb);

/* The picture of a 224×224 RGB image's gradient by the library, with the element's settings.
 * Returns: a 224×224 RGB frame */
GstBuffer *gbp_test_explain (GstElement *element, GstBuffer *rgb);

/* A frame as alpha, red, green, blue or alpha, Y, U, V of each pixel, in steps of 8 bit.
 * @n_components: (out): how many there are
 * Returns: free with g_free() */
double *gbp_test_unpack (const GstVideoInfo *info, GstBuffer *frame, gsize *n_components);

/* The least that gbp_test_unpack() gives for the alpha of an opaque pixel: a few bits are not spread to
 * sixteen to the full by GStreamer. */
double gbp_test_opaque (const GstVideoFormatInfo *format);

/* The largest and the mean difference between the components that gbp_test_unpack() gives. */
typedef struct {
  double largest;
  double mean;
} GbpTestDifference;

GbpTestDifference gbp_test_compare (const GstVideoInfo *info, GstBuffer *a, GstBuffer *b);

/* 8-bit RGB, 30 frames per second. */
void gbp_test_init_rgb (GstVideoInfo *info, int width, int height);

/* The names of all formats that the element takes, in GStreamer's order, or of every tenth or fewer where a
 * sanitizer makes all slow; NULL-terminated; free with g_strfreev() */
char **gbp_test_formats (void);

/* @width, or one more where the element takes even widths alone of a format. */
int gbp_test_choose_width (const char *format, int width);

/* A number from Linux' description of this process, such as "VmRSS:" in kB or "Threads:"; 0 elsewhere. */
gint64 gbp_test_read_status (const char *name);

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Buffers that say of themselves where the frame's planes are, truly or not. */
#include "support.h"

#include <string.h>

#define WIDTH  61
#define HEIGHT 48
#define CAPS   "video/x-raw,format=I420,width=61,height=48,framerate=30/1"

/* Tight planes of 61×48, 31×24 and 31×24 bytes. */
#define PLANES                                                                                     \
  {                                                                                                \
    0, 2928, 3672                                                                                  \
  }
#define STRIDES                                                                                    \
  {                                                                                                \
    61, 31, 31                                                                                     \
  }
#define FRAME_SIZE 4416

static GstBuffer *
new_buffer (gsize size)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, size, NULL);

  gst_buffer_memset (buffer, 0, 77, size);
  return buffer;
}

/* What is said that is not so. */
static const struct {
  gsize size;
  GstVideoFormat format;
  guint width, height;
  gsize offset[4];
  gint stride[4];
  const char *complaint;
} lies[] = {
    {FRAME_SIZE - 1, GST_VIDEO_FORMAT_I420, WIDTH, HEIGHT, PLANES, STRIDES,
        "4415 bytes in 1 pieces is said to have plane 2 of a frame of I420, 61 x 48 at byte 3672"},
    {100, GST_VIDEO_FORMAT_I420, WIDTH, HEIGHT, PLANES, STRIDES, "100 bytes"},
    {FRAME_SIZE, GST_VIDEO_FORMAT_I420, WIDTH, HEIGHT, {0, 4400, 3672}, STRIDES, "plane 1"},
    {FRAME_SIZE, GST_VIDEO_FORMAT_I420, WIDTH, HEIGHT, {0, 2928, G_MAXSIZE}, STRIDES, "plane 2"},
    {FRAME_SIZE, GST_VIDEO_FORMAT_I420, WIDTH, HEIGHT, PLANES, {62, 31, 100}, "stride of 100"},
    {FRAME_SIZE, GST_VIDEO_FORMAT_I420, WIDTH, HEIGHT, PLANES, {G_MAXINT, 31, 31}, "plane 0"},
    {FRAME_SIZE, GST_VIDEO_FORMAT_I420, WIDTH, HEIGHT, PLANES, {60, 31, 31}, "stride of 60"},
    {FRAME_SIZE, GST_VIDEO_FORMAT_I420, WIDTH, HEIGHT, {2867, 2928, 3672}, {-61, 31, 31},
        "stride of -61"},
    {FRAME_SIZE, GST_VIDEO_FORMAT_I420, WIDTH - 1, HEIGHT, PLANES, STRIDES, "I420, 60 x 48"},
    {FRAME_SIZE, GST_VIDEO_FORMAT_I420, WIDTH, HEIGHT - 1, PLANES, STRIDES, "I420, 61 x 47"},
    {99999, GST_VIDEO_FORMAT_RGBA, WIDTH, HEIGHT, {0}, {244}, "RGBA, 61 x 48, in 1 planes"},
};

/* One error, and no frame that looks like a result; the next frame that is none of this is. */
static void
check_refusal (GstHarness *harness, GstBuffer *buffer, const char *complaint)
{
  ck_assert_int_eq (gst_harness_push (harness, buffer), GST_FLOW_ERROR);
  gbp_test_assert_complaint (
      harness->element, GST_MESSAGE_ERROR, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT, complaint);
  ck_assert (gst_harness_try_pull (harness) == NULL);
  gst_buffer_unref (gst_harness_push_and_pull (harness, gbp_test_frame_of (CAPS, 1)));
}

START_TEST (test_lies)
{
  static const char *const outputs[] = {NULL, NULL, "video/x-raw,format=BGRx"};

  for (guint i = 0; i < G_N_ELEMENTS (outputs); i++) {
    GstHarness *harness = gbp_test_harness_new (gbp_test_small_element_new (), CAPS, outputs[i]);
    GstBuffer *buffer = new_buffer (lies[_i].size);

    g_object_set (harness->element, "blend", i == 0 ? 1.0 : 0.5, NULL);
    gst_buffer_add_video_meta_full (buffer, GST_VIDEO_FRAME_FLAG_NONE, lies[_i].format,
        lies[_i].width, lies[_i].height, gst_video_format_get_info (lies[_i].format)->n_planes,
        (gsize *) lies[_i].offset, (gint *) lies[_i].stride);
    check_refusal (harness, buffer, lies[_i].complaint);
    gbp_test_harness_free (harness);
  }
}
END_TEST

/* Memory that nobody may look at, such as a protected decoder's. */
typedef GstAllocator SecretAllocator;
typedef GstAllocatorClass SecretAllocatorClass;
static GType secret_allocator_get_type (void);
G_DEFINE_TYPE (SecretAllocator, secret_allocator, GST_TYPE_ALLOCATOR)

static GstMemory *
allocate_secret (GstAllocator *allocator, gsize size, GstAllocationParams *params)
{
  GstMemory *memory = g_new0 (GstMemory, 1);

  gst_memory_init (memory, GST_MEMORY_FLAG_NO_SHARE, allocator, NULL, size, 0, 0, size);
  return memory;
}

static void
free_secret (GstAllocator *allocator, GstMemory *memory)
{
  g_free (memory);
}

static gpointer
refuse_to_map (GstMemory *memory, gsize size, GstMapFlags flags)
{
  return NULL;
}

static void
secret_allocator_class_init (SecretAllocatorClass *class)
{
  class->alloc = allocate_secret;
  class->free = free_secret;
}

static void
secret_allocator_init (SecretAllocator *allocator)
{
  allocator->mem_map = refuse_to_map;
}

START_TEST (test_unmappable_buffer)
{
  static const double blends[] = {0.5, 1};
  GstHarness *harness = gbp_test_harness_new (gbp_test_small_element_new (), CAPS, NULL);
  g_autoptr (GstAllocator) allocator =
      gst_object_ref_sink (g_object_new (secret_allocator_get_type (), NULL));
  GstBuffer *buffer = gst_buffer_new_allocate (allocator, 9999, NULL);

  g_object_set (harness->element, "blend", blends[_i], NULL);
  check_refusal (harness, buffer, "9999 bytes cannot be");
  gbp_test_harness_free (harness);
}
END_TEST

/* A frame wherever its planes are, in one memory or several, comes out as one that lies as usual. */
static const struct {
  gsize pieces[4];
  gsize offset[4];
  gint stride[4];
  const char *complaint;
} places[] = {
    {{FRAME_SIZE}, PLANES, STRIDES, NULL},
    {{99999}, {1000, 50001, 70003}, {101, 77, 53}, NULL},
    {{2928, 744, 744}, PLANES, STRIDES, NULL},
    {{FRAME_SIZE - 744, 744}, PLANES, STRIDES, NULL},
    {{2000, FRAME_SIZE - 2000}, PLANES, STRIDES, "in 2 pieces"},
    {{FRAME_SIZE - 1, 1}, PLANES, STRIDES, "in 2 pieces"},
};

static GstBuffer *
new_pieces (guint place)
{
  GstBuffer *buffer = gst_buffer_new ();
  gsize offset[4];
  gint stride[4];

  for (guint i = 0; i < 4; i++) {
    offset[i] = places[place].offset[i];
    stride[i] = places[place].stride[i];
    if (places[place].pieces[i] > 0)
      gst_buffer_append_memory (buffer, gst_allocator_alloc (NULL, places[place].pieces[i], NULL));
  }
  gst_buffer_add_video_meta_full (
      buffer, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_I420, WIDTH, HEIGHT, 3, offset, stride);
  return buffer;
}

static void
copy_frame (const GstVideoInfo *info, GstBuffer *to, GstBuffer *from)
{
  GstVideoFrame target, source;

  ck_assert (gst_video_frame_map (&target, info, to, GST_MAP_WRITE));
  ck_assert (gst_video_frame_map (&source, info, from, GST_MAP_READ));
  ck_assert (gst_video_frame_copy (&target, &source));
  gst_video_frame_unmap (&source);
  gst_video_frame_unmap (&target);
}

START_TEST (test_places)
{
  GstHarness *harness = gbp_test_harness_new (gbp_test_small_element_new (), CAPS, NULL);
  g_autoptr (GstBuffer) frame = gbp_test_frame_of (CAPS, 1);
  g_autoptr (GstBuffer) usual = NULL;
  g_autoptr (GstBuffer) output = NULL;
  g_autoptr (GstBuffer) copy = NULL;
  GstBuffer *buffer = new_pieces ((guint) _i);
  GstVideoInfo info;

  g_object_set (harness->element, "blend", 0.5, NULL);
  gbp_test_get_output_info (harness, &info);
  usual = gst_harness_push_and_pull (harness, gst_buffer_copy_deep (frame));
  if (places[_i].complaint != NULL) {
    check_refusal (harness, buffer, places[_i].complaint);
  } else {
    copy_frame (&info, buffer, frame);
    output = gst_harness_push_and_pull (harness, buffer);
    copy = gst_buffer_copy_deep (usual);
    gst_buffer_memset (copy, 0, 0, info.size);
    copy_frame (&info, copy, output);
    ck_assert (gbp_test_compare (&info, copy, usual).largest == 0);
  }
  gbp_test_harness_free (harness);
}
END_TEST

/* A buffer whose picture is larger than the frame, which lies in its upper left corner. */
#define LARGE_WIDTH  80
#define LARGE_HEIGHT 60
#define LARGE_SIZE   (LARGE_WIDTH * LARGE_HEIGHT * 3 / 2)

static GstBuffer *
new_large_buffer (void)
{
  gsize offset[] = {0, LARGE_WIDTH * LARGE_HEIGHT, LARGE_WIDTH * LARGE_HEIGHT * 5 / 4, 0};
  gint stride[] = {LARGE_WIDTH, LARGE_WIDTH / 2, LARGE_WIDTH / 2, 0};
  GstBuffer *buffer = new_buffer (LARGE_SIZE);

  gst_buffer_add_video_meta_full (buffer, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_I420,
      LARGE_WIDTH, LARGE_HEIGHT, 3, offset, stride);
  return buffer;
}

/* Copies the frame of @info in the corner of one buffer to that of another. */
static void
copy_corner (const GstVideoInfo *info, GstBuffer *to, GstBuffer *from)
{
  GstVideoFrame target, source;

  ck_assert (gst_video_frame_map (&target, info, to, GST_MAP_READWRITE));
  ck_assert (gst_video_frame_map (&source, info, from, GST_MAP_READ));
  for (guint c = 0; c < 3; c++)
    for (gint y = 0; y < GST_VIDEO_INFO_COMP_HEIGHT (info, c); y++)
      memcpy ((guint8 *) target.data[c] + y * target.info.stride[c],
          (const guint8 *) source.data[c] + y * source.info.stride[c],
          (gsize) GST_VIDEO_INFO_COMP_WIDTH (info, c));
  gst_video_frame_unmap (&source);
  gst_video_frame_unmap (&target);
}

/* Fails unless what lies beside the corner of a large buffer is as it was. */
static void
assert_rest_stays (GstBuffer *output)
{
  GstMapInfo map;

  ck_assert (gst_buffer_map (output, &map, GST_MAP_READ));
  for (guint y = 0; y < LARGE_HEIGHT; y++)
    for (guint x = 0; x < LARGE_WIDTH; x++)
      if (x >= WIDTH || y >= HEIGHT)
        ck_assert_uint_eq (map.data[y * LARGE_WIDTH + x], 77);
  gst_buffer_unmap (output, &map);
}

/* In place, and where another one holds the buffer too. */
START_TEST (test_larger_buffer)
{
  static const char *const looks[] = {"over", "strength", "side-by-side"};
  gboolean is_shared = _i % 2;
  GstHarness *harness = gbp_test_harness_new (gbp_test_small_element_new (), CAPS, NULL);
  g_autoptr (GstBuffer) frame = gbp_test_frame_of (CAPS, 1);
  GstBuffer *buffer = new_large_buffer ();
  g_autoptr (GstBuffer) usual = NULL, other = NULL, output = NULL, corner = NULL;
  GstVideoInfo info;

  g_object_set (harness->element, "blend", 0.5, NULL);
  gst_util_set_object_arg (G_OBJECT (harness->element), "look", looks[_i / 2]);
  gbp_test_get_output_info (harness, &info);
  usual = gst_harness_push_and_pull (harness, gst_buffer_copy_deep (frame));
  copy_corner (&info, buffer, frame);
  other = is_shared ? gst_buffer_ref (buffer) : NULL;
  output = gst_harness_push_and_pull (harness, buffer);
  corner = gst_buffer_copy_deep (usual);
  gst_buffer_memset (corner, 0, 0, info.size);
  copy_corner (&info, corner, output);
  ck_assert (gbp_test_compare (&info, corner, usual).largest == 0);
  if (!is_shared)
    assert_rest_stays (output);
  gbp_test_harness_free (harness);
}
END_TEST

static gboolean
offer_all (GstPad *pad, GstObject *parent, GstQuery *query)
{
  if (GST_QUERY_TYPE (query) != GST_QUERY_ALLOCATION)
    return gst_pad_query_default (pad, parent, query);
  gst_query_add_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL);
  gst_query_add_allocation_meta (query, GST_VIDEO_CROP_META_API_TYPE, NULL);
  return TRUE;
}

/* A window that cuts frames out of larger ones would show another part than the one that is explained. */
START_TEST (test_no_crops)
{
  static const double blends[] = {0, 0.5, 1};
  GstElement *element = gbp_test_small_element_new ();
  GstHarness *harness;
  g_autoptr (GstCaps) caps = gst_caps_from_string (CAPS);
  g_autoptr (GstQuery) query = gst_query_new_allocation (caps, TRUE);

  g_object_set (element, "blend", blends[_i], NULL);
  harness = gbp_test_harness_new (element, CAPS, NULL);
  gst_pad_set_query_function (harness->sinkpad, offer_all);
  ck_assert (gst_pad_peer_query (harness->srcpad, query));
  ck_assert (gst_query_find_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL));
  ck_assert (!gst_query_find_allocation_meta (query, GST_VIDEO_CROP_META_API_TYPE, NULL));
  gbp_test_harness_free (harness);
}
END_TEST

int
main (int argc, char **argv)
{
  gbp_test_init (&argc, &argv);
  const GbpTest tests[] = {
      {"lies", test_lies, G_N_ELEMENTS (lies)},
      {"unmappable buffer", test_unmappable_buffer, 2},
      {"places", test_places, G_N_ELEMENTS (places)},
      {"larger buffer", test_larger_buffer, 6},
      {"no crops", test_no_crops, 3},
  };

  return gbp_test_end (GBP_TEST_RUN ("gst/metas", tests));
}

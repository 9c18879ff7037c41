/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every format, in sizes from 1×1 and interlaced too, in every look and fit, with pages around each frame that
 * nobody may touch: a byte read or written beyond a frame ends the test, as a critical message does. By default
 * some sizes of each; with GBP_SWEEP=full in the environment all of 1×1 to 40×40 and more. */
#include "support.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char **formats;

/* What is being tried, for when it ends the process. */
static char current[300];

static void
tell_what_failed (int number)
{
  if (write (STDERR_FILENO, current, strlen (current)) < 0)
    _exit (2);
  signal (number, SIG_DFL);
  raise (number);
}

/* Memory between two closed pages, with its end at the second.
 * @base: of the mapping, of @length bytes with both pages */
typedef struct {
  GstMemory memory;
  guint8 *base;
  gsize length;
  guint8 *data;
} GuardedMemory;

typedef GstAllocator GuardedAllocator;
typedef GstAllocatorClass GuardedAllocatorClass;
static GType guarded_allocator_get_type (void);
G_DEFINE_TYPE (GuardedAllocator, guarded_allocator, GST_TYPE_ALLOCATOR)

static GstMemory *
allocate_guarded (GstAllocator *allocator, gsize size, GstAllocationParams *params)
{
  GuardedMemory *guarded = g_new0 (GuardedMemory, 1);
  gsize page = (gsize) sysconf (_SC_PAGESIZE);
  gsize body = (size + page - 1) / page * page;

  guarded->length = body + 2 * page;
  guarded->base =
      mmap (NULL, guarded->length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ck_assert (guarded->base != MAP_FAILED);
  ck_assert_int_eq (mprotect (guarded->base, page, PROT_NONE), 0);
  ck_assert_int_eq (mprotect (guarded->base + page + body, page, PROT_NONE), 0);
  guarded->data = guarded->base + page + body - size;
  gst_memory_init (&guarded->memory, GST_MEMORY_FLAG_NO_SHARE, allocator, NULL, size, 0, 0, size);
  return &guarded->memory;
}

static void
free_guarded (GstAllocator *allocator, GstMemory *memory)
{
  GuardedMemory *guarded = (GuardedMemory *) memory;

  munmap (guarded->base, guarded->length);
  g_free (guarded);
}

static gpointer
map_guarded (GstMemory *memory, gsize size, GstMapFlags flags)
{
  return ((GuardedMemory *) memory)->data;
}

static void
unmap_guarded (GstMemory *memory)
{
}

static void
guarded_allocator_class_init (GuardedAllocatorClass *class)
{
  class->alloc = allocate_guarded;
  class->free = free_guarded;
}

static void
guarded_allocator_init (GuardedAllocator *allocator)
{
  allocator->mem_map = map_guarded;
  allocator->mem_unmap = unmap_guarded;
}

/* @output: the format that downstream takes
 * @mode: of interlacing */
typedef struct {
  const char *input, *output, *mode;
  int width, height;
  double blend;
  const char *look, *fit, *resample;
} Trial;

static void
describe (const Trial *trial)
{
  g_snprintf (current, sizeof current, "%s to %s, %d x %d, %s, blend %g, %s, %s, %s\n",
      trial->input, trial->output, trial->width, trial->height, trial->mode, trial->blend,
      trial->look, trial->fit, trial->resample);
}

static GstBuffer *
make_frame (const GstVideoInfo *info)
{
  GstBuffer *frame = gst_buffer_new_allocate (NULL, info->size, NULL);

  gst_buffer_memset (frame, 0, (guint8) (info->width * 7), info->size);
  GST_BUFFER_PTS (frame) = 0;
  if (GST_VIDEO_INFO_IS_INTERLACED (info))
    GST_BUFFER_FLAG_SET (frame, GST_VIDEO_BUFFER_FLAG_INTERLACED | GST_VIDEO_BUFFER_FLAG_TFF);
  return frame;
}

static void
try (GstHarness *harness, const Trial *trial)
{
  g_autofree char *size = gbp_test_caps (trial->input, trial->width, trial->height);
  g_autofree char *input = g_strdup_printf ("%s,interlace-mode=%s", size, trial->mode);
  g_autofree char *output = g_strdup_printf ("video/x-raw,format=%s", trial->output);
  g_autoptr (GstCaps) caps = gst_caps_from_string (input);
  GObject *element = G_OBJECT (harness->element);
  GstVideoInfo info;
  GstBuffer *frame;

  describe (trial);
  ck_assert (gst_video_info_from_caps (&info, caps));
  g_object_set (element, "blend", trial->blend, NULL);
  gst_util_set_object_arg (element, "look", trial->look);
  gst_util_set_object_arg (element, "fit", trial->fit);
  gst_util_set_object_arg (element, "resample", trial->resample);
  gst_harness_set_sink_caps_str (harness, output);
  gst_harness_set_src_caps_str (harness, input);
  frame = gst_harness_push_and_pull (harness, make_frame (&info));
  ck_assert_msg (frame != NULL, "%s", current);
  gst_buffer_unref (frame);
}

static const char *const modes[] = {"interleaved", "mixed"};
static const double blends[] = {0, 0.5, 1};
static const char *const looks[] = {"over", "strength", "spotlight", "screen", "side-by-side"};
static const char *const fits[] = {"stretch", "letterbox", "crop"};
static const char *const resamplings[] = {"antialias", "nearest"};

#define CHOOSE(random, array) ((array)[g_rand_int_range (random, 0, G_N_ELEMENTS (array))])

/* A format to itself, to the two commonest, and to any. */
static const char *
choose_output (GRand *random, const char *input)
{
  const char *const common[] = {input, input, "I420", "RGBA"};
  gint32 choice = g_rand_int_range (random, 0, 5);

  if (choice < 4)
    return common[choice];
  return formats[g_rand_int_range (random, 0, (gint32) g_strv_length (formats))];
}

static void
try_mode (
    GstHarness *harness, GRand *random, const char *input, int width, int height, const char *mode)
{
  const char *output = choose_output (random, input);
  int taken = gbp_test_choose_width (output, gbp_test_choose_width (input, width));
  const Trial trial = {input, output, mode, taken, height, CHOOSE (random, blends),
      CHOOSE (random, looks), CHOOSE (random, fits), CHOOSE (random, resamplings)};

  try (harness, &trial);
}

static void
try_size (GstHarness *harness, GRand *random, const char *input, int width, int height)
{
  try_mode (harness, random, input, width, height, "progressive");
  try_mode (harness, random, input, width, height, CHOOSE (random, modes));
}

static gboolean
is_full (void)
{
  return g_strcmp0 (g_getenv ("GBP_SWEEP"), "full") == 0;
}

static void
try_all_small_sizes (GstHarness *harness, GRand *random, const char *input)
{
  for (int height = 1; height <= 40; height++)
    for (int width = 1; width <= 40; width++)
      try_size (harness, random, input, width, height);
}

#define N_CHOSEN (GBP_TEST_SANITIZED ? 2 : 4)

static const int large[][2] = {{95, 97}, {97, 95}, {641, 1}, {1, 641}, {1283, 719}};

START_TEST (test_sizes)
{
  const char *input = formats[_i];
  g_autoptr (GRand) random = g_rand_new_with_seed ((guint32) _i);
  g_autofree char *caps = gbp_test_caps (input, 16, 16);
  GstHarness *harness = gbp_test_harness_new (gbp_test_small_element_new (), caps, NULL);

  /* two rows and fewer are where fields have none */
  for (int height = 1; height <= 5; height++)
    try_size (harness, random, input, g_rand_int_range (random, 1, 6), height);
  if (is_full ())
    try_all_small_sizes (harness, random, input);
  for (guint i = 0; i < N_CHOSEN; i++)
    try_size (
        harness, random, input, g_rand_int_range (random, 1, 41), g_rand_int_range (random, 1, 41));
  for (guint i = 0; i < G_N_ELEMENTS (large); i++)
    if (is_full () || i == (guint) _i % G_N_ELEMENTS (large))
      try_size (harness, random, input, large[i][0], large[i][1]);
  gbp_test_harness_free (harness);
}
END_TEST

static void
check_acceptance (const char *format, int width, int height, gboolean is_taken)
{
  g_autoptr (GbpTestElement) element = gst_object_ref_sink (gbp_test_element_new ());
  g_autoptr (GstPad) sink = gst_element_get_static_pad (element, "sink");
  g_autoptr (GstPad) src = gst_element_get_static_pad (element, "src");
  g_autofree char *string = gbp_test_caps (format, width, height);
  g_autoptr (GstCaps) caps = gst_caps_from_string (string);

  ck_assert_msg (gst_pad_query_accept_caps (sink, caps) == is_taken, "%s", string);
  ck_assert_msg (gst_pad_query_accept_caps (src, caps) == is_taken, "%s", string);
}

/* Neither pad takes what GStreamer cannot convert. */
START_TEST (test_what_is_refused)
{
  check_acceptance ("GRAY8", 32768, 1, TRUE);
  check_acceptance ("GRAY8", 1, 32768, TRUE);
  check_acceptance ("GRAY8", 32769, 1, FALSE);
  check_acceptance ("GRAY8", 1, 32769, FALSE);
  check_acceptance ("GRAY8", G_MAXINT, G_MAXINT, FALSE);
  check_acceptance ("NV12_8L128", 64, 48, TRUE);
  check_acceptance ("NV12_10BE_8L128", 64, 48, FALSE);
  check_acceptance ("NV12_10LE32", 64, 48, TRUE);
  check_acceptance ("NV12_10LE32", 63, 48, FALSE);
  check_acceptance ("NV16_10LE32", 63, 48, FALSE);
  check_acceptance ("UYVP", 32768, 48, TRUE);
  check_acceptance ("UYVP", 63, 48, FALSE);
  if (gst_video_format_from_string ("MT2110R") != GST_VIDEO_FORMAT_UNKNOWN) {
    check_acceptance ("MT2110R", 64, 48, FALSE);
    check_acceptance ("MT2110T", 64, 48, FALSE);
  }
}
END_TEST

int
main (int argc, char **argv)
{
  int status;

  gbp_test_init (&argc, &argv);
  formats = gbp_test_formats ();
  for (guint i = 0; i < 4 && !GBP_TEST_SANITIZED; i++)
    signal ((const int[]){SIGSEGV, SIGBUS, SIGABRT, SIGTRAP}[i], tell_what_failed);
  gst_allocator_set_default (
      gst_object_ref_sink (g_object_new (guarded_allocator_get_type (), NULL)));
  const GbpTest tests[] = {
      {"sizes", test_sizes, (int) g_strv_length (formats)},
      {"what is refused", test_what_is_refused, 0},
  };

  status = GBP_TEST_RUN ("gst/sweep", tests);
  g_strfreev (formats);
  return gbp_test_end (status);
}

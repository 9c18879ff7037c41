/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Many elements that play at once: what they take beside elements that do nothing, of threads and of memory. */
#include "support.h"

#include <string.h>

#define N_ELEMENTS (GBP_TEST_SANITIZED ? 12u : 100u)
#define N_FRAMES   4 /* from each element, before anything is counted */

/* What an element may take, in kB: a map and its picture, the images of two, and what varies from one run to the
 * next. */
#define MOST_MEMORY 2048

/* @n_ready: branches from which enough frames have come */
static struct {
  GMutex lock;
  GCond changed;
  guint n_frames[100];
  guint n_ready;
} played;

/* What a pipeline takes. @memory: resident, in kB */
typedef struct {
  gint64 threads, memory;
} Use;

static GstPadProbeReturn
count_frame (GstPad *pad, GstPadProbeInfo *info, gpointer index)
{
  g_mutex_lock (&played.lock);
  if (++played.n_frames[GPOINTER_TO_UINT (index)] == N_FRAMES)
    played.n_ready++;
  g_cond_signal (&played.changed);
  g_mutex_unlock (&played.lock);
  return GST_PAD_PROBE_OK;
}

/* @filter: an element with its properties */
static void
add_branch (GstElement *pipeline, gboolean is_live, const char *filter, guint index)
{
  g_autofree char *text = g_strdup_printf ("videotestsrc pattern=ball is-live=%d ! "
                                           "video/x-raw,format=I420,width=64,height=48,"
                                           "framerate=30/1 ! %s ! fakesink name=sink%u sync=true",
      is_live, filter, index);
  GstElement *branch = gst_parse_bin_from_description (text, FALSE, NULL);
  g_autofree char *name = g_strdup_printf ("sink%u", index);
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (branch), name);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (sink, "sink");

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, count_frame, GUINT_TO_POINTER (index), NULL);
  gst_bin_add (GST_BIN (pipeline), branch);
}

/* What as many branches take while they play. */
static Use
play (gboolean is_live, const char *filter, guint n_branches)
{
  g_autoptr (GstElement) pipeline = gst_pipeline_new (NULL);
  Use use;

  memset (played.n_frames, 0, sizeof played.n_frames);
  played.n_ready = 0;
  for (guint i = 0; i < n_branches; i++)
    add_branch (pipeline, is_live, filter, i);
  ck_assert_int_ne (gst_element_set_state (pipeline, GST_STATE_PLAYING), GST_STATE_CHANGE_FAILURE);
  g_mutex_lock (&played.lock);
  while (played.n_ready < n_branches)
    g_cond_wait (&played.changed, &played.lock);
  use = (Use){gbp_test_read_status ("Threads:"), gbp_test_read_status ("VmRSS:")};
  g_mutex_unlock (&played.lock);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return use;
}

/* Beside what the same pipelines take without the element there are only threads that all elements share, and those of
 * the first ones, which began while there were few. An element had room for six maps and two threads once. */
START_TEST (test_crowd)
{
  static const char *const schedules[] = {"latest", "every-frame"};
  g_autofree char *filter =
      g_strdup_printf ("gbpsaliency schedule=%s layer=block1_conv1 weights=\"%s\"", schedules[_i],
          gbp_test_weights ());
  gboolean is_live = _i == 0;
  guint n_more = N_ELEMENTS - 1;
  gint64 n_shared = 3 * g_get_num_processors () + 2;
  Use bare = play (is_live, "identity", 1);
  Use plain = play (is_live, "identity", N_ELEMENTS);
  Use one = play (is_live, filter, 1);
  Use many = play (is_live, filter, N_ELEMENTS);
  gint64 n_own = many.threads - plain.threads;
  gint64 memory = (many.memory - one.memory - (plain.memory - bare.memory)) / n_more;

  g_print ("%s: %u elements take %" G_GINT64_FORMAT " threads more than the pipelines without, "
           "and after the first %" G_GINT64_FORMAT " kB each\n",
      schedules[_i], N_ELEMENTS, n_own, memory);
  if (plain.threads == 0)
    return; /* the system does not tell */
  ck_assert_int_ge (plain.threads, N_ELEMENTS);
  ck_assert_int_le (n_own, n_shared);
  if (!GBP_TEST_SANITIZED)
    ck_assert_int_le (memory, MOST_MEMORY);
}
END_TEST

int
main (int argc, char **argv)
{
  gbp_test_init (&argc, &argv);
  const GbpTest tests[] = {
      {"crowd", test_crowd, 2},
  };

  return gbp_test_end (GBP_TEST_RUN ("gst/crowd", tests));
}

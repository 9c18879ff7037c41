/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gate.h"

Gate gate;

typedef struct {
  int channel;
  int class_index;
} Computer;

static gpointer
open_computer (gpointer data, guint threads, GError **error)
{
  if (gate.n_computers == gate.most_computers) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ, "no more");
    return NULL;
  }
  gate.n_computers++;
  return g_new0 (Computer, 1);
}

static void
close_computer (gpointer computer)
{
  gate.n_computers--;
  g_free (computer);
}

static gboolean
aim_computer (gpointer computer, const GbpTarget *target, GError **error)
{
  g_mutex_lock (&gate.lock);
  gate.n_aimed++;
  g_mutex_unlock (&gate.lock);
  if (target->channel == gate.fails) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_CHANNEL, "not this one");
    return FALSE;
  }
  ((Computer *) computer)->channel = target->channel;
  ((Computer *) computer)->class_index = target->class_index;
  return TRUE;
}

static void
take_memory (void)
{
  g_usleep (1000); /* for others to come before, if they are let in */
  g_mutex_lock (&gate.lock);
  while (gate.n_memories == 0)
    g_cond_wait (&gate.changed, &gate.lock);
  gate.n_memories--;
  g_mutex_unlock (&gate.lock);
}

static void
go_forward (guint8 value)
{
  g_mutex_lock (&gate.lock);
  gate.n_undecided++;
  gate.most_undecided = MAX (gate.most_undecided, gate.n_undecided);
  g_cond_broadcast (&gate.changed);
  while (gate.most_undecided < gate.n_companions)
    g_cond_wait (&gate.changed, &gate.lock);
  gate.n_undecided--;
  g_mutex_unlock (&gate.lock);
  if (value % 2 == 0)
    g_usleep (2000); /* for others to choose before */
}

/* Of two classes: the first one's logit is a hundredth of @value, the other one's is 1. */
static int
choose (const Computer *computer, guint8 value, const GstGbpGuide *guide)
{
  const double logits[2] = {value / 100.0, 1};

  take_memory ();
  if (computer->class_index != GBP_CLASS_TOP)
    return computer->class_index;
  guide->begun (guide->data);
  go_forward (value);
  return (int) guide->choose (logits, 2, guide->data);
}

static void
compute_map (gpointer computer, const guint8 *rgb, gsize stride, float *gradient, guint64 seed,
    const GstGbpGuide *guide, GstGbpFound *found)
{
  int class_index = choose (computer, rgb[0], guide);

  g_mutex_lock (&gate.lock);
  gate.n_inside++;
  gate.most_inside = MAX (gate.most_inside, gate.n_inside);
  g_cond_broadcast (&gate.changed);
  while (gate.n_open == 0)
    g_cond_wait (&gate.changed, &gate.lock);
  gate.n_open -= gate.n_open > 0;
  gate.n_inside--;
  gate.n_computed++;
  gate.n_memories++;
  g_cond_broadcast (&gate.changed);
  g_mutex_unlock (&gate.lock);
  while (gate.is_endless && !guide->is_stopped (guide->data))
    g_usleep (100);
  if (gate.is_of_many)
    guide->is_stopped (guide->data);
  gradient[0] = rgb[0];
  found->result = (GbpResult){
      .value = rgb[0], .channel = ((Computer *) computer)->channel, .class_index = class_index};
}

static guint
count_cpus (gpointer data)
{
  return GATE_CPUS;
}

static void
get_size (gpointer data, guint *height, guint *width)
{
  *height = *width = GBP_TEST_INPUT_SIZE;
}

const GstGbpComputing gate_computing = {
    count_cpus, open_computer, aim_computer, compute_map, close_computer, get_size};

void
gate_set (int n_open)
{
  g_mutex_lock (&gate.lock);
  gate.n_open = n_open;
  g_cond_broadcast (&gate.changed);
  g_mutex_unlock (&gate.lock);
}

void
gate_wait_for_inside (int n)
{
  g_mutex_lock (&gate.lock);
  while (gate.n_inside < n)
    g_cond_wait (&gate.changed, &gate.lock);
  g_mutex_unlock (&gate.lock);
}

GstGbpWorkers *
gate_make_workers (guint n_workers, guint n_jobs)
{
  GstGbpWorkers *workers;

  gate.n_open = -1;
  gate.most_inside = gate.most_undecided = gate.n_computed = gate.n_aimed = gate.n_computers = 0;
  gate.most_computers = gate.fails = gate.n_memories = 1000;
  gate.n_companions = 0;
  gate.is_endless = gate.is_of_many = FALSE;
  workers = gst_gbp_workers_new (n_workers, 1, n_jobs, &gate_computing, NULL, NULL);
  ck_assert (workers != NULL);
  ck_assert_uint_eq (gst_gbp_workers_count (workers), n_workers);
  return workers;
}

GstGbpSharedTarget *
gate_make_target (int channel, guint number)
{
  GbpTarget target = GBP_TARGET_INIT;

  target.channel = channel;
  return gst_gbp_shared_target_new (&target, number);
}

GstGbpSharedTarget *
gate_make_top_target (guint number)
{
  GbpTarget target = GBP_TARGET_INIT;

  target.class_index = GBP_CLASS_TOP;
  return gst_gbp_shared_target_new (&target, number);
}

void
gate_push (GstGbpWorkers *workers, int index, guint8 value, GstGbpSharedTarget *target)
{
  GstVideoFrame *image = gst_gbp_image_get (&gst_gbp_workers_get_job (workers, index)->image);

  *(guint8 *) GST_VIDEO_FRAME_PLANE_DATA (image, 0) = value;
  gst_gbp_workers_push (workers, index, target);
}

GstGbpJob *
gate_collect (GstGbpWorkers *workers, int *index)
{
  ck_assert (gst_gbp_workers_wait (workers));
  *index = gst_gbp_workers_collect (workers);
  ck_assert_int_ge (*index, 0);
  return gst_gbp_workers_get_job (workers, *index);
}

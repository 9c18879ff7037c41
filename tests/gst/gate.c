/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gate.h"

Gate gate;

typedef struct {
  int channel;
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
  return TRUE;
}

static void
compute_map (gpointer computer, const guint8 *rgb, gsize stride, float *gradient, GbpResult *result)
{
  g_mutex_lock (&gate.lock);
  gate.n_inside++;
  gate.most_inside = MAX (gate.most_inside, gate.n_inside);
  g_cond_broadcast (&gate.changed);
  while (gate.n_open == 0)
    g_cond_wait (&gate.changed, &gate.lock);
  gate.n_open -= gate.n_open > 0;
  gate.n_inside--;
  gate.n_computed++;
  g_mutex_unlock (&gate.lock);
  gradient[0] = rgb[0];
  *result = (GbpResult){.value = rgb[0], .channel = ((Computer *) computer)->channel};
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
  gate.most_inside = gate.n_computed = gate.n_aimed = gate.n_computers = 0;
  gate.most_computers = gate.fails = 1000;
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

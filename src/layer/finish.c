/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "kernel/memory.h"
#include "layer/convolvers.h"

gboolean
gbp_finish_init (GbpFinish *finish, const GbpNode *node)
{
  const GbpTensor *bias = node->operation->tensors[1];
  guint n = node->output.channels;

  finish->output = node->output;
  finish->bias = gbp_memory_new_copy (
      gbp_pad_channels (n), bias != NULL ? bias->values : NULL, bias != NULL ? n : 0);
  if (node->activation != NULL)
    finish->activator = gbp_activator_new (node->activation, n);
  return finish->bias != NULL && (node->activation == NULL || finish->activator != NULL);
}

void
gbp_finish_clear (GbpFinish *finish)
{
  gbp_memory_free (finish->bias);
  g_clear_pointer (&finish->activator, gbp_activator_free);
}

gsize
gbp_finish_get_saved_size (const GbpNode *node)
{
  if (node->activation == NULL)
    return 0;
  return gbp_activator_get_saved_size (node->activation, gbp_shape_get_size (&node->output));
}

static gsize
get_stride (const GbpFinish *finish)
{
  return gbp_pad_channels (finish->output.channels);
}

static GbpSaved
get_saved (const GbpFinish *finish, const GbpNodePass *pass, gsize first)
{
  return gbp_activator_get_saved (finish->activator, pass->saved,
      gbp_shape_get_size (&finish->output), first * get_stride (finish));
}

gboolean
gbp_finish_is_ending (const GbpFinish *finish)
{
  float maximum;

  return finish->activator == NULL || gbp_activator_clips (finish->activator, &maximum);
}

GbpEnding
gbp_finish_get_ending (const GbpFinish *finish, const GbpNodePass *pass, gsize first)
{
  GbpEnding ending = {.bias = finish->bias};

  if (finish->activator != NULL && gbp_activator_clips (finish->activator, &ending.maximum))
    ending.positive = get_saved (finish, pass, first).positive;
  return ending;
}

void
gbp_finish_forward (const GbpFinish *finish, const GbpNodePass *pass, gsize first, gsize n)
{
  gsize stride = get_stride (finish);
  float *output = pass->output + first * stride;

  for (gsize i = 0; i < n; i++)
    pass->kernels->add (output + i * stride, finish->bias, output + i * stride, stride);
  gbp_finish_activate (finish, pass, first, n);
}

void
gbp_finish_activate (const GbpFinish *finish, const GbpNodePass *pass, gsize first, gsize n)
{
  float *output = pass->output + first * get_stride (finish);

  if (finish->activator != NULL)
    gbp_activator_forward (
        finish->activator, pass->kernels, output, NULL, output, get_saved (finish, pass, first), n);
}

const float *
gbp_finish_backward (
    const GbpFinish *finish, const GbpNodePass *pass, gsize first, gsize n, float *scratch)
{
  gsize stride = get_stride (finish), width = finish->output.width;
  gsize from = CLAMP (pass->rows.first * width, first, first + n);
  gsize to = CLAMP (pass->rows.end * width, from, first + n);

  if (finish->activator == NULL)
    return pass->gradient + first * stride;
  memset (scratch, 0, (from - first) * stride * sizeof *scratch);
  gbp_activator_backward (finish->activator, pass->kernels, pass->rule,
      pass->gradient + from * stride, get_saved (finish, pass, from),
      scratch + (from - first) * stride, to - from);
  memset (scratch + (to - first) * stride, 0, (first + n - to) * stride * sizeof *scratch);
  return scratch;
}

typedef struct {
  const GbpFinish *finish;
  const GbpNodePass *pass;
  float *scratch;
} FinishJob;

static void
finish_block (gpointer data, guint part, guint worker)
{
  const FinishJob *job = data;
  gsize first, n = gbp_block_find (&job->finish->output, job->pass->rows, part, &first);

  gbp_finish_backward (
      job->finish, job->pass, first, n, job->scratch + first * get_stride (job->finish));
}

float *
gbp_finish_backward_rows (const GbpFinish *finish, const GbpNodePass *pass, float *scratch)
{
  FinishJob job = {finish, pass, scratch};

  if (finish->activator == NULL)
    return pass->gradient;
  gbp_team_run (pass->team, finish_block, &job, gbp_block_count (&finish->output, pass->rows));
  return scratch;
}

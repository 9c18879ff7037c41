/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/refine.h"

#include <math.h>
#include <string.h>

#include "kernel/memory.h"
#include "kernel/pooling.h"

/* The tolerance's part of norm times root mean square. The error's own is about a hundredth of this on
 * average; the inputs of one place may be some times larger than their mean. */
#define PART 3e-5f

/* Units for each one that is computed again, at least. One costs as much as some hundred by Winograd's algorithm: this
 * share takes less than the layer itself. */
#define UNITS_PER_REFINED 64

/* Inputs are sampled at every so many pixels, an odd number so that columns change. */
#define SAMPLE_STEP 61

struct _GbpRefinement {
  GbpConvolutionShape shape;
  gsize inputs;  /* padded */
  gsize outputs; /* padded */
  float *kernel; /* [n_outputs][3][3][inputs] */
  float *bias;   /* [n_outputs] */
  float *norm;   /* [n_outputs]: of each output's kernel */
};

/* @norms: scratch, zeros, [n_outputs]: squared, they would overflow floats where the weights do not */
static void
copy_kernel (GbpRefinement *refinement, const float *kernel, double *norms)
{
  const GbpConvolutionShape *shape = &refinement->shape;
  gsize inputs = refinement->inputs;

  for (gsize i = 0; i < 9 * (gsize) shape->n_inputs; i++)
    for (gsize o = 0; o < shape->n_outputs; o++) {
      float weight = kernel[i * shape->n_outputs + o];
      gsize tap = i / shape->n_inputs, c = i % shape->n_inputs;

      refinement->kernel[(o * 9 + tap) * inputs + c] = weight;
      norms[o] += (double) weight * weight;
    }
  for (gsize o = 0; o < shape->n_outputs; o++)
    refinement->norm[o] = (float) sqrt (norms[o]);
}

GbpRefinement *
gbp_refinement_new (const GbpConvolutionShape *shape, const float *kernel, const float *bias)
{
  GbpRefinement *refinement = gbp_memory_new (1, sizeof *refinement);
  double *norms = gbp_memory_new (shape->n_outputs, sizeof *norms);

  if (refinement == NULL || norms == NULL) {
    gbp_memory_free (refinement);
    gbp_memory_free (norms);
    return NULL;
  }
  refinement->shape = *shape;
  refinement->inputs = gbp_pad_channels (shape->n_inputs);
  refinement->outputs = gbp_pad_channels (shape->n_outputs);
  refinement->kernel =
      gbp_memory_new (shape->n_outputs * 9 * refinement->inputs, sizeof *refinement->kernel);
  refinement->bias = gbp_memory_new_copy (shape->n_outputs, bias, shape->n_outputs);
  refinement->norm = gbp_memory_new (shape->n_outputs, sizeof *refinement->norm);
  if (refinement->kernel != NULL && refinement->bias != NULL && refinement->norm != NULL)
    copy_kernel (refinement, kernel, norms);
  else
    g_clear_pointer (&refinement, gbp_refinement_free);
  gbp_memory_free (norms);
  return refinement;
}

void
gbp_refinement_free (GbpRefinement *refinement)
{
  gbp_memory_free (refinement->kernel);
  gbp_memory_free (refinement->bias);
  gbp_memory_free (refinement->norm);
  gbp_memory_free (refinement);
}

void
gbp_refinement_get_tolerance (
    const GbpRefinement *refinement, const GbpConvolutionPass *pass, float *tolerance)
{
  const GbpConvolutionShape *shape = &refinement->shape;
  const GbpRegion *region = &pass->input_region;
  gsize width = region->right - region->left, n_samples = 0;
  gsize n_pixels = (region->bottom - region->top) * width;
  double sum = 0, deviation;

  for (gsize i = 0; i < n_pixels; i += SAMPLE_STEP, n_samples++) {
    gsize pixel = (region->top + i / width) * shape->width + region->left + i % width;
    const float *x = pass->input + pixel * refinement->inputs;

    for (gsize c = 0; c < shape->n_inputs; c++)
      sum += (double) x[c] * x[c];
  }
  deviation = sqrt (sum / (double) (n_samples * shape->n_inputs));
  for (gsize o = 0; o < refinement->outputs; o++) {
    float size = o < shape->n_outputs ? (float) (PART * deviation * refinement->norm[o]) : 0;

    tolerance[o] = isfinite (size) ? size : 0;
  }
}

/* Eight sums side by side, which the compiler keeps in vectors. */
static void
accumulate (const float *x, const float *y, gsize n, double sums[8])
{
  for (gsize i = 0; i < n; i += 8)
    for (guint j = 0; j < 8; j++)
      sums[j] += (double) x[i + j] * y[i + j];
}

static float
compute_output (const GbpRefinement *refinement, const GbpConvolutionPass *pass, guint row,
    guint column, gsize o)
{
  guint width = refinement->shape.width;
  const GbpRegion *region = &pass->input_region;
  const float *kernel = refinement->kernel + o * 9 * refinement->inputs;
  double sums[8] = {refinement->bias[o]};

  for (int tap = 0; tap < 9; tap++, kernel += refinement->inputs) {
    int y = (int) row + tap / 3 - 1, x = (int) column + tap % 3 - 1;

    if (gbp_region_contains (region, y, x))
      accumulate (pass->input + ((gsize) y * width + (gsize) x) * refinement->inputs, kernel,
          refinement->inputs, sums);
  }
  return (float) (((sums[0] + sums[1]) + (sums[2] + sums[3]))
                  + ((sums[4] + sums[5]) + (sums[6] + sums[7])));
}

typedef struct {
  const GbpRefinement *refinement;
  const GbpConvolutionPass *pass;
} Job;

/* How many rows and columns of the layer make one of what is written. */
static guint
get_scale (const GbpConvolutionPass *pass)
{
  return pass->argmax != NULL ? 2 : 1;
}

/* The maximum over four outputs after their ReLU; notes which it was. */
static float
compute_maximum (const Job *job, guint row, guint column, gsize unit)
{
  const GbpConvolutionPass *pass = job->pass;
  guint width = job->refinement->shape.width, same_as[4], chosen;
  gsize outputs = job->refinement->outputs;
  float x[4];

  for (guint k = 0; k < 4; k++)
    x[k] = gbp_rectify (
        compute_output (job->refinement, pass, row + k / 2, column + k % 2, unit % outputs));
  gbp_equivalence_find_equals (pass->equivalence + (gsize) row * width + column, width, same_as);
  chosen = gbp_choose_maximum (x, same_as);
  gbp_argmax_set (pass->argmax, outputs, unit, chosen);
  return x[chosen];
}

static void
refine_unit (const Job *job, gsize unit)
{
  const GbpConvolutionPass *pass = job->pass;
  guint scale = get_scale (pass), width = job->refinement->shape.width / scale;
  gsize outputs = job->refinement->outputs, pixel = unit / outputs;
  guint row = (guint) (pixel / width) * scale, column = (guint) (pixel % width) * scale;
  float x = pass->argmax != NULL
                ? compute_maximum (job, row, column, unit)
                : compute_output (job->refinement, pass, row, column, unit % outputs);

  pass->output[unit] = gbp_rectify (x);
  gbp_set_bit (pass->active, unit, x > 0);
}

/* The channels from @c on that one look at the bits shows to need nothing. */
static gsize
skip_far_from_zero (const guint8 *near_zero, gsize c, gsize end)
{
  guint64 bits;

  for (; c + 64 <= end; c += 64) {
    memcpy (&bits, near_zero + c / 8, sizeof bits);
    if (bits != 0)
      break;
  }
  return c;
}

static void
refine_row (gpointer data, guint part, guint worker)
{
  const Job *job = data;
  const GbpRegion *region = &job->pass->output_region;
  const GbpChannels *channels = &job->pass->output_channels;
  guint scale = get_scale (job->pass), width = job->refinement->shape.width / scale;
  gsize outputs = job->refinement->outputs, row = region->top / scale + part;

  for (gsize column = region->left / scale; column < region->right / scale; column++) {
    gsize pixel = (row * width + column) * outputs;
    const guint8 *near_zero = job->pass->near_zero + pixel / 8;
    gsize end = channels->end;

    for (gsize c = skip_far_from_zero (near_zero, channels->first, end); c < end;
         c = skip_far_from_zero (near_zero, c + GBP_LANES, end))
      for (gsize unit = c; unit < c + GBP_LANES; unit++)
        if (near_zero[unit / 8] >> unit % 8 & 1)
          refine_unit (job, pixel + unit);
  }
}

/* How many of @n bits are set, a multiple of GBP_LANES. */
static gsize
count_bits (const guint8 *bits, gsize n)
{
  gsize count = 0;

  for (gsize i = skip_far_from_zero (bits, 0, n); i < n;
       i = skip_far_from_zero (bits, i + GBP_LANES, n)) {
    guint16 some;

    memcpy (&some, bits + i / 8, sizeof some);
    count += (gsize) __builtin_popcount (some);
  }
  return count;
}

/* The units that are marked; rows of whole pixels are one run of bits. */
static gsize
count_near_zero (const GbpRefinement *refinement, const GbpConvolutionPass *pass)
{
  const GbpRegion *region = &pass->output_region;
  const GbpChannels *channels = &pass->output_channels;
  guint scale = get_scale (pass), width = refinement->shape.width / scale;
  gsize n_columns = (region->right - region->left) / scale, n = channels->end - channels->first;
  gsize n_runs = n == refinement->outputs ? 1 : n_columns, count = 0;

  for (gsize row = region->top / scale; row < region->bottom / scale; row++)
    for (gsize run = 0; run < n_runs; run++) {
      gsize pixel = row * width + region->left / scale + run;

      count += count_bits (pass->near_zero + (pixel * refinement->outputs + channels->first) / 8,
          n_runs == 1 ? n_columns * n : n);
    }
  return count;
}

static gsize
count_wanted (const GbpConvolutionPass *pass)
{
  const GbpRegion *region = &pass->output_region;
  gsize scale = get_scale (pass);

  return (region->right - region->left) / scale * ((region->bottom - region->top) / scale)
         * (pass->output_channels.end - pass->output_channels.first);
}

gsize
gbp_refinement_run (const GbpRefinement *refinement, const GbpConvolutionPass *pass)
{
  Job job = {refinement, pass};
  guint n_rows = pass->output_region.bottom - pass->output_region.top;
  gsize n_near_zero = count_near_zero (refinement, pass);

  if (n_near_zero == 0
      || n_near_zero > MAX (count_wanted (pass) / UNITS_PER_REFINED, GBP_REFINEMENT_LEAST))
    return 0;
  gbp_team_run (pass->team, refine_row, &job, n_rows / get_scale (pass));
  return n_near_zero;
}

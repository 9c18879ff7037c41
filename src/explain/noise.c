/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A counter goes through SplitMix64's function (Steele et al. 2014), and two of what come out through that of Box and
 * Muller (1958). */
#include "explain/noise.h"

#include <math.h>

/* Values in one part: an even number. */
#define PART 4096

#define STEP G_GUINT64_CONSTANT (0x9E3779B97F4A7C15)

static guint64
scatter (guint64 x)
{
  x = (x ^ x >> 30) * G_GUINT64_CONSTANT (0xBF58476D1CE4E5B9);
  x = (x ^ x >> 27) * G_GUINT64_CONSTANT (0x94D049BB133111EB);
  return x ^ x >> 31;
}

/* Between 0 and 1, and neither. */
static double
make_uniform (guint64 bits)
{
  return ((double) (bits >> 12) + 0.5) * 0x1p-52;
}

typedef struct {
  guint64 key;
  double deviation;
  float *values;
  gsize n;
} Job;

static void
add_part (gpointer data, guint part, guint worker)
{
  const Job *job = data;
  gsize end = MIN ((gsize) (part + 1) * PART, job->n);

  for (gsize i = (gsize) part * PART; i < end; i += 2) {
    double radius = sqrt (-2 * log (make_uniform (scatter (job->key + (i + 1) * STEP))));
    double angle = 2 * G_PI * make_uniform (scatter (job->key + (i + 2) * STEP));

    job->values[i] += (float) (job->deviation * radius * cos (angle));
    if (i + 1 < end)
      job->values[i + 1] += (float) (job->deviation * radius * sin (angle));
  }
}

void
gbp_noise_add (const GbpNoise *noise, GbpTeam *team, float *values, gsize n)
{
  Job job = {
      .key = scatter (noise->seed + scatter ((noise->sample + G_GUINT64_CONSTANT (1)) * STEP)),
      .deviation = noise->deviation,
      .values = values,
      .n = n,
  };

  gbp_team_run (team, add_part, &job, (guint) ((n + PART - 1) / PART));
}

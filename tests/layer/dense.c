/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a dense layer need not read. */
#include "layer/dense.h"

#include <math.h>
#include <string.h>

#include "harness.h"
#include "kernel/memory.h"

#define N_INPUTS  530 /* several parts */
#define N_OUTPUTS 67

static float *
new_random (gsize n, float most, guint32 seed)
{
  float *values = gbp_memory_new (gbp_pad_channels (n), sizeof *values);

  for (gsize i = 0; i < n; i++)
    values[i] = gbp_test_random (&seed, -most, most);
  return values;
}

/* A seed at one output asks for one column; what comes back is what it is with all of them, to the last bit. */
START_TEST (one_column)
{
  g_autoptr (GbpTeam) team = gbp_team_new (2);
  float *kernel = new_random (N_INPUTS * N_OUTPUTS, 1, 3), *expected = new_random (N_INPUTS, 0, 1);
  float *found = new_random (N_INPUTS, 1, 2), *gradient = new_random (N_OUTPUTS, 0, 1);
  float bias[N_OUTPUTS] = {0};
  GbpDense dense = {gbp_kernels_get (), team, N_INPUTS, N_OUTPUTS, kernel, bias, FALSE};
  const GbpMatrix matrix = {kernel, N_INPUTS, N_OUTPUTS, N_OUTPUTS};
  guint8 active[N_INPUTS / 8 + 8];
  GbpGate gate = {FALSE, _i % 2 == 0 ? NULL : active};
  gsize column = _i < 2 ? 5 : N_OUTPUTS - 1;

  for (guint i = 0; i < sizeof active; i++)
    active[i] = (guint8) (i * 37);
  kernel[7 * N_OUTPUTS + column] = -0.0f;
  gradient[column] = 1.7f;
  dense.kernels->multiply_from_right (&matrix, gradient, gate.active, expected);
  for (gsize i = 0; i < N_INPUTS * N_OUTPUTS; i++)
    if (i % N_OUTPUTS != column)
      kernel[i] = NAN;
  gbp_dense_backward (&dense, gradient, &gate, found);
  ck_assert_mem_eq (found, expected, N_INPUTS * sizeof *found);
  gbp_memory_free (kernel);
  gbp_memory_free (expected);
  gbp_memory_free (found);
  gbp_memory_free (gradient);
}
END_TEST

/* The sums of several parts are the layer's, and the same by however many threads. */
START_TEST (forward_in_parts)
{
  GbpTeam *teams[] = {gbp_team_new (1), gbp_team_new (3)};
  float *kernel = new_random (N_INPUTS * N_OUTPUTS, 1, 3), *bias = new_random (N_OUTPUTS, 1, 4);
  float *input = new_random (N_INPUTS, 1, 5), *outputs[2];
  float *workspace = new_random (gbp_dense_get_workspace (N_INPUTS, N_OUTPUTS), 9, 6);

  for (guint i = 0; i < 2; i++) {
    GbpDense dense = {gbp_kernels_get (), teams[i], N_INPUTS, N_OUTPUTS, kernel, bias, FALSE};

    outputs[i] = new_random (N_OUTPUTS, 9, 7);
    gbp_dense_forward (&dense, workspace, input, outputs[i], NULL);
  }
  for (gsize o = 0; o < gbp_pad_channels (N_OUTPUTS); o++) {
    double sum = o < N_OUTPUTS ? bias[o] : 0;

    for (gsize i = 0; i < N_INPUTS && o < N_OUTPUTS; i++)
      sum += (double) input[i] * kernel[i * N_OUTPUTS + o];
    ck_assert_double_le (fabs (outputs[0][o] - sum), o < N_OUTPUTS ? 1e-5 : 0);
  }
  ck_assert_mem_eq (outputs[0], outputs[1], gbp_pad_channels (N_OUTPUTS) * sizeof (float));
  for (guint i = 0; i < 2; i++) {
    gbp_memory_free (outputs[i]);
    g_clear_pointer (&teams[i], gbp_team_free);
  }
  gbp_memory_free (kernel);
  gbp_memory_free (bias);
  gbp_memory_free (input);
  gbp_memory_free (workspace);
}
END_TEST

/* Behind a flatten it is known which inputs are above zero. */
START_TEST (flatten_tells)
{
  enum {
    N_PIXELS = 5,
    N_CHANNELS = 19,
    N = N_PIXELS * N_CHANNELS
  };
  float *map = new_random (N_PIXELS * gbp_pad_channels (N_CHANNELS), 1, 4);
  float *row = new_random (N, 0, 1);
  guint8 active[N / 8 + 8];

  memset (active, 0xff, sizeof active);
  map[3] = NAN;
  gbp_flatten_forward (map, row, active, N_PIXELS, N_CHANNELS);
  for (gsize i = 0; i < gbp_pad_channels (N); i++) {
    float expected =
        i < N ? map[i / N_CHANNELS * gbp_pad_channels (N_CHANNELS) + i % N_CHANNELS] : 0;

    ck_assert (memcmp (&row[i], &expected, sizeof expected) == 0);
    ck_assert_int_eq (active[i / 8] >> i % 8 & 1, expected > 0);
  }
  gbp_memory_free (map);
  gbp_memory_free (row);
}
END_TEST

/* The rows of one channel at all pixels, added up. */
START_TEST (sums_of_pixels)
{
  enum {
    N_PIXELS = 10,
    N_CHANNELS = N_INPUTS / 10
  };
  g_autoptr (GbpTeam) team = gbp_team_new (2);
  float *kernel = new_random (N_INPUTS * N_OUTPUTS, 1, 3);
  float *sums = new_random (N_CHANNELS * N_OUTPUTS, 1, 1);
  GbpDense dense = {gbp_kernels_get (), team, N_INPUTS, N_OUTPUTS, kernel, NULL, FALSE};

  gbp_dense_sum_pixels (&dense, N_CHANNELS, sums);
  for (gsize c = 0; c < N_CHANNELS; c++)
    for (gsize o = 0; o < N_OUTPUTS; o++) {
      double sum = 0;

      for (gsize p = 0; p < N_PIXELS; p++)
        sum += kernel[(p * N_CHANNELS + c) * N_OUTPUTS + o];
      ck_assert_double_eq_tol (sums[c * N_OUTPUTS + o], sum, 1e-5);
    }
  gbp_memory_free (kernel);
  gbp_memory_free (sums);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"one column", one_column, 4},
      {"forward in parts", forward_in_parts, 0},
      {"flatten tells", flatten_tells, 0},
      {"sums of pixels", sums_of_pixels, 0},
  };

  return GBP_TEST_RUN ("dense", tests);
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The noise of SmoothGrad. */
#include "explain/noise.h"

#include <math.h>

#include "harness.h"

#define N_VALUES 400000

/* Mean, deviation, and the shares beyond one and three deviations; and that neighbours have nothing in common. */
START_TEST (is_normal)
{
  g_autofree float *values = g_new0 (float, N_VALUES + 1), *again = g_new0 (float, N_VALUES + 1);
  g_autoptr (GbpTeam) one = gbp_team_new (1), many = gbp_team_new (4);
  GbpNoise noise = {.seed = 5, .sample = (guint) _i, .deviation = 2};
  double sum = 0, squares = 0, products = 0, beyond[2] = {0};

  gbp_noise_add (&noise, one, values, N_VALUES + 1);
  gbp_noise_add (&noise, many, again, N_VALUES + 1);
  ck_assert_mem_eq (values, again, (N_VALUES + 1) * sizeof *values);
  for (guint i = 0; i < N_VALUES; i++) {
    sum += values[i];
    squares += (double) values[i] * values[i];
    products += (double) values[i] * values[i + 1];
    beyond[0] += fabs (values[i]) > 2;
    beyond[1] += fabs (values[i]) > 6;
  }
  ck_assert_double_eq_tol (sum / N_VALUES, 0, 5 * 2 / sqrt (N_VALUES));
  ck_assert_double_eq_tol (squares / N_VALUES, 4, 5 * 4 * sqrt (2. / N_VALUES));
  ck_assert_double_eq_tol (products / N_VALUES, 0, 5 * 4 / sqrt (N_VALUES));
  ck_assert_double_eq_tol (beyond[0] / N_VALUES, 0.317311, 5 * sqrt (0.3173 * 0.6827 / N_VALUES));
  ck_assert_double_eq_tol (beyond[1] / N_VALUES, 0.0026998, 5 * sqrt (0.0027 / N_VALUES));
  noise.sample++;
  gbp_noise_add (&noise, one, again, 8);
  for (guint i = 0; i < 8; i++)
    ck_assert_float_ne (again[i], 2 * values[i]);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"is normal", is_normal, 2},
  };

  return GBP_TEST_RUN ("noise", tests);
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every convolution of VGG19 by itself, both ways: how long, how fast, and where the time goes. */
#include <stdio.h>
#include <stdlib.h>

#include "layer/convolution.h"
#include "meter.h"
#include "networks.h"
#include "peak.h"

/* Passes of one kind in a row; the first one warms the cache up and is not counted. */
#define REPEATS 3

/* @BACKWARD_ONE: from a gradient that is zero but in one channel; of the last layer only */
typedef enum {
  FORWARD,
  BACKWARD,
  BACKWARD_ONE,
  N_DIRECTIONS,
} Direction;

/* One layer.
 * @maps: (owned): before and after it
 * @active: (owned): bits of the same maps
 * @meters: sums over all passes that @times has */
typedef struct {
  const GbpLayer *layer;
  GbpConvolutionShape shape;
  GbpConvolution *convolution;
  float *maps[2];
  guint8 *active[2];
  guint8 *near_zero;
  BenchTimes times[N_DIRECTIONS];
  BenchMeter meters[N_DIRECTIONS];
} Case;

static gsize
get_map_size (const Case *it, guint side)
{
  guint channels = side == 0 ? it->shape.n_inputs : it->shape.n_outputs;

  return (gsize) it->shape.height * it->shape.width * gbp_pad_channels (channels);
}

/* What a ReLU leaves of normally distributed values, and which it let through; the padding is zero. */
static void
fill_input (Case *it)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (BENCH_SEED);
  gsize stride = gbp_pad_channels (it->shape.n_inputs), size = get_map_size (it, 0);

  for (gsize i = 0; i < size; i++) {
    double sum = 0;

    for (int k = 0; k < 4; k++)
      sum += g_rand_double_range (random, -1, 1);
    if (i % stride >= it->shape.n_inputs || sum <= 0)
      continue;
    it->maps[0][i] = (float) sum;
    it->active[0][i / 8] |= (guint8) (1 << i % 8);
  }
}

static void
case_init (Case *it, const GbpLayer *layer)
{
  *it = (Case){.layer = layer};
  it->shape =
      (GbpConvolutionShape){layer->height, layer->width, layer->weights.n_inputs, layer->channels};
  it->convolution = gbp_convolution_new (
      &it->shape, layer->weights.kernel, layer->weights.bias, NULL, gbp_kernels_get ());
  for (guint i = 0; i < 2; i++) {
    it->maps[i] = g_aligned_alloc0 (get_map_size (it, i), sizeof (float), GBP_ALIGNMENT);
    it->active[i] = g_aligned_alloc0 (get_map_size (it, i) / 8, 1, GBP_ALIGNMENT);
  }
  it->near_zero = g_aligned_alloc0 (get_map_size (it, 1) / 8, 1, GBP_ALIGNMENT);
  fill_input (it);
  for (guint i = 0; i < N_DIRECTIONS; i++)
    bench_times_init (&it->times[i]);
}

static void
case_clear (Case *it)
{
  gbp_convolution_free (it->convolution);
  for (guint i = 0; i < 2; i++) {
    g_aligned_free (it->maps[i]);
    g_aligned_free (it->active[i]);
  }
  g_aligned_free (it->near_zero);
  for (guint i = 0; i < N_DIRECTIONS; i++)
    bench_times_clear (&it->times[i]);
}

static void
run_pass (Case *it, Direction direction, GbpConvolutionPass *pass)
{
  GbpRegion all = {0, 0, it->shape.height, it->shape.width};
  GbpChannels inputs = {0, gbp_pad_channels (it->shape.n_inputs)};
  GbpChannels outputs = {0, gbp_pad_channels (it->shape.n_outputs)};

  if (direction == BACKWARD_ONE)
    outputs.end = MIN (outputs.end, GBP_PANEL);
  pass->input = it->maps[direction == FORWARD ? 0 : 1];
  pass->input_region = pass->output_region = all;
  pass->input_channels = direction == FORWARD ? inputs : outputs;
  pass->output = it->maps[direction == FORWARD ? 1 : 0];
  pass->output_channels = direction == FORWARD ? outputs : inputs;
  if (direction == FORWARD) {
    pass->active = it->active[1];
    pass->near_zero = it->near_zero;
    gbp_convolution_forward (it->convolution, pass);
  } else {
    pass->gate = (GbpGate){TRUE, it->active[0]};
    gbp_convolution_backward (it->convolution, pass);
  }
}

static void
time_direction (Case *it, Direction direction, const GbpKernels *kernels, GbpTeam *team)
{
  gsize n_floats = gbp_convolution_get_workspace (it->convolution, gbp_team_get_size (team));
  float *workspace = g_aligned_alloc0 (n_floats, sizeof (float), GBP_ALIGNMENT);
  GbpConvolutionPass pass = {.kernels = kernels, .team = team, .workspace = workspace};
  BenchMeter *sum = &it->meters[direction], meter;

  run_pass (it, direction, &pass);
  bench_meter_reset ();
  for (int i = 0; i < REPEATS; i++) {
    double begin = bench_now ();

    run_pass (it, direction, &pass);
    bench_times_add (&it->times[direction], bench_now () - begin);
  }
  meter = bench_meter_read ();
  sum->transforms += meter.transforms;
  sum->products += meter.products;
  sum->operations += meter.operations;
  g_aligned_free (workspace);
}

/* One row. The clocks in the kernels run on every thread: their sums are divided by the threads' number,
 * and what is left is the refinement, what is not Winograd's, and waiting. */
static double
print_row (Case *it, Direction direction, double peak, int threads)
{
  const GbpConvolutionShape *shape = &it->shape;
  const BenchMeter *meter = &it->meters[direction];
  guint n = it->times[direction].seconds->len;
  double median = bench_times_get (&it->times[direction], 0.5), share = 1e3 / threads / n;
  double direct = 2.0 * 9 * shape->height * shape->width * shape->n_inputs * shape->n_outputs;
  double transforms = meter->transforms * share, products = meter->products * share;

  printf ("%-13s %-8s %-9s %8.2f %8.0f ", it->layer->name,
      direction == FORWARD ? "forward" : "backward",
      gbp_convolution_get_algorithm (it->convolution), 1e3 * median, 1e-9 * direct / median);
  if (meter->operations > 0) {
    double rate = meter->operations / meter->products * threads;

    printf ("%8.0f %5.0f%% %10.2f %10.2f\n", 1e-9 * rate, 100 * rate / peak, products, transforms);
  } else {
    printf ("%8s %6s %10s %10s\n", "–", "–", "–", "–");
  }
  return median;
}

static void
print_one_channel (const Case *last)
{
  double all = bench_times_get (&last->times[BACKWARD], 0.5);
  double one = bench_times_get (&last->times[BACKWARD_ONE], 0.5);

  printf ("%s, the way back from one channel ÷ from all: %.3f of the time, %.3f of the products'\n",
      last->layer->name, one / all,
      last->meters[BACKWARD_ONE].products / last->meters[BACKWARD].products);
}

static void
print_table (Case *cases, guint n_cases, const BenchPeak *peak, int threads)
{
  double sums[BACKWARD_ONE] = {0};

  bench_print_peak (peak);
  printf ("\n");
  printf ("%-13s %-8s %-9s %8s %8s %8s %6s %10s %10s\n", "layer", "way", "algorithm", "ms",
      "direct", "product", "peak", "products", "transforms");
  printf ("%-13s %-8s %-9s %8s %8s %8s %6s %10s %10s\n", "", "", "", "median", "GFLOP/s", "GFLOP/s",
      "share", "ms", "ms");
  for (guint d = FORWARD; d < BACKWARD_ONE; d++)
    for (guint i = 0; i < n_cases; i++)
      sums[d] += print_row (&cases[i], d, bench_get_peak (peak), threads);
  printf ("\nforward %.1f ms, backward %.1f ms\n", 1e3 * sums[FORWARD], 1e3 * sums[BACKWARD]);
  print_one_channel (&cases[n_cases - 1]);
}

int
main (int argc, char **argv)
{
  BenchOptions options = bench_parse (argc, argv, 7);
  g_autoptr (GbpNetwork) network = options.quick ? bench_load_builtin () : bench_make_vgg19 ();
  g_autoptr (GbpTeam) team = gbp_team_new ((guint) options.threads);
  GbpKernels kernels = bench_meter_kernels ();
  Case cases[GBP_MAX_LAYERS];
  guint n_layers, n_cases = 0;
  const GbpLayer *layers = gbp_network_get_layers (network, &n_layers);
  BenchPeak peak = {0};

  bench_print_head (gbp_network_get_description (network), &options);
  for (guint i = 0; i < n_layers; i++)
    if (layers[i].kind == GBP_KIND_CONVOLUTION)
      case_init (&cases[n_cases++], &layers[i]);
  for (int round = 0; round < options.rounds; round++) {
    bench_measure_peak (team, options.quick, &peak);
    for (guint i = 0; i < n_cases; i++)
      for (guint d = 0; d < (i + 1 < n_cases ? BACKWARD_ONE : N_DIRECTIONS); d++)
        time_direction (&cases[i], d, &kernels, team);
  }
  print_table (cases, n_cases, &peak, options.threads);
  for (guint i = 0; i < n_cases; i++)
    case_clear (&cases[i]);
  return EXIT_SUCCESS;
}

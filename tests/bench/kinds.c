/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every operation of MobileNetV2 and of ResNet50 by itself, both ways: the shortest time that it took, which is what it
 * costs where nothing else wants the processors, its share of the peak, and how fast its maps go by. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/memory.h"
#include "layer/kind.h"
#include "networks.h"
#include "peak.h"

#define MOST_CASES 128

/* Passes of one kind in a row; the first one warms the cache up and is not counted. */
#define REPEATS 3

/* Equal operations of a network.
 * @count: how many there are
 * @has_activation: with a ReLU, or ReLU6, computed along */
typedef struct {
  GbpOperation operation;
  gboolean has_activation;
  GbpShape input;
  GbpShape output;
  guint n_inputs;
  guint count;
  BenchTimes times[2];
} Case;

typedef struct {
  const char *name;
  GbpOperation activation;
  Case cases[MOST_CASES];
  guint n_cases;
  GbpShape shape; /* of what the last operation made */
} Suite;

static GbpShape
slide (const GbpShape *input, const GbpWindow *window, guint n_outputs)
{
  guint rows = input->height + window->padding.top + window->padding.bottom - window->rows;
  guint columns = input->width + window->padding.left + window->padding.right - window->columns;

  return (GbpShape){rows / window->stride_y + 1, columns / window->stride_x + 1, n_outputs};
}

static void
add_case (Suite *suite, Case it)
{
  suite->shape = it.output;
  for (guint i = 0; i < suite->n_cases; i++) {
    Case *other = &suite->cases[i];

    if (memcmp (&other->operation, &it.operation, sizeof it.operation) == 0
        && memcmp (&other->input, &it.input, sizeof it.input) == 0
        && memcmp (&other->output, &it.output, sizeof it.output) == 0
        && other->has_activation == it.has_activation) {
      other->count++;
      return;
    }
  }
  it.count = 1;
  for (guint i = 0; i < 2; i++)
    bench_times_init (&it.times[i]);
  suite->cases[suite->n_cases++] = it;
}

/* @size: of the window's sides; @before, @after: padding */
static void
add_window (Suite *suite, GbpKind kind, guint n_outputs, guint size, guint stride, guint before,
    guint after, guint groups, gboolean has_activation)
{
  Case it = {.input = suite->shape, .n_inputs = 1, .has_activation = has_activation};

  it.operation.kind = kind;
  it.operation.window =
      (GbpWindow){size, size, stride, stride, 1, 1, {before, before, after, after}, groups};
  it.output = slide (&it.input, &it.operation.window, n_outputs);
  add_case (suite, it);
}

static void
add_pointwise (Suite *suite, guint n_outputs, gboolean has_activation)
{
  add_window (suite, GBP_KIND_CONVOLUTION, n_outputs, 1, 1, 0, 0, 1, has_activation);
}

static void
add_sum (Suite *suite)
{
  add_case (suite, (Case){.operation.kind = GBP_KIND_ADD,
                       .input = suite->shape,
                       .output = suite->shape,
                       .n_inputs = 2});
}

/* Sandler et al. 2018. */
static void
fill_mobilenet (Suite *suite)
{
  static const guint blocks[][4] = {{1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2},
      {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};

  suite->shape = (GbpShape){224, 224, 3};
  add_window (suite, GBP_KIND_CONVOLUTION, 32, 3, 2, 0, 1, 1, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (blocks); i++)
    for (guint k = 0; k < blocks[i][2]; k++) {
      guint n_inputs = suite->shape.channels, n = n_inputs * blocks[i][0];
      guint stride = k == 0 ? blocks[i][3] : 1;

      if (blocks[i][0] > 1)
        add_pointwise (suite, n, TRUE);
      add_window (suite, GBP_KIND_CONVOLUTION, n, 3, stride, stride == 1, 1, n, TRUE);
      add_pointwise (suite, blocks[i][1], FALSE);
      if (stride == 1 && n_inputs == blocks[i][1])
        add_sum (suite);
    }
  add_pointwise (suite, 1280, TRUE);
}

/* He et al. 2016, with the stride where PyTorch has it. */
static void
fill_resnet (Suite *suite)
{
  static const guint stages[][2] = {{64, 3}, {128, 4}, {256, 6}, {512, 3}};

  suite->shape = (GbpShape){224, 224, 3};
  add_window (suite, GBP_KIND_CONVOLUTION, 64, 7, 2, 3, 3, 1, TRUE);
  add_window (suite, GBP_KIND_POOL_MAX, 64, 3, 2, 1, 1, 1, FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (stages); i++)
    for (guint k = 0; k < stages[i][1]; k++) {
      guint n = stages[i][0], stride = i > 0 && k == 0 ? 2 : 1;
      GbpShape input = suite->shape;

      add_pointwise (suite, n, TRUE);
      add_window (suite, GBP_KIND_CONVOLUTION, n, 3, stride, 1, 1, 1, TRUE);
      add_pointwise (suite, 4 * n, FALSE);
      if (k == 0) {
        suite->shape = input;
        add_window (suite, GBP_KIND_CONVOLUTION, 4 * n, 1, stride, 0, 0, 1, FALSE);
      }
      add_sum (suite);
      add_case (suite, (Case){.operation.kind = GBP_KIND_ACTIVATION,
                           .input = suite->shape,
                           .output = suite->shape,
                           .n_inputs = 1});
    }
}

static gsize
get_size (const GbpShape *shape)
{
  return (gsize) shape->height * shape->width * gbp_pad_channels (shape->channels);
}

/* Multiplications and additions. */
static double
count_operations (const Case *it)
{
  const GbpWindow *window = &it->operation.window;

  if (it->operation.kind != GBP_KIND_CONVOLUTION)
    return 0;
  return 2.0 * it->output.height * it->output.width * it->output.channels * window->rows
         * window->columns * it->input.channels / window->groups;
}

static float *
new_random (gsize n)
{
  float *values = gbp_memory_new (n, sizeof *values);

  for (gsize i = 0; i < n; i++)
    values[i] = (float) (i * 7919 % 251) / 251 - 0.5f;
  return values;
}

static GbpTensor *
new_weights (gsize n)
{
  float *values = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    values[i] = (float) (i * 7919 % 251) / 251 - 0.5f;
  return gbp_tensor_new_take (values, n);
}

static void
time_passes (Case *it, const GbpNode *node, gpointer prepared, GbpNodePass *pass)
{
  const GbpKindClass *kind = gbp_kind_get (it->operation.kind);

  for (int i = 0; i <= REPEATS; i++)
    for (guint direction = 0; direction < 2; direction++) {
      double begin = bench_now ();

      (direction == 0 ? kind->forward : kind->backward) (node, prepared, pass);
      if (i > 0)
        bench_times_add (&it->times[direction], bench_now () - begin);
    }
}

static void
time_case (Case *it, const GbpOperation *activation, GbpTeam *team)
{
  const GbpKindClass *kind = gbp_kind_get (it->operation.kind);
  GbpShape inputs[2] = {it->input, it->input};
  GbpOperation operation = it->operation;
  GbpNode node = {
      &operation, it->has_activation ? activation : NULL, it->n_inputs, inputs, it->output};
  float *maps[2] = {new_random (get_size (inputs)), new_random (get_size (inputs))};
  float *gradients[2] = {new_random (get_size (inputs)), new_random (get_size (inputs))};
  float *output = new_random (get_size (&it->output)),
        *gradient = new_random (get_size (&it->output));
  gpointer saved =
      gbp_memory_new (kind->get_saved_size != NULL ? kind->get_saved_size (&node) : 0, 1);
  gpointer workspace = gbp_memory_new (
      kind->get_workspace_size != NULL ? kind->get_workspace_size (&node, gbp_team_get_size (team))
                                       : 0,
      1);
  GbpRows rows[2] = {gbp_rows_of (inputs), gbp_rows_of (inputs)};
  GbpNodePass pass = {gbp_kernels_get (), team, (const float *const *) maps, output,
      gbp_rows_of (&it->output), gradient, gradients, rows, saved, GBP_RULE_GUIDED, workspace};
  gpointer prepared;

  if (operation.kind == GBP_KIND_CONVOLUTION) {
    operation.tensors[0] =
        new_weights ((gsize) count_operations (it) / 2 / it->output.height / it->output.width);
    operation.tensors[1] = new_weights (it->output.channels);
  }
  prepared = kind->prepare != NULL ? kind->prepare (&node, gbp_kernels_get ()) : NULL;
  time_passes (it, &node, prepared, &pass);
  if (kind->free != NULL)
    kind->free (prepared);
  for (guint i = 0; i < 2; i++) {
    gbp_memory_free (maps[i]);
    gbp_memory_free (gradients[i]);
    g_clear_pointer (&operation.tensors[i], gbp_tensor_unref);
  }
  gbp_memory_free (output);
  gbp_memory_free (gradient);
  gbp_memory_free (saved);
  gbp_memory_free (workspace);
}

/* One row.
 * @peak: operations per second; @sums: (inout): seconds of all operations, forward and backward */
static void
print_case (const Case *it, double peak, double sums[2])
{
  const GbpWindow *window = &it->operation.window;
  double n = count_operations (it);
  g_autofree char *groups =
      window->groups > 1 ? g_strdup_printf ("/%u", window->groups) : g_strdup ("");
  g_autofree char *name =
      g_strdup_printf ("%s %ux%u s%u%s%s", gbp_kind_get (it->operation.kind)->name, window->rows,
          window->columns, window->stride_y, groups, it->has_activation ? " +act" : "");

  printf ("%2u %-32s %3u %4u→%4u", it->count, name, it->output.height, it->input.channels,
      it->output.channels);
  for (guint d = 0; d < 2; d++) {
    double shortest = bench_times_get (&it->times[d], 0);
    double bytes =
        sizeof (float) * (double) (get_size (&it->input) * it->n_inputs + get_size (&it->output));

    printf (
        " %8.3f %4.0f%% %5.1f", 1e3 * shortest, 100 * n / shortest / peak, 1e-9 * bytes / shortest);
    sums[d] += it->count * shortest;
  }
  printf ("\n");
}

static void
print_suite (const Suite *suite, double peak)
{
  double sums[2] = {0};

  printf ("\n%s\n%2s %-32s %3s %10s %8s %5s %5s %8s %5s %5s\n", suite->name, "n", "operation", "h",
      "channels", "fwd ms", "peak", "GB/s", "bwd ms", "peak", "GB/s");
  for (guint i = 0; i < suite->n_cases; i++)
    print_case (&suite->cases[i], peak, sums);
  printf ("sum: forward %.1f ms, backward %.1f ms\n", 1e3 * sums[0], 1e3 * sums[1]);
}

int
main (int argc, char **argv)
{
  BenchOptions options = bench_parse (argc, argv, 5);
  g_autoptr (GbpTeam) team = gbp_team_new ((guint) options.threads);
  g_autofree Suite *suites = g_new0 (Suite, 2);
  BenchPeak peak = {0};

  bench_print_head ("operations", &options);
  suites[0].name = "MobileNetV2";
  suites[0].activation = (GbpOperation){.kind = GBP_KIND_ACTIVATION, .maximum = 6};
  fill_mobilenet (&suites[0]);
  suites[1].name = "ResNet50";
  suites[1].activation = (GbpOperation){.kind = GBP_KIND_ACTIVATION};
  fill_resnet (&suites[1]);
  gbp_team_begin (team);
  for (int round = 0; round < options.rounds; round++) {
    bench_measure_peak (team, options.quick, &peak);
    for (guint k = 0; k < 2; k++)
      for (guint i = 0; i < suites[k].n_cases; i++)
        time_case (&suites[k].cases[i], &suites[k].activation, team);
  }
  gbp_team_end (team);
  bench_print_peak (&peak);
  for (guint k = 0; k < 2; k++) {
    print_suite (&suites[k], bench_get_peak (&peak));
    for (guint i = 0; i < suites[k].n_cases; i++)
      for (guint d = 0; d < 2; d++)
        bench_times_clear (&suites[k].cases[i].times[d]);
  }
  return EXIT_SUCCESS;
}

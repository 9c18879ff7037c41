/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Of a graph's layer one unit, or some: what is computed of the maps is a part then, and what comes of it has the bits
 * that it has where all of them is computed, but for what Winograd's tiles round. */
#include <math.h>
#include <string.h>

#include "explain/passes.h"
#include "explain/pixels.h"
#include "harness.h"
#include "kernel/memory.h"

#define HEIGHT   60
#define WIDTH    38
#define N_VALUES ((gsize) 3 * HEIGHT * WIDTH)

/* An operation, whose output is the value of its own index + 1.
 * @n_outputs: channels of a convolution or dense layer
 * @inputs: the second is 0 where there is none */
typedef struct {
  GbpKind kind;
  guint inputs[2];
  guint n_outputs;
  GbpWindow window;
  GbpFunction function;
  float maximum;
} Row;

#define MOST_ROWS 20

/* @is_wide: that any unit depends on all rows
 * @slack: of the largest value: where there are 3×3 convolutions, whose tiles round what is in them together
 * @rows: [n_rows]: the last is the target */
typedef struct {
  const char *name;
  gboolean is_wide;
  float slack;
  guint n_rows;
  Row rows[MOST_ROWS];
} Network;

#define WINDOW(size, stride, padding, dilation, groups)                                            \
  {                                                                                                \
    size, size, stride, stride, dilation, dilation, {padding, padding, padding, padding}, groups   \
  }
#define CONVOLVE(input, n, size, stride, padding)                                                  \
  {                                                                                                \
    .kind = GBP_KIND_CONVOLUTION, .inputs = {input}, .n_outputs = n,                               \
    .window = WINDOW (size, stride, padding, 1, 1)                                                 \
  }
#define DEPTHWISE(input, n, size, stride, padding)                                                 \
  {                                                                                                \
    .kind = GBP_KIND_CONVOLUTION, .inputs = {input}, .n_outputs = n,                               \
    .window = WINDOW (size, stride, padding, 1, n)                                                 \
  }
#define DILATED(input, n, dilation)                                                                \
  {                                                                                                \
    .kind = GBP_KIND_CONVOLUTION, .inputs = {input}, .n_outputs = n,                               \
    .window = WINDOW (3, 1, dilation, dilation, 1)                                                 \
  }
#define POOL(of, input, size, stride, padding)                                                     \
  {                                                                                                \
    .kind = GBP_KIND_POOL_##of, .inputs = {input}, .window = WINDOW (size, stride, padding, 1, 1)  \
  }
#define ACTIVATE(input, curve)                                                                     \
  {                                                                                                \
    .kind = GBP_KIND_ACTIVATION, .inputs = {input}, .function = GBP_FUNCTION_##curve               \
  }
#define CLIP(input)                                                                                \
  {                                                                                                \
    .kind = GBP_KIND_ACTIVATION, .inputs = {input}, .function = GBP_FUNCTION_RELU, .maximum = 6    \
  }
#define BORDER(of, input, top, bottom)                                                             \
  {                                                                                                \
    .kind = GBP_KIND_##of, .inputs = {input}, .window.padding = { top, 1, bottom, 0 }              \
  }
#define PLAIN(of, ...)                                                                             \
  {                                                                                                \
    .kind = GBP_KIND_##of, .inputs = { __VA_ARGS__ }                                               \
  }
#define GROUPED(input, n)                                                                          \
  {                                                                                                \
    .kind = GBP_KIND_GROUP_NORM, .inputs = {input}, .window.groups = n                             \
  }
#define RESPONSE(input, n)                                                                         \
  {                                                                                                \
    .kind = GBP_KIND_RESPONSE_NORM, .inputs = {input}, .window.columns = n                         \
  }
/* Twice as many rows and columns, each of two. */
#define DOUBLED(input)                                                                             \
  {                                                                                                \
    .kind = GBP_KIND_RESAMPLE, .inputs = {input}, .window.rows = 2, .window.columns = 2            \
  }
#define DENSE(input, n)                                                                            \
  {                                                                                                \
    .kind = GBP_KIND_DENSE, .inputs = {input}, .n_outputs = n                                      \
  }

static const Network networks[] = {
    {"residual", FALSE, 1e-5f, 12,
        {CONVOLVE (0, 17, 7, 2, 3), ACTIVATE (1, RELU), POOL (MAX, 2, 3, 2, 1),
            CONVOLVE (3, 12, 1, 1, 0), PLAIN (SCALE, 4), ACTIVATE (5, SILU),
            CONVOLVE (6, 12, 3, 1, 1), BORDER (PAD, 7, 2, 1), CONVOLVE (8, 17, 1, 1, 0),
            BORDER (CROP, 9, 2, 1), PLAIN (ADD, 3, 10), ACTIVATE (11, RELU)}},
    {"square", FALSE, 1e-5f, 8,
        {CONVOLVE (0, 16, 3, 2, 1), ACTIVATE (1, RELU), CONVOLVE (2, 112, 3, 1, 1),
            ACTIVATE (3, SILU), CONVOLVE (4, 20, 3, 2, 1), ACTIVATE (5, RELU),
            CONVOLVE (6, 20, 3, 1, 1), ACTIVATE (7, RELU)}},
    {"branches", FALSE, 0, 9,
        {CONVOLVE (0, 16, 3, 2, 0), ACTIVATE (1, RELU), CONVOLVE (2, 7, 1, 1, 0),
            CONVOLVE (2, 9, 5, 1, 2), ACTIVATE (4, ELU), POOL (AVERAGE, 2, 3, 1, 1),
            PLAIN (CONCATENATE, 3, 5), PLAIN (CONCATENATE, 7, 6), POOL (MAX, 8, 3, 2, 0)}},
    {"depthwise", FALSE, 0, 15,
        {CONVOLVE (0, 16, 3, 2, 1), CLIP (1), CONVOLVE (2, 36, 1, 1, 0), CLIP (3),
            DEPTHWISE (4, 36, 3, 2, 1), CLIP (5), CONVOLVE (6, 17, 1, 1, 0),
            CONVOLVE (7, 40, 1, 1, 0), ACTIVATE (8, HARD_SWISH), DEPTHWISE (9, 40, 5, 1, 2),
            ACTIVATE (10, SILU), CONVOLVE (11, 17, 1, 1, 0), PLAIN (ADD, 7, 12),
            PLAIN (IDENTITY, 13), PLAIN (MULTIPLY, 14, 13)}},
    {"squeezed", TRUE, 0, 9,
        {CONVOLVE (0, 16, 3, 2, 1), ACTIVATE (1, RELU), PLAIN (GLOBAL_AVERAGE, 2), DENSE (3, 16),
            ACTIVATE (4, SIGMOID), PLAIN (MULTIPLY, 2, 5), DEPTHWISE (6, 16, 3, 1, 1),
            CONVOLVE (7, 24, 1, 1, 0), POOL (AVERAGE_PADDED, 8, 2, 2, 0)}},
    {"normalized", FALSE, 0, 9,
        {CONVOLVE (0, 20, 4, 4, 0), PLAIN (LAYER_NORM, 1), DEPTHWISE (2, 20, 7, 1, 3),
            PLAIN (LAYER_NORM, 3), CONVOLVE (4, 36, 1, 1, 0), ACTIVATE (5, GELU),
            CONVOLVE (6, 20, 1, 1, 0), PLAIN (SCALE, 7), PLAIN (ADD, 2, 8)}},
    {"normalized in groups", TRUE, 0, 5,
        {CONVOLVE (0, 24, 5, 2, 2), GROUPED (1, 4), ACTIVATE (2, RELU), DEPTHWISE (3, 24, 3, 2, 1),
            GROUPED (4, 24)}},
    {"local responses", FALSE, 0, 6,
        {CONVOLVE (0, 20, 5, 2, 2), RESPONSE (1, 5), ACTIVATE (2, SOFTPLUS),
            CONVOLVE (3, 20, 1, 1, 0), PLAIN (MAXIMUM, 3, 4), ACTIVATE (5, RELU)}},
    {"attention", FALSE, 0, 7,
        {CONVOLVE (0, 20, 5, 2, 2), ACTIVATE (1, RELU), PLAIN (CHANNEL_MAX, 2),
            CONVOLVE (3, 1, 7, 1, 3), ACTIVATE (4, SIGMOID), PLAIN (MULTIPLY, 2, 5),
            PLAIN (LOG_SOFTMAX, 6)}},
    {"transposed", TRUE, 1e-5f, 5,
        {CONVOLVE (0, 20, 5, 2, 2), PLAIN (TRANSPOSE, 1), CONVOLVE (2, 12, 3, 1, 1),
            PLAIN (TRANSPOSE, 3), ACTIVATE (4, RELU)}},
    {"strided", FALSE, 0, 4,
        {CONVOLVE (0, 8, 5, 3, 1), CONVOLVE (1, 20, 2, 3, 2), ACTIVATE (2, LEAKY_RELU),
            POOL (AVERAGE, 3, 2, 1, 1)}},
    {"dilated", FALSE, 0, 5,
        {CONVOLVE (0, 24, 4, 2, 3), DILATED (1, 24, 2), ACTIVATE (2, RELU), DILATED (3, 18, 3),
            ACTIVATE (4, RELU)}},
    {"enlarged", FALSE, 0, 6,
        {CONVOLVE (0, 24, 5, 2, 2), ACTIVATE (1, RELU), DOUBLED (2), CONVOLVE (3, 10, 1, 1, 0),
            ACTIVATE (4, RELU), POOL (MAX, 5, 3, 2, 1)}},
    {"bordered", FALSE, 0, 6,
        {BORDER (PAD, 0, 3, 9), CONVOLVE (1, 10, 3, 2, 0), BORDER (CROP, 2, 2, 1),
            CONVOLVE (3, 10, 1, 1, 1), ACTIVATE (4, RELU), BORDER (PAD, 5, 2, 3)}},
    {"chained and bordered", FALSE, 1e-5f, 8,
        {CONVOLVE (0, 16, 3, 1, 1), ACTIVATE (1, RELU), POOL (MAX, 2, 2, 2, 0),
            CONVOLVE (3, 176, 3, 1, 1), ACTIVATE (4, RELU), CONVOLVE (5, 176, 3, 1, 1),
            ACTIVATE (6, RELU), BORDER (PAD, 7, 2, 3)}},
    {"chained", FALSE, 1e-5f, 10,
        {CONVOLVE (0, 16, 3, 1, 1), ACTIVATE (1, RELU), CONVOLVE (2, 112, 3, 1, 1),
            ACTIVATE (3, RELU), POOL (MAX, 4, 2, 2, 0), CONVOLVE (5, 24, 1, 1, 0),
            ACTIVATE (6, RELU), CONVOLVE (5, 24, 3, 2, 1), POOL (MAX, 7, 3, 2, 1),
            PLAIN (ADD, 8, 9)}},
};

static GbpTensor *
new_random (gsize n, float most, guint32 *seed)
{
  float *values = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    values[i] = gbp_test_random (seed, -most, most);
  return gbp_tensor_new_take (values, n);
}

/* [2 · size][1 + 2] */
static GbpTensor *
new_doubled_lines (guint size)
{
  float *values = g_new (float, 6 * (gsize) size);

  for (guint i = 0; i < 2 * size; i++) {
    values[3 * i] = (float) MIN (i / 2, size - 2);
    values[3 * i + 1] = i % 2 == 0 ? 0.75f : 0.25f;
    values[3 * i + 2] = 1 - values[3 * i + 1];
  }
  return gbp_tensor_new_take (values, 6 * (gsize) size);
}

/* The numbers of what has no weights. */
static void
add_numbers (GbpOperation *operation, const GbpShape *input)
{
  if (operation->kind == GBP_KIND_RESPONSE_NORM)
    operation->tensors[0] =
        gbp_tensor_new_take (g_memdup2 ((const float[]){1, 0.5f, 0.75f}, 3 * sizeof (float)), 3);
  if (operation->kind == GBP_KIND_TRANSPOSE)
    operation->tensors[0] =
        gbp_tensor_new_take (g_memdup2 ((const float[]){2, 1, 0}, 3 * sizeof (float)), 3);
  if (operation->kind != GBP_KIND_RESAMPLE)
    return;
  operation->tensors[0] = new_doubled_lines (input->height);
  operation->tensors[1] = new_doubled_lines (input->width);
}

static void
add_weights (GbpOperation *operation, guint n_inputs, guint n_outputs, guint32 *seed)
{
  const GbpWindow *window = &operation->window;
  gsize n_terms = operation->kind == GBP_KIND_CONVOLUTION
                      ? (gsize) window->rows * window->columns * (n_inputs / window->groups)
                      : n_inputs;

  if (gbp_kind_scales (operation->kind)) {
    operation->tensors[0] = new_random (n_inputs, 2, seed);
    operation->tensors[1] = new_random (n_inputs, 1, seed);
  } else if (n_outputs > 0) {
    operation->tensors[0] = new_random (n_terms * n_outputs, 2 / sqrtf ((float) n_terms), seed);
    operation->tensors[1] = new_random (n_outputs, 0.3f, seed);
  }
}

static GbpNetwork *
make_network (const Network *it)
{
  const GbpShape input = {HEIGHT, WIDTH, 3};
  GbpNetworkParts parts = {.preprocess = GBP_PREPROCESS_TF, .origin = g_strdup ("test")};
  guint32 seed = 8;

  parts.graph = gbp_graph_new (&input);
  for (guint i = 0; i < it->n_rows; i++) {
    const Row *row = &it->rows[i];
    const GbpShape *shape = gbp_graph_get_shape (parts.graph, row->inputs[0]);
    GbpOperation operation = {
        .kind = row->kind,
        .name = i + 1 == it->n_rows ? g_strdup ("target") : NULL,
        .n_inputs = row->inputs[1] > 0 ? 2 : 1,
        .inputs = g_memdup2 (row->inputs, sizeof row->inputs),
        .window = row->window,
        .function = row->function,
        .slope = 0.3f,
        .maximum = row->maximum,
        .epsilon = 1e-3f,
    };
    g_autoptr (GError) error = NULL;

    add_numbers (&operation, shape);
    add_weights (&operation, shape->channels, row->n_outputs, &seed);
    ck_assert_msg (gbp_graph_add (parts.graph, &operation, &error) > 0, "%s: %s", it->name,
        error != NULL ? error->message : "");
  }
  return gbp_network_new_from_graph (&parts, NULL);
}

/* @plans: one that computes what is selected, and one that computes all
 * @image: of both */
typedef struct {
  GbpNetwork *network;
  GbpTeam *team;
  GbpPlan plans[2];
  gpointer memory;
  guint8 image[N_VALUES];
} Fixture;

/* What comes of a plan. */
typedef struct {
  GbpResult result;
  GbpRegion region;
  float map[N_VALUES];
} Outcome;

static const GbpTarget plain_target = {.layer = "target",
    .channel = GBP_CHANNEL_ALL,
    .unit_x = GBP_UNIT_ALL,
    .unit_y = GBP_UNIT_ALL,
    .class_index = GBP_CLASS_NONE};

static void
set_up (Fixture *f, const Network *network)
{
  GbpSelection selection;
  guint32 seed = 4;

  f->network = make_network (network);
  f->team = gbp_team_new (2);
  ck_assert (gbp_selection_init (&selection, f->network, &plain_target, NULL));
  for (guint i = 0; i < 2; i++)
    ck_assert (gbp_plan_init (&f->plans[i], f->network, &selection, f->team, NULL));
  f->memory = gbp_memory_new (1, f->plans[0].n_bytes);
  for (gsize i = 0; i < N_VALUES; i++)
    f->image[i] = (guint8) gbp_test_random (&seed, 0, 255);
}

static void
tear_down (Fixture *f)
{
  for (guint i = 0; i < 2; i++)
    gbp_plan_clear (&f->plans[i]);
  gbp_memory_free (f->memory);
  gbp_team_free (f->team);
  gbp_network_unref (f->network);
}

/* As an explanation does it, from memory that is NaN.
 * @is_all: that nothing is left out, whatever is selected */
static void
explain (Fixture *f, const GbpSelection *selection, GbpRule rule, gboolean is_all, Outcome *outcome)
{
  GbpPlan *plan = &f->plans[is_all];
  GbpPasses passes = {plan, gbp_kernels_get (), f->team};
  const GbpShape image = {HEIGHT, WIDTH, 3};
  GbpSelection all;
  GbpPixels pixels;

  ck_assert (gbp_selection_init (&all, f->network, &plain_target, NULL));
  memset (f->memory, 0xff, plan->n_bytes);
  gbp_plan_bind (plan, f->memory);
  gbp_pixels_init (&pixels, GBP_PREPROCESS_TF, &image);
  gbp_pixels_forward (&pixels, f->image, (gsize) 3 * WIDTH, gbp_plan_get_map (plan, -1));
  for (gsize i = 0; plan->n_steps > 0 && i < N_VALUES / 3; i++)
    plan->equivalence[0][i] = i;
  gbp_plan_select (plan, is_all ? &all : selection);
  gbp_passes_forward (&passes);
  outcome->result =
      gbp_selection_sum (selection, plan->layer, gbp_plan_get_target (plan), plan->sums);
  gbp_plan_select_back (plan, is_all ? &all : selection, GBP_CHANNEL_ALL);
  gbp_selection_seed (selection, plan->layer, outcome->result.channel, gbp_plan_begin_seed (plan));
  gbp_passes_backward (&passes, rule);
  outcome->region = plan->input_region;
  gbp_pixels_backward (&pixels, gbp_plan_get_map (plan, -1), &plan->input_region, outcome->map);
}

/* Returns: how many rows of the image the unit looked at */
static guint
check_unit (Fixture *f, const Network *network, GbpRule rule, int x, int y)
{
  static Outcome some, all;
  GbpTarget target = plain_target;
  GbpSelection selection;
  float largest = 0;

  target.unit_x = x;
  target.unit_y = y;
  target.channel = x == 0 ? 3 : GBP_CHANNEL_STRONGEST;
  ck_assert (gbp_selection_init (&selection, f->network, &target, NULL));
  explain (f, &selection, rule, FALSE, &some);
  explain (f, &selection, rule, TRUE, &all);
  ck_assert_int_eq (some.result.channel, all.result.channel);
  ck_assert_double_le (fabs (some.result.value - all.result.value),
      (double) network->slack * fabs (all.result.value));
  for (gsize i = 0; i < N_VALUES; i++)
    largest = fmaxf (largest, fabsf (all.map[i]));
  for (gsize i = 0; i < N_VALUES; i++)
    if (!(fabsf (some.map[i] - all.map[i]) <= network->slack * largest))
      ck_abort_msg ("%s, unit %d,%d: row %zu column %zu: %g, found %g", network->name, x, y,
          i / (3 * WIDTH), i / 3 % WIDTH, (double) all.map[i], (double) some.map[i]);
  return some.region.bottom - some.region.top;
}

/* Corners, edges, the middle, a row and a column. */
START_TEST (units)
{
  const Network *network = &networks[_i / 2];
  GbpRule rule = _i % 2 == 0 ? GBP_RULE_GUIDED : GBP_RULE_GRADIENT;
  guint fewest = HEIGHT;
  Fixture f;

  set_up (&f, network);
  for (int row = -1; row < 4; row += GBP_TEST_SANITIZED ? 2 : 1)
    for (int column = -1; column < 3; column++) {
      int height = (int) f.plans[0].layer->height, width = (int) f.plans[0].layer->width;
      int y = row < 0 ? GBP_UNIT_ALL : row * (height - 1) / 3;
      int x = column < 0 ? GBP_UNIT_ALL : column * (width - 1) / 2;

      fewest = MIN (fewest, check_unit (&f, network, rule, x, y));
    }
  if (network->is_wide)
    ck_assert_uint_eq (fewest, HEIGHT);
  else
    ck_assert_uint_lt (fewest, HEIGHT);
  tear_down (&f);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"units", units, 2 * G_N_ELEMENTS (networks)},
  };

  return GBP_TEST_RUN ("units", tests);
}

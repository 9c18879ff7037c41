/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "jacobian.h"

typedef struct {
  const TestNode *node;
  JacobianEntry entry;
  gpointer data;
} Walk;

static void
enter (const Walk *walk, guint input, gsize to, gsize from, double value)
{
  walk->entry (walk->data, input, to, from, value);
}

static gsize
get_unit (const GbpShape *shape, gsize y, gsize x, gsize c)
{
  return (y * shape->width + x) * shape->channels + c;
}

static float
get_weight (const Walk *walk, gsize i)
{
  return walk->node->operation.tensors[0]->values[i];
}

/* The input's row, or column, at place @k of the window of output @i; -1: in the padding. */
static int
find_place (guint i, guint k, guint stride, guint dilation, guint padding, guint size)
{
  int place = (int) (i * stride + k * dilation) - (int) padding;

  return place < (int) size ? place : -1;
}

/* A window's pixels in the map, in raster order: y, x, number. Returns: how many */
static guint
find_window (const Walk *walk, guint y, guint x, guint (*places)[3])
{
  const GbpWindow *window = &walk->node->operation.window;
  const GbpShape *input = walk->node->shapes;
  guint n = 0;

  for (guint k = 0; k < window->rows * window->columns; k++) {
    int row = find_place (y, k / window->columns, window->stride_y, window->dilation_y,
        window->padding.top, input->height);
    int column = find_place (x, k % window->columns, window->stride_x, window->dilation_x,
        window->padding.left, input->width);

    if (row < 0 || column < 0)
      continue;
    places[n][0] = (guint) row;
    places[n][1] = (guint) column;
    places[n++][2] = k;
  }
  return n;
}

static void
walk_convolution (const Walk *walk, guint y, guint x, guint c, guint (*places)[3], guint n)
{
  const GbpShape *input = walk->node->shapes, *output = &walk->node->node.output;
  guint groups = walk->node->operation.window.groups, n_inputs = input->channels / groups;
  guint first = c / (output->channels / groups) * n_inputs;

  for (guint k = 0; k < n; k++)
    for (guint i = 0; i < n_inputs; i++)
      enter (walk, 0, get_unit (output, y, x, c),
          get_unit (input, places[k][0], places[k][1], first + i),
          get_weight (walk, (places[k][2] * n_inputs + i) * output->channels + c));
}

static void
walk_maximum (const Walk *walk, guint y, guint x, guint c, guint (*places)[3], guint n)
{
  const GbpShape *input = walk->node->shapes;
  gsize best = 0;

  for (guint k = 0; k < n; k++) {
    gsize unit = get_unit (input, places[k][0], places[k][1], c);
    const float *values = walk->node->inputs[0];

    if (k == 0 || values[test_shape_find (input, unit)] > values[test_shape_find (input, best)])
      best = unit;
  }
  enter (walk, 0, get_unit (&walk->node->node.output, y, x, c), best, 1);
}

static void
walk_average (const Walk *walk, guint y, guint x, guint c, guint (*places)[3], guint n, guint count)
{
  for (guint k = 0; k < n; k++)
    enter (walk, 0, get_unit (&walk->node->node.output, y, x, c),
        get_unit (walk->node->shapes, places[k][0], places[k][1], c), 1.0 / count);
}

static void
walk_windows (const Walk *walk)
{
  const GbpOperation *operation = &walk->node->operation;
  const GbpShape *output = &walk->node->node.output;
  guint n_window = operation->window.rows * operation->window.columns;
  guint (*places)[3] = g_malloc (n_window * sizeof *places);

  for (guint y = 0; y < output->height; y++)
    for (guint x = 0; x < output->width; x++) {
      guint n = find_window (walk, y, x, places);

      for (guint c = 0; c < output->channels; c++)
        if (operation->kind == GBP_KIND_CONVOLUTION)
          walk_convolution (walk, y, x, c, places, n);
        else if (operation->kind == GBP_KIND_POOL_MAX)
          walk_maximum (walk, y, x, c, places, n);
        else
          walk_average (
              walk, y, x, c, places, n, operation->kind == GBP_KIND_POOL_AVERAGE ? n : n_window);
    }
  g_free (places);
}

/* Equal maxima share. */
static void
walk_global (const Walk *walk)
{
  const GbpShape *input = walk->node->shapes;
  gsize n_pixels = (gsize) input->height * input->width;
  gboolean is_mean = walk->node->operation.kind == GBP_KIND_GLOBAL_AVERAGE;

  for (guint c = 0; c < input->channels; c++) {
    float largest = -G_MAXFLOAT;
    guint n = 0;

    for (gsize i = 0; i < n_pixels; i++) {
      float x = walk->node->inputs[0][test_shape_find (input, i * input->channels + c)];

      n = is_mean || x == largest ? n + 1 : x > largest ? 1 : n;
      largest = MAX (largest, x);
    }
    for (gsize i = 0; i < n_pixels; i++) {
      float x = walk->node->inputs[0][test_shape_find (input, i * input->channels + c)];

      if (is_mean || x == largest)
        enter (walk, 0, c, i * input->channels + c, 1.0 / n);
    }
  }
}

/* The unit of an input that is used at a place of the output. */
static gsize
find_repeated (const GbpShape *input, gsize y, gsize x, gsize c)
{
  return get_unit (
      input, input->height > 1 ? y : 0, input->width > 1 ? x : 0, input->channels > 1 ? c : 0);
}

static void
walk_elementwise (const Walk *walk)
{
  const TestNode *node = walk->node;
  const GbpShape *output = &node->node.output;

  for (gsize i = 0; i < test_shape_count (output); i++) {
    gsize c = i % output->channels, x = i / output->channels % output->width;
    gsize y = i / output->channels / output->width;

    for (guint k = 0; k < node->node.n_inputs; k++) {
      double value = 1;

      for (guint j = 0; j < node->node.n_inputs; j++)
        if (j != k && node->operation.kind == GBP_KIND_MULTIPLY)
          value *= node->inputs[j][test_shape_find (
              &node->shapes[j], find_repeated (&node->shapes[j], y, x, c))];
      enter (walk, k, i, find_repeated (&node->shapes[k], y, x, c), value);
    }
  }
}

/* Equal ones share. */
static void
walk_largest (const Walk *walk)
{
  const TestNode *node = walk->node;
  guint n_inputs = node->node.n_inputs;

  for (gsize i = 0; i < test_shape_count (node->shapes); i++) {
    gsize unit = test_shape_find (node->shapes, i);
    float largest = node->inputs[0][unit];
    guint n = 0;

    for (guint k = 1; k < n_inputs; k++)
      largest = MAX (largest, node->inputs[k][unit]);
    for (guint k = 0; k < n_inputs; k++)
      n += node->inputs[k][unit] == largest;
    for (guint k = 0; k < n_inputs; k++)
      if (node->inputs[k][unit] == largest)
        enter (walk, k, i, i, 1.0 / n);
  }
}

/* Equal ones share. */
static void
walk_channel_max (const Walk *walk)
{
  const GbpShape *input = walk->node->shapes;
  const float *x = walk->node->inputs[0];

  for (gsize i = 0; i < (gsize) input->height * input->width; i++) {
    float largest = -G_MAXFLOAT;
    guint n = 0;

    for (guint c = 0; c < input->channels; c++)
      largest = MAX (largest, x[test_shape_find (input, i * input->channels + c)]);
    for (guint c = 0; c < input->channels; c++)
      n += x[test_shape_find (input, i * input->channels + c)] == largest;
    for (guint c = 0; c < input->channels; c++)
      if (x[test_shape_find (input, i * input->channels + c)] == largest)
        enter (walk, 0, i, i * input->channels + c, 1.0 / n);
  }
}

static void
walk_concatenation (const Walk *walk)
{
  const GbpShape *output = &walk->node->node.output;
  guint first = 0;

  for (guint k = 0; k < walk->node->node.n_inputs; k++) {
    const GbpShape *input = &walk->node->shapes[k];

    for (gsize i = 0; i < test_shape_count (input); i++)
      enter (walk, k, i / input->channels * output->channels + first + i % input->channels, i, 1);
    first += input->channels;
  }
}

static void
walk_selection (const Walk *walk)
{
  const GbpShape *input = walk->node->shapes, *output = &walk->node->node.output;

  for (gsize i = 0; i < test_shape_count (output); i++) {
    float c = get_weight (walk, i % output->channels);

    if (c >= 0)
      enter (walk, 0, i, i / output->channels * input->channels + (gsize) c, 1);
  }
}

static void
walk_transposition (const Walk *walk)
{
  const GbpShape *input = walk->node->shapes, *output = &walk->node->node.output;

  for (gsize i = 0; i < test_shape_count (output); i++) {
    const gsize from[] = {i / output->channels / output->width,
        i / output->channels % output->width, i % output->channels};
    gsize place[3];

    for (guint axis = 0; axis < 3; axis++)
      place[(guint) get_weight (walk, axis)] = from[axis];
    enter (walk, 0, i, get_unit (input, place[0], place[1], place[2]), 1);
  }
}

/* What @line is made of, by its place among the values of tensor @index: @first, and [@n_taps] factors. */
static const float *
get_line (const Walk *walk, guint index, guint line, guint n_taps, gsize *first)
{
  const float *values = walk->node->operation.tensors[index]->values + (gsize) line * (n_taps + 1);

  *first = (gsize) values[0];
  return values + 1;
}

static void
walk_resampling (const Walk *walk)
{
  const GbpWindow *window = &walk->node->operation.window;
  const GbpShape *input = walk->node->shapes, *output = &walk->node->node.output;

  for (gsize i = 0; i < test_shape_count (output); i++) {
    gsize pixel = i / output->channels, row, column;
    const float *rows = get_line (walk, 0, (guint) (pixel / output->width), window->rows, &row);
    const float *columns =
        get_line (walk, 1, (guint) (pixel % output->width), window->columns, &column);

    for (guint k = 0; k < window->rows * window->columns; k++)
      enter (walk, 0, i,
          get_unit (
              input, row + k / window->columns, column + k % window->columns, i % output->channels),
          (double) rows[k / window->columns] * columns[k % window->columns]);
  }
}

/* @larger: the map that has the border; @input: which of the two goes in */
static void
walk_border (const Walk *walk)
{
  gboolean is_pad = walk->node->operation.kind == GBP_KIND_PAD;
  const GbpPadding *padding = &walk->node->operation.window.padding;
  const GbpShape *input = walk->node->shapes, *output = &walk->node->node.output;
  const GbpShape *smaller = is_pad ? input : output, *larger = is_pad ? output : input;

  for (gsize i = 0; i < test_shape_count (smaller); i++) {
    gsize c = i % smaller->channels, x = i / smaller->channels % smaller->width;
    gsize y = i / smaller->channels / smaller->width;
    gsize other = get_unit (larger, y + padding->top, x + padding->left, c);

    enter (walk, 0, is_pad ? other : i, is_pad ? i : other, 1);
  }
}

static void
walk_dense (const Walk *walk)
{
  guint n = walk->node->node.output.channels;

  for (guint i = 0; i < walk->node->shapes->channels; i++)
    for (guint o = 0; o < n; o++)
      enter (walk, 0, o, i, get_weight (walk, (gsize) i * n + o));
}

static void
walk_units (const Walk *walk)
{
  gboolean is_scale = walk->node->operation.kind == GBP_KIND_SCALE;

  for (gsize i = 0; i < test_shape_count (walk->node->shapes); i++)
    enter (walk, 0, i, i, is_scale ? get_weight (walk, i % walk->node->shapes->channels) : 1);
}

static void
walk_norm (const Walk *walk)
{
  if (walk->node->operation.kind == GBP_KIND_RESPONSE_NORM)
    jacobian_walk_response (walk->node, walk->entry, walk->data);
  else
    jacobian_walk_moments (walk->node, walk->entry, walk->data);
}

void
jacobian_walk (const TestNode *node, JacobianEntry entry, gpointer data)
{
  static void (*const walks[GBP_N_KINDS]) (const Walk *walk) = {
      [GBP_KIND_CONVOLUTION] = walk_windows,
      [GBP_KIND_DENSE] = walk_dense,
      [GBP_KIND_SCALE] = walk_units,
      [GBP_KIND_LAYER_NORM] = walk_norm,
      [GBP_KIND_GROUP_NORM] = walk_norm,
      [GBP_KIND_RESPONSE_NORM] = walk_norm,
      [GBP_KIND_POOL_MAX] = walk_windows,
      [GBP_KIND_POOL_AVERAGE] = walk_windows,
      [GBP_KIND_POOL_AVERAGE_PADDED] = walk_windows,
      [GBP_KIND_GLOBAL_AVERAGE] = walk_global,
      [GBP_KIND_GLOBAL_MAX] = walk_global,
      [GBP_KIND_ADD] = walk_elementwise,
      [GBP_KIND_MULTIPLY] = walk_elementwise,
      [GBP_KIND_MAXIMUM] = walk_largest,
      [GBP_KIND_CHANNEL_MAX] = walk_channel_max,
      [GBP_KIND_CONCATENATE] = walk_concatenation,
      [GBP_KIND_SELECT] = walk_selection,
      [GBP_KIND_RESAMPLE] = walk_resampling,
      [GBP_KIND_TRANSPOSE] = walk_transposition,
      [GBP_KIND_PAD] = walk_border,
      [GBP_KIND_CROP] = walk_border,
      [GBP_KIND_FLATTEN] = walk_units,
      [GBP_KIND_IDENTITY] = walk_units,
  };
  Walk walk = {node, entry, data};

  walks[node->operation.kind](&walk);
}

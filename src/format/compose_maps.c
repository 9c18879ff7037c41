/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is made of each pixel's channels together, of comparisons, and of maps that are repeated. */
#include <math.h>

#include "format/compose.h"
#include "format/resample.h"

static GbpShape
get_shape (const GbpBuilder *builder, int value)
{
  return *gbp_graph_get_shape (builder->graph, (guint) value);
}

/* A convolution of one pixel with an output. */
int
gbp_builder_add_channel_sum (GbpBuilder *builder, int input, double factor, GError **error)
{
  guint channels = get_shape (builder, input).channels;
  float *kernel = gbp_builder_allocate (builder, channels, error);
  GbpOperation operation;

  if (kernel == NULL)
    return -1;
  for (guint c = 0; c < channels; c++)
    kernel[c] = (float) factor;
  operation = gbp_operation_on (GBP_KIND_CONVOLUTION, input);
  operation.tensors[0] = gbp_tensor_new_take (kernel, channels);
  return gbp_builder_add (builder, &operation, error);
}

int
gbp_builder_add_channel_max (GbpBuilder *builder, int input, GbpCorner corner, GError **error)
{
  GbpOperation operation = gbp_operation_on (GBP_KIND_CHANNEL_MAX, input);

  operation.corner = corner;
  return gbp_builder_add (builder, &operation, error);
}

int
gbp_builder_add_bands (GbpBuilder *builder, int input, const GbpBands *bands, GError **error)
{
  guint channels = get_shape (builder, input).channels;
  float *kernel = gbp_builder_allocate (builder, (guint64) channels * bands->n, error);
  GbpOperation operation;

  if (kernel == NULL)
    return -1;
  for (guint i = 0; i < channels; i++)
    for (guint o = 0; o < bands->n; o++) {
      gint64 from = (gint64) i + bands->before - (gint64) o * bands->stride;
      gboolean is_hit =
          from >= 0 && from % bands->dilation == 0 && from / bands->dilation < (gint64) bands->size;

      kernel[(gsize) i * bands->n + o] = is_hit ? bands->factors[from / bands->dilation] : 0;
    }
  operation = gbp_operation_on (GBP_KIND_CONVOLUTION, input);
  operation.tensors[0] = gbp_tensor_new_take (kernel, (gsize) channels * bands->n);
  return gbp_builder_add (builder, &operation, error);
}

int
gbp_builder_add_channel_zeros (
    GbpBuilder *builder, int input, gint64 before, gint64 after, GError **error)
{
  guint channels = get_shape (builder, input).channels;
  gint64 n = channels + before + after;
  GbpOperation operation;
  float *selected;

  if (n < 1 || n > GBP_MAX_SIZE)
    return gbp_builder_refuse (error, "1 to %u channels are supported", GBP_MAX_SIZE);
  selected = gbp_builder_allocate (builder, (guint64) n, error);
  if (selected == NULL)
    return -1;
  for (gint64 i = 0; i < n; i++)
    selected[i] = (float) (i >= before && i < before + channels ? i - before : -1);
  operation = gbp_operation_on (GBP_KIND_SELECT, input);
  operation.tensors[0] = gbp_tensor_new_take (selected, (gsize) n);
  return gbp_builder_add (builder, &operation, error);
}

static int
repeat_channel (GbpBuilder *builder, int input, guint n, GError **error)
{
  float *selected = gbp_builder_allocate (builder, n, error);
  GbpOperation operation;

  if (selected == NULL)
    return -1;
  for (guint i = 0; i < n; i++)
    selected[i] = 0;
  operation = gbp_operation_on (GBP_KIND_SELECT, input);
  operation.tensors[0] = gbp_tensor_new_take (selected, n);
  return gbp_builder_add (builder, &operation, error);
}

int
gbp_builder_add_repeated (GbpBuilder *builder, int input, const GbpShape *wanted, GError **error)
{
  const GbpShape shape = get_shape (builder, input);
  const GbpLines rows = {.n = wanted->height, .mode = GBP_LINES_EXACT, .denominator = 1};
  const GbpLines columns = {.n = wanted->width, .mode = GBP_LINES_EXACT, .denominator = 1};
  int value = input;

  if ((shape.height != 1 && shape.height != wanted->height)
      || (shape.width != 1 && shape.width != wanted->width)
      || (shape.channels != 1 && shape.channels != wanted->channels))
    return gbp_builder_refuse (error,
        "maps are expected to have the same shape, or 1 where they are repeated; found %u×%u×%u and %u×%u×%u",
        shape.height, shape.width, shape.channels, wanted->height, wanted->width, wanted->channels);
  if (shape.channels != wanted->channels)
    value = repeat_channel (builder, value, wanted->channels, error);
  if (value < 0)
    return -1;
  return gbp_builder_add_lines (builder, value, shape.height != wanted->height ? &rows : NULL,
      shape.width != wanted->width ? &columns : NULL, error);
}

void
gbp_builder_find_common_shape (
    const GbpBuilder *builder, const int *inputs, guint n_inputs, GbpShape *common)
{
  *common = (GbpShape){0};
  for (guint i = 0; i < n_inputs; i++) {
    const GbpShape shape = get_shape (builder, inputs[i]);

    common->height = MAX (common->height, shape.height);
    common->width = MAX (common->width, shape.width);
    common->channels = MAX (common->channels, shape.channels);
  }
}

int
gbp_builder_add_step (
    GbpBuilder *builder, int input, double bound, gboolean has_bound, GError **error)
{
  const GbpActivation step = {.function = GBP_FUNCTION_STEP,
      .offset = (float) bound,
      .corner = has_bound ? GBP_CORNER_ABOVE : GBP_CORNER_BELOW};

  if (!isfinite (step.offset))
    return gbp_builder_refuse (error, "a finite number is expected to be compared with");
  return gbp_builder_add_activation (builder, input, &step, error);
}

static int
add_pair (GbpBuilder *builder, GbpKind kind, int first, int second, GError **error)
{
  const int inputs[2] = {first, second};
  GbpOperation operation;

  if (first < 0 || second < 0)
    return -1;
  operation = gbp_operation_on_all (kind, inputs, 2);
  return gbp_builder_add (builder, &operation, error);
}

int
gbp_builder_add_sum (GbpBuilder *builder, int first, int second, GError **error)
{
  return add_pair (builder, GBP_KIND_ADD, first, second, error);
}

int
gbp_builder_add_product (GbpBuilder *builder, int first, int second, GError **error)
{
  return add_pair (builder, GBP_KIND_MULTIPLY, first, second, error);
}

/* A choice where @mask is 1, and zeros where it is 0. */
static int
add_masked (GbpBuilder *builder, int mask, const GbpChoice *choice, GError **error)
{
  if (choice->value < 0)
    return gbp_builder_add_affine (builder, mask, choice->number, 0, error);
  return gbp_builder_add_product (builder, mask, choice->value, error);
}

/* The sum of both, each of which is zero where the other one is chosen. */
int
gbp_builder_add_choice (
    GbpBuilder *builder, int mask, const GbpChoice *first, const GbpChoice *second, GError **error)
{
  int parts[2] = {add_masked (builder, mask, first, error), -1}, others;

  if (parts[0] < 0 || (second->value < 0 && second->number == 0))
    return parts[0];
  others = gbp_builder_add_affine (builder, mask, -1, 1, error);
  if (others >= 0)
    parts[1] = add_masked (builder, others, second, error);
  if (parts[1] < 0 || (first->value < 0 && first->number == 0))
    return parts[1];
  return gbp_builder_add_sum (builder, parts[0], parts[1], error);
}

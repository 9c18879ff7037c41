/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network/shape.h"

#include <math.h>

/* Sizes are at most this, so that 64 bits hold what is counted with them; so are channels, of which a vector may have
 * more than a map has columns. */
#define MAX_SIZE     (1u << 20)
#define MAX_CHANNELS (1u << 28)
#define MAX_SELECTED (1u << 24) /* whole numbers that a float has */

/* The padding of channels in memory, as kernel/kernels.h has it. */
#define LANES 16

/* Looks at one kind.
 * @output: (inout): the first input's shape; what comes out
 * Returns: (transfer full) (nullable): what is wrong */
typedef char *(*Infer) (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output);

gboolean
gbp_shape_fits (const GbpShape *shape)
{
  guint64 padded = ((guint64) shape->channels + LANES - 1) / LANES * LANES;

  return shape->height > 0 && shape->width > 0 && shape->channels > 0 && shape->height <= MAX_SIZE
         && shape->width <= MAX_SIZE && shape->channels <= MAX_CHANNELS
         && padded * shape->height * shape->width <= GBP_GRAPH_MAX_MAP / sizeof (float);
}

static char *
say_shape (const GbpShape *shape)
{
  return g_strdup_printf ("%u×%u×%u", shape->height, shape->width, shape->channels);
}

static char *
check_pixel (const GbpShape *input)
{
  if (input->height == 1 && input->width == 1)
    return NULL;
  return g_strdup_printf (
      "expected one pixel of channels, found a map of %u×%u", input->height, input->width);
}

/* @what: for the message
 * @n_values: of the tensor, which must be there unless @is_optional */
static char *
check_tensor (const GbpTensor *tensor, const char *what, guint64 n_values, gboolean is_optional)
{
  if (tensor == NULL)
    return is_optional ? NULL : g_strdup_printf ("expected %s, found none", what);
  if (tensor->n_values != n_values)
    return g_strdup_printf ("expected %s of %" G_GUINT64_FORMAT " values, found %" G_GSIZE_FORMAT,
        what, n_values, tensor->n_values);
  return NULL;
}

static gboolean
is_size (guint size)
{
  return size >= 1 && size <= MAX_SIZE;
}

static char *
check_window (const GbpWindow *window)
{
  const GbpPadding *padding = &window->padding;
  guint most_padding =
      MAX (MAX (padding->top, padding->bottom), MAX (padding->left, padding->right));

  if (!is_size (window->rows) || !is_size (window->columns))
    return g_strdup_printf ("expected a window of 1×1 to %u×%u, found %u×%u", MAX_SIZE, MAX_SIZE,
        window->rows, window->columns);
  if (!is_size (window->stride_y) || !is_size (window->stride_x) || !is_size (window->dilation_y)
      || !is_size (window->dilation_x))
    return g_strdup_printf ("expected strides and dilations from 1 on, found %u×%u and %u×%u",
        window->stride_y, window->stride_x, window->dilation_y, window->dilation_x);
  if (most_padding > MAX_SIZE)
    return g_strdup_printf (
        "expected at most %u pixels of padding, found %u", MAX_SIZE, most_padding);
  return NULL;
}

/* How often a window fits along one direction; 0: not once. */
static guint
count_windows (guint size, guint before, guint after, guint window, guint stride, guint dilation)
{
  guint64 padded = (guint64) size + before + after;
  guint64 extent = (guint64) (window - 1) * dilation + 1;

  return padded < extent ? 0 : (guint) ((padded - extent) / stride + 1);
}

/* @output: (inout): channels stay as they are */
static char *
slide_window (const GbpWindow *window, GbpShape *output)
{
  const GbpPadding *padding = &window->padding;
  GbpShape input = *output;
  char *fault = check_window (window);

  if (fault != NULL)
    return fault;
  output->height = count_windows (input.height, padding->top, padding->bottom, window->rows,
      window->stride_y, window->dilation_y);
  output->width = count_windows (input.width, padding->left, padding->right, window->columns,
      window->stride_x, window->dilation_x);
  if (output->height == 0 || output->width == 0)
    return g_strdup_printf ("expected a map that the window of %u×%u fits into, found %u×%u",
        window->rows, window->columns, input.height, input.width);
  return NULL;
}

static char *
infer_convolution (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  const GbpWindow *window = &operation->window;
  const GbpTensor *kernel = operation->tensors[0];
  char *fault = slide_window (window, output);
  guint64 per_output;

  if (fault != NULL)
    return fault;
  if (kernel == NULL)
    return g_strdup ("expected a kernel, found none");
  if (window->groups == 0 || inputs->channels % window->groups != 0)
    return g_strdup_printf (
        "expected groups that divide %u channels, found %u", inputs->channels, window->groups);
  per_output = (guint64) window->rows * window->columns * (inputs->channels / window->groups);
  if (kernel->n_values == 0 || kernel->n_values % per_output != 0
      || kernel->n_values / per_output % window->groups != 0
      || kernel->n_values / per_output > MAX_CHANNELS)
    return g_strdup_printf (
        "expected a kernel of %u×%u×%u times outputs in %u groups, found %" G_GSIZE_FORMAT
        " values",
        window->rows, window->columns, inputs->channels / window->groups, window->groups,
        kernel->n_values);
  output->channels = (guint) (kernel->n_values / per_output);
  return check_tensor (operation->tensors[1], "a bias", output->channels, TRUE);
}

static char *
infer_dense (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  const GbpTensor *kernel = operation->tensors[0];
  char *fault = check_pixel (inputs);

  if (fault != NULL)
    return fault;
  if (kernel == NULL)
    return g_strdup ("expected a kernel, found none");
  if (kernel->n_values == 0 || kernel->n_values % inputs->channels != 0
      || kernel->n_values / inputs->channels > MAX_CHANNELS)
    return g_strdup_printf ("expected a kernel of %u times outputs, found %" G_GSIZE_FORMAT
                            " values",
        inputs->channels, kernel->n_values);
  output->channels = (guint) (kernel->n_values / inputs->channels);
  return check_tensor (operation->tensors[1], "a bias", output->channels, TRUE);
}

static char *
infer_scale (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  char *fault = check_tensor (operation->tensors[0], "a factor", inputs->channels, FALSE);

  return fault != NULL ? fault
                       : check_tensor (operation->tensors[1], "a shift", inputs->channels, TRUE);
}

static char *
infer_activation (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  if ((guint) operation->function >= GBP_N_FUNCTIONS)
    return g_strdup_printf (
        "expected a function that is known, found number %u", operation->function);
  if (!isfinite (operation->slope) || !isfinite (operation->offset))
    return g_strdup_printf ("expected finite parameters, found a slope of %g and an offset of %g",
        (double) operation->slope, (double) operation->offset);
  if (!(operation->maximum >= 0))
    return g_strdup_printf (
        "expected a maximum above 0, or 0 for none, found %g", (double) operation->maximum);
  if (operation->tensors[0] != NULL && operation->function != GBP_FUNCTION_LEAKY_RELU)
    return g_strdup_printf (
        "expected no slopes, found some of a %s", gbp_function_get_name (operation->function));
  return check_tensor (operation->tensors[0], "slopes", inputs->channels, TRUE);
}

static char *
infer_softmax (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  return check_pixel (inputs);
}

static char *
infer_pool (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  const GbpWindow *window = &operation->window;
  const GbpPadding *padding = &window->padding;

  if (window->dilation_y != 1 || window->dilation_x != 1 || window->groups > 1)
    return g_strdup_printf ("expected a window without dilation or groups, found %u×%u and %u",
        window->dilation_y, window->dilation_x, window->groups);
  if (MAX (padding->top, padding->bottom) >= window->rows
      || MAX (padding->left, padding->right) >= window->columns)
    return g_strdup_printf ("expected padding less than the window of %u×%u, found %u, %u, %u, %u",
        window->rows, window->columns, padding->top, padding->left, padding->bottom,
        padding->right);
  return slide_window (window, output);
}

static char *
infer_global (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  output->height = output->width = 1;
  return NULL;
}

static gboolean
broadcast (guint *size, guint other)
{
  gboolean fits = *size == other || *size == 1 || other == 1;

  *size = MAX (*size, other);
  return fits;
}

static char *
say_mismatch (const GbpShape *first, const GbpShape *other)
{
  g_autofree char *one = say_shape (first), *two = say_shape (other);

  return g_strdup_printf ("expected maps that fit each other, found %s and %s", one, two);
}

static char *
check_several (const GbpOperation *operation)
{
  if (operation->n_inputs >= 2)
    return NULL;
  return g_strdup_printf ("expected two or more inputs, found %u", operation->n_inputs);
}

static char *
infer_elementwise (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  char *fault = check_several (operation);

  for (guint i = 1; i < operation->n_inputs && fault == NULL; i++) {
    GbpShape before = *output;

    if (!broadcast (&output->height, inputs[i].height)
        || !broadcast (&output->width, inputs[i].width)
        || !broadcast (&output->channels, inputs[i].channels))
      fault = say_mismatch (&before, &inputs[i]);
  }
  return fault;
}

static char *
infer_concatenate (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  char *fault = check_several (operation);

  for (guint i = 1; i < operation->n_inputs && fault == NULL; i++) {
    if (inputs[i].height != inputs->height || inputs[i].width != inputs->width)
      fault = say_mismatch (inputs, &inputs[i]);
    else if (output->channels > MAX_CHANNELS - inputs[i].channels)
      fault = g_strdup_printf ("expected at most %u channels, found more", MAX_CHANNELS);
    else
      output->channels += inputs[i].channels;
  }
  return fault;
}

static char *
infer_select (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  const GbpTensor *channels = operation->tensors[0];

  if (channels == NULL || channels->n_values == 0)
    return g_strdup ("expected channels, found none");
  if (inputs->channels > MAX_SELECTED || channels->n_values > MAX_SELECTED)
    return g_strdup_printf ("expected at most %u channels, found %u and %" G_GSIZE_FORMAT,
        MAX_SELECTED, inputs->channels, channels->n_values);
  for (gsize i = 0; i < channels->n_values; i++) {
    float channel = channels->values[i];

    if (!(channel >= 0 && channel < (float) inputs->channels) || channel != floorf (channel))
      return g_strdup_printf (
          "expected channels below %u, found %g", inputs->channels, (double) channel);
  }
  output->channels = (guint) channels->n_values;
  return NULL;
}

static char *
infer_pad (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  const GbpPadding *padding = &operation->window.padding;

  if (MAX (MAX (padding->top, padding->bottom), MAX (padding->left, padding->right)) > MAX_SIZE)
    return g_strdup_printf ("expected at most %u pixels of padding, found %u, %u, %u, %u", MAX_SIZE,
        padding->top, padding->left, padding->bottom, padding->right);
  output->height += padding->top + padding->bottom;
  output->width += padding->left + padding->right;
  return NULL;
}

static char *
infer_crop (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  const GbpPadding *border = &operation->window.padding;

  if ((guint64) border->top + border->bottom >= inputs->height
      || (guint64) border->left + border->right >= inputs->width)
    return g_strdup_printf (
        "expected to leave some of the %u×%u pixels, found a border of %u, %u, %u, %u",
        inputs->height, inputs->width, border->top, border->left, border->bottom, border->right);
  output->height -= border->top + border->bottom;
  output->width -= border->left + border->right;
  return NULL;
}

static char *
infer_flatten (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  guint64 n_values = (guint64) inputs->height * inputs->width * inputs->channels;

  if (n_values > MAX_CHANNELS)
    return g_strdup_printf (
        "expected at most %u values, found %" G_GUINT64_FORMAT, MAX_CHANNELS, n_values);
  *output = (GbpShape){1, 1, (guint) n_values};
  return NULL;
}

static char *
infer_unchanged (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  return NULL;
}

static const Infer infers[GBP_N_KINDS] = {
    [GBP_KIND_CONVOLUTION] = infer_convolution,
    [GBP_KIND_DENSE] = infer_dense,
    [GBP_KIND_SCALE] = infer_scale,
    [GBP_KIND_ACTIVATION] = infer_activation,
    [GBP_KIND_SOFTMAX] = infer_softmax,
    [GBP_KIND_POOL_MAX] = infer_pool,
    [GBP_KIND_POOL_AVERAGE] = infer_pool,
    [GBP_KIND_POOL_AVERAGE_PADDED] = infer_pool,
    [GBP_KIND_GLOBAL_AVERAGE] = infer_global,
    [GBP_KIND_GLOBAL_MAX] = infer_global,
    [GBP_KIND_ADD] = infer_elementwise,
    [GBP_KIND_MULTIPLY] = infer_elementwise,
    [GBP_KIND_CONCATENATE] = infer_concatenate,
    [GBP_KIND_SELECT] = infer_select,
    [GBP_KIND_PAD] = infer_pad,
    [GBP_KIND_CROP] = infer_crop,
    [GBP_KIND_FLATTEN] = infer_flatten,
    [GBP_KIND_IDENTITY] = infer_unchanged,
};

static gboolean
takes_several (GbpKind kind)
{
  return kind == GBP_KIND_ADD || kind == GBP_KIND_MULTIPLY || kind == GBP_KIND_CONCATENATE;
}

static gboolean
has_finite_tensors (const GbpOperation *operation)
{
  for (guint i = 0; i < G_N_ELEMENTS (operation->tensors); i++)
    if (operation->tensors[i] != NULL && !operation->tensors[i]->is_finite)
      return FALSE;
  return TRUE;
}

char *
gbp_shape_infer (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  char *fault;

  if ((guint) operation->kind >= GBP_N_KINDS)
    return g_strdup_printf ("expected a kind that is known, found number %u", operation->kind);
  if (operation->n_inputs != 1 && !takes_several (operation->kind))
    return g_strdup_printf ("expected one input, found %u", operation->n_inputs);
  *output = inputs[0];
  fault = infers[operation->kind](operation, inputs, output);
  if (fault == NULL && !has_finite_tensors (operation))
    fault = g_strdup ("expected finite weights, found NaN or infinity");
  if (fault == NULL && !gbp_shape_fits (output)) {
    g_autofree char *shape = say_shape (output);

    fault = g_strdup_printf ("expected a map of at most %" G_GUINT64_FORMAT " bytes, found %s",
        GBP_GRAPH_MAX_MAP, shape);
  }
  return fault;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/shape.h"

#include "layer/kind.h"

gboolean
gbp_shape_fits (const GbpShape *shape)
{
  guint64 padded = gbp_pad_channels (shape->channels);

  return shape->height > 0 && shape->width > 0 && shape->channels > 0
         && shape->height <= GBP_MAX_SIZE && shape->width <= GBP_MAX_SIZE
         && shape->channels <= GBP_MAX_CHANNELS
         && padded * shape->height * shape->width <= GBP_MAX_MAP / sizeof (float);
}

static char *
describe_shape (const GbpShape *shape)
{
  return g_strdup_printf ("%u×%u×%u", shape->height, shape->width, shape->channels);
}

char *
gbp_shape_check_pixel (const GbpShape *input)
{
  if (input->height == 1 && input->width == 1)
    return NULL;
  return g_strdup_printf (
      "expected one pixel of channels, found a map of %u×%u", input->height, input->width);
}

char *
gbp_shape_check_tensor (
    const GbpTensor *tensor, const char *what, guint64 n_values, gboolean is_optional)
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
  return size >= 1 && size <= GBP_MAX_SIZE;
}

static char *
check_window (const GbpWindow *window)
{
  const GbpPadding *padding = &window->padding;
  guint most_padding =
      MAX (MAX (padding->top, padding->bottom), MAX (padding->left, padding->right));

  if (!is_size (window->rows) || !is_size (window->columns))
    return g_strdup_printf ("expected a window of 1×1 to %u×%u, found %u×%u", GBP_MAX_SIZE,
        GBP_MAX_SIZE, window->rows, window->columns);
  if (!is_size (window->stride_y) || !is_size (window->stride_x) || !is_size (window->dilation_y)
      || !is_size (window->dilation_x))
    return g_strdup_printf ("expected strides and dilations from 1 on, found %u×%u and %u×%u",
        window->stride_y, window->stride_x, window->dilation_y, window->dilation_x);
  if (most_padding > GBP_MAX_SIZE)
    return g_strdup_printf (
        "expected at most %u pixels of padding, found %u", GBP_MAX_SIZE, most_padding);
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

char *
gbp_shape_slide (const GbpWindow *window, GbpShape *output)
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

char *
gbp_shape_infer_pixel (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  output->height = output->width = 1;
  return NULL;
}

char *
gbp_shape_describe_mismatch (const GbpShape *first, const GbpShape *other)
{
  g_autofree char *one = describe_shape (first), *two = describe_shape (other);

  return g_strdup_printf ("expected maps that fit each other, found %s and %s", one, two);
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
  const GbpKindClass *class;
  char *fault = NULL;

  if ((guint) operation->kind >= GBP_N_KINDS)
    return g_strdup_printf ("expected a kind that is known, found number %u", operation->kind);
  class = gbp_kind_get (operation->kind);
  if (class->takes_several ? operation->n_inputs < 2 : operation->n_inputs != 1)
    return g_strdup_printf ("expected %s, found %u",
        class->takes_several ? "two or more inputs" : "one input", operation->n_inputs);
  *output = inputs[0];
  if (class->infer != NULL)
    fault = class->infer (operation, inputs, output);
  if (fault == NULL && !has_finite_tensors (operation))
    fault = g_strdup ("expected finite weights, found NaN or infinity");
  if (fault == NULL && !gbp_shape_fits (output)) {
    g_autofree char *shape = describe_shape (output);

    fault = g_strdup_printf (
        "expected a map of at most %" G_GUINT64_FORMAT " bytes, found %s", GBP_MAX_MAP, shape);
  }
  return fault;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/array_shape.h"

#include <math.h>

/* In a list of expected dimensions: as the file likes. */
#define ANY 0

/* More than any layer has, and small enough for the product of a few to fit. */
#define MAX_DIMENSION (1 << 20)

/* Such as "[3][3][64][*]"; "a single number" where there is no dimension. */
static char *
format_shape (guint rank, const guint64 *shape)
{
  GString *text = g_string_new (rank == 0 ? "a single number" : NULL);

  for (guint i = 0; i < rank; i++)
    if (shape[i] == ANY)
      g_string_append (text, "[*]");
    else
      g_string_append_printf (text, "[%" G_GUINT64_FORMAT "]", shape[i]);
  return g_string_free (text, FALSE);
}

static gboolean
has_shape (const GbpArray *array, guint rank, const guint64 *expected)
{
  if (array->rank != rank)
    return FALSE;
  for (guint i = 0; i < rank; i++)
    if (expected[i] != ANY && expected[i] != array->shape[i])
      return FALSE;
  return TRUE;
}

/* Whether a kernel of Keras' would fit with the window behind the channels: [outputs][inputs][3][3]. */
static gboolean
is_of_theano (const GbpArray *array, guint rank, const guint64 *expected)
{
  return rank == 4 && array->rank == 4 && expected[3] == ANY && array->shape[1] == expected[2]
         && array->shape[2] == expected[0] && array->shape[3] == expected[1];
}

static gboolean
check_shape (const GbpArray *array, guint rank, const guint64 *expected, GError **error)
{
  g_autofree char *wanted = format_shape (rank, expected);
  g_autofree char *found = format_shape (array->rank, array->shape);

  if (has_shape (array, rank, expected))
    return TRUE;
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ, "array %s: expected shape %s, found %s%s",
      array->shown, wanted, found,
      is_of_theano (array, rank, expected)
          ? ", the order of Keras 1 with Theano; save the weights anew from a later Keras"
          : "");
  return FALSE;
}

gboolean
gbp_array_changes_channels (const GbpArray *kernel, GbpArrayLayout layout)
{
  guint first = layout == GBP_LAYOUT_KERAS ? 2 : 0;

  return kernel->rank == 4 && kernel->shape[first] != kernel->shape[first + 1];
}

static guint
expect_keras (GbpLayerKind kind, const GbpArraySize *size, guint64 *expected)
{
  if (kind == GBP_LAYER_CONVOLUTION) {
    expected[0] = expected[1] = 3;
    expected[2] = size->channels;
    expected[3] = ANY;
    return 4;
  }
  expected[0] = size->positions * size->channels;
  expected[1] = ANY;
  return 2;
}

static guint
expect_torch (
    const GbpArray *kernel, GbpLayerKind kind, const GbpArraySize *size, guint64 *expected)
{
  gboolean is_map = kind == GBP_LAYER_CONVOLUTION || kernel->rank == 4;
  guint64 height = (guint64) sqrt ((double) size->positions);

  expected[0] = ANY;
  if (!is_map) {
    expected[1] = size->positions * size->channels;
    return 2;
  }
  if (kind == GBP_LAYER_DENSE) /* whose map need not be a square */
    height = kernel->shape[2];
  expected[1] = size->channels;
  expected[2] = height;
  expected[3] = size->positions / height;
  return 4;
}

gboolean
gbp_array_check_kernel (const GbpArray *kernel, GbpLayerKind kind, GbpArrayLayout layout,
    GbpArraySize *size, GError **error)
{
  guint64 expected[GBP_ARRAY_MAX_RANK];
  guint rank = layout == GBP_LAYOUT_KERAS ? expect_keras (kind, size, expected)
                                          : expect_torch (kernel, kind, size, expected);

  if (!check_shape (kernel, rank, expected, error))
    return FALSE;
  size->n_outputs = kernel->shape[layout == GBP_LAYOUT_KERAS ? rank - 1 : 0];
  return TRUE;
}

gboolean
gbp_array_check_bias (const GbpArray *bias, const GbpArraySize *size, GError **error)
{
  return check_shape (bias, 1, &size->n_outputs, error);
}

gboolean
gbp_array_set_shape (GbpArray *array, guint rank, const guint64 *shape, guint64 element_size,
    guint64 n_bytes_at_most, GError **error)
{
  guint64 n_bytes = element_size;
  gboolean fits = rank <= GBP_ARRAY_MAX_RANK;

  for (guint i = 0; fits && i < rank; i++) {
    array->shape[i] = shape[i];
    fits = shape[i] > 0 && shape[i] <= MAX_DIMENSION
           && g_uint64_checked_mul (&n_bytes, n_bytes, shape[i]);
  }
  array->rank = MIN (rank, GBP_ARRAY_MAX_RANK);
  if (fits && n_bytes <= n_bytes_at_most)
    return TRUE;
  if (fits)
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "array %s: expected %" G_GUINT64_FORMAT
        " bytes for its shape, found at most %" G_GUINT64_FORMAT,
        array->shown, n_bytes, n_bytes_at_most);
  else
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "array %s: expected up to %d dimensions from 1 to %d, found others", array->shown,
        GBP_ARRAY_MAX_RANK, MAX_DIMENSION);
  return FALSE;
}

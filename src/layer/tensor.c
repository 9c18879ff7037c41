/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/operation.h"

static gboolean
is_finite (const float *values, gsize n_values)
{
  float sum = 0; /* 0 · x is NaN for every x that is not finite */

  for (gsize i = 0; i < n_values; i++)
    sum += 0.0f * values[i];
  return sum == 0;
}

GbpTensor *
gbp_tensor_new_take (float *values, gsize n_values)
{
  GbpTensor *tensor = g_new (GbpTensor, 1);

  *tensor = (GbpTensor){1, n_values, values, is_finite (values, n_values)};
  return tensor;
}

GbpTensor *
gbp_tensor_ref (GbpTensor *tensor)
{
  g_atomic_int_inc (&tensor->ref_count);
  return tensor;
}

void
gbp_tensor_unref (GbpTensor *tensor)
{
  if (!g_atomic_int_dec_and_test (&tensor->ref_count))
    return;
  g_free (tensor->values);
  g_free (tensor);
}

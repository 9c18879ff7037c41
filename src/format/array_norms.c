/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/array_norms.h"

#include <math.h>

/* Added to the variance, and in no file: what PyTorch and Keras have where nobody says another. */
static const float epsilons[] = {[GBP_LAYOUT_KERAS] = 1e-3f, [GBP_LAYOUT_TORCH] = 1e-5f};

gboolean
gbp_array_norms_are_complete (
    const GbpArray *const *norms, GbpArrayLayout layout, const char *layer, GError **error)
{
  static const char *const names[][GBP_N_ARRAY_NORMS] = {
      [GBP_LAYOUT_KERAS] = {NULL, "gamma", "beta", "moving_mean", "moving_variance"},
      [GBP_LAYOUT_TORCH] = {NULL, "weight", "bias", "running_mean", "running_var"},
  };
  const GbpArray *found = NULL;
  guint n_missing = 0, missing = 0;

  for (guint n = GBP_ARRAY_GAMMA; n < GBP_N_ARRAY_NORMS; n++) {
    if (norms[n] != NULL) {
      found = norms[n];
    } else {
      n_missing++;
      missing = n;
    }
  }
  if (found == NULL || n_missing == 0)
    return TRUE;
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
      "layer %s: expected a %s beside %s of its batch normalization, found none", layer,
      names[layout][missing], found->shown);
  return FALSE;
}

void
gbp_array_norms_fold (const float *const *arrays, const GbpArraySize *size, GbpArrayLayout layout,
    float *kernel, float *bias)
{
  guint64 n_inputs = size->positions * size->channels, n_outputs = size->n_outputs;

  for (guint64 o = 0; o < n_outputs; o++) {
    float factor =
        arrays[GBP_ARRAY_GAMMA][o] / sqrtf (arrays[GBP_ARRAY_VARIANCE][o] + epsilons[layout]);

    for (guint64 i = 0; i < n_inputs; i++)
      kernel[i * n_outputs + o] *= factor;
    bias[o] = (bias[o] - arrays[GBP_ARRAY_MEAN][o]) * factor + arrays[GBP_ARRAY_BETA][o];
  }
}

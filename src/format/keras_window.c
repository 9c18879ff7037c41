/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What layers with a window have alike. */
#include <string.h>

#include "format/keras_build.h"

gboolean
gbp_keras_get_pair (const json_t *config, const char *name, guint otherwise, guint pair[2])
{
  const json_t *node = json_object_get (config, name);
  const json_t *array = gbp_json_as_array (node);
  double numbers[2] = {otherwise, otherwise};

  if (array != NULL && json_array_size (array) == 2) {
    if (!gbp_json_as_number (json_array_get (array, 0), &numbers[0])
        || !gbp_json_as_number (json_array_get (array, 1), &numbers[1]))
      return FALSE;
  } else if (gbp_json_as_number (node, &numbers[0])) {
    numbers[1] = numbers[0];
  } else if (node != NULL && !json_is_null (node)) {
    return FALSE;
  }
  for (guint i = 0; i < 2; i++) {
    if (!(numbers[i] >= 0 && numbers[i] <= GBP_MAX_SIZE))
      return FALSE;
    pair[i] = (guint) numbers[i];
  }
  return TRUE;
}

/* Of "same", along one direction. */
static void
pad_same (guint size, guint window, guint stride, guint dilation, guint *before, guint *after)
{
  guint64 n_outputs = ((guint64) size + stride - 1) / stride;
  guint64 needed = (n_outputs - 1) * stride + (guint64) (window - 1) * dilation + 1;
  guint64 total = needed > size ? needed - size : 0;

  *before = (guint) (total / 2);
  *after = (guint) (total - total / 2);
}

int
gbp_keras_get_window (const GbpKerasCall *call, GbpWindow *window, GError **error)
{
  const json_t *config = call->layer->config;
  const GbpShape *input = gbp_keras_get_input_shape (call);
  const char *padding = gbp_json_get_string (config, "padding");
  const char *name = json_object_get (config, "subsample") != NULL ? "subsample" : "strides";
  guint strides[2] = {window->stride_y, window->stride_x}, dilations[2];

  if (padding == NULL) /* Keras 1 */
    padding = gbp_json_get_string (config, "border_mode");
  if (json_object_get (config, name) == NULL || json_is_null (json_object_get (config, name)))
    name = NULL;
  if ((name != NULL && !gbp_keras_get_pair (config, name, 1, strides))
      || !gbp_keras_get_pair (config, "dilation_rate", 1, dilations) || strides[0] == 0
      || strides[1] == 0 || dilations[0] == 0 || dilations[1] == 0 || window->rows == 0
      || window->columns == 0)
    return gbp_builder_refuse (
        error, "its window, strides and dilation_rate are expected to be numbers from 1 on");
  window->stride_y = strides[0];
  window->stride_x = strides[1];
  window->dilation_y = dilations[0];
  window->dilation_x = dilations[1];
  if (padding == NULL || strcmp (padding, "valid") == 0)
    return 0;
  if (strcmp (padding, "same") != 0)
    return gbp_builder_refuse (
        error, "its padding \"%s\" is not supported; those are valid and same", padding);
  pad_same (input->height, window->rows, strides[0], dilations[0], &window->padding.top,
      &window->padding.bottom);
  pad_same (input->width, window->columns, strides[1], dilations[1], &window->padding.left,
      &window->padding.right);
  return 0;
}

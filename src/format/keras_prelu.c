/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Keras' PReLU: slopes for all that is in a map, or shared along some of its axes. Keras makes it of two ReLUs, so that
 * it is flat at zero. */
#include "format/keras_build.h"

/* The slopes' shape, in Keras' order. @n: axes; @shape: (inout): the map's. FALSE: an axis is none */
static gboolean
share_axes (const json_t *shared, guint n, guint64 *shape)
{
  for (gsize i = 0; i < json_array_size (shared); i++) {
    double axis = 0;

    gbp_json_as_number (json_array_get (shared, i), &axis);
    if (!(axis >= 1 && axis <= n))
      return FALSE;
    shape[(guint) axis - 1] = 1;
  }
  return TRUE;
}

/* Where the slopes of @shape, [height][width][channels] or with the channels first, have that of a place. */
static gsize
find_slope (const guint64 shape[3], gboolean is_first, guint y, guint x, guint c)
{
  const guint place[3] = {is_first ? c : y, is_first ? y : x, is_first ? x : c};
  gsize index = 0;

  for (guint i = 0; i < 3; i++)
    index = index * shape[i] + (shape[i] > 1 ? place[i] : 0);
  return index;
}

/* Returns: (transfer full): [channels], where all places share them, or [height][width][channels]; NULL with @error
 *     set */
static GbpTensor *
spread_slopes (
    const GbpKerasCall *call, const guint64 shape[3], const float *slopes, GError **error)
{
  const GbpShape *input = gbp_keras_get_input_shape (call);
  gboolean is_first = call->keras->is_channels_first;
  gboolean is_shared = shape[is_first ? 1 : 0] == 1 && shape[is_first ? 2 : 1] == 1;
  guint height = is_shared ? 1 : input->height, width = is_shared ? 1 : input->width;
  gsize n = (gsize) height * width * input->channels;
  float *values = gbp_builder_allocate (call->keras->builder, n, error);

  for (gsize i = 0; values != NULL && i < n; i++) {
    guint c = (guint) (i % input->channels);
    gsize pixel = i / input->channels;

    values[i] =
        slopes[find_slope (shape, is_first, (guint) (pixel / width), (guint) (pixel % width), c)];
  }
  return values != NULL ? gbp_tensor_new_take (values, n) : NULL;
}

/* @is_vector: for Keras too: its slopes have one axis */
static GbpTensor *
read_slopes (const GbpKerasCall *call, gboolean is_vector, GError **error)
{
  const GbpShape *input = gbp_keras_get_input_shape (call);
  gboolean is_first = call->keras->is_channels_first;
  guint64 shape[3] = {input->height, input->width, input->channels};
  g_autofree float *slopes = NULL;
  guint skipped = is_vector ? 2 : 0;

  if (is_first && !is_vector) {
    shape[0] = input->channels;
    shape[1] = input->height;
    shape[2] = input->width;
  }
  if (!share_axes (
          gbp_json_get_array (call->layer->config, "shared_axes"), 3 - skipped, shape + skipped)) {
    gbp_builder_refuse (error, "its shared_axes are expected to be its input's, from 1 on");
    return NULL;
  }
  slopes = gbp_keras_weights_read (call->keras->weights, call->keras->builder, call->layer, 0,
      "alpha", 3 - skipped, shape + skipped, error);
  if (slopes == NULL)
    return NULL;
  if (is_vector && is_first) { /* as one of a pixel, in the order that is told apart */
    shape[0] = shape[2];
    shape[2] = 1;
  }
  return spread_slopes (call, shape, slopes, error);
}

int
gbp_keras_prelu (const GbpKerasCall *call, GError **error)
{
  const GbpShape *input = gbp_keras_get_input_shape (call);
  GbpKerasLayer *layer = call->layer;
  const GbpArray *array = layer->arrays->len > 0 ? layer->arrays->pdata[0] : NULL;
  gboolean is_vector =
      input->height == 1 && input->width == 1 && (array == NULL || array->rank == 1);
  GbpOperation operation;

  if (layer->made[0] == NULL)
    layer->made[0] = read_slopes (call, is_vector, error);
  if (layer->made[0] == NULL)
    return -1;
  operation = gbp_operation_on (GBP_KIND_ACTIVATION, call->inputs[0]);
  operation.function = GBP_FUNCTION_LEAKY_RELU;
  operation.corner = GBP_CORNER_FLAT;
  operation.tensors[0] = gbp_tensor_ref (layer->made[0]);
  return gbp_builder_add (call->keras->builder, &operation, error);
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Keras' layers without weights that look at a neighbourhood, change a map's border, or do nothing. */
#include "format/keras_build.h"

static int
add_pool (const GbpKerasCall *call, GbpKind kind, GError **error)
{
  GbpOperation operation = gbp_operation_on (kind, call->inputs[0]);
  guint size[2] = {0};

  if (gbp_keras_get_pair (call->layer->config, "pool_size", 2, size)) {
    operation.window.rows = operation.window.stride_y = size[0];
    operation.window.columns = operation.window.stride_x = size[1];
  }
  if (size[0] == 0 || size[1] == 0 || gbp_keras_get_window (call, &operation.window, error) < 0) {
    gbp_operation_clear (&operation);
    return size[0] == 0 || size[1] == 0 ? gbp_builder_refuse (
               error, "its pool_size is expected to be one or two numbers from 1 on")
                                        : -1;
  }
  return gbp_builder_add (call->keras->builder, &operation, error);
}

static int
add_plain (const GbpKerasCall *call, GbpKind kind, GError **error)
{
  GbpOperation operation = gbp_operation_on (kind, call->inputs[0]);

  return gbp_builder_add (call->keras->builder, &operation, error);
}

int
gbp_keras_pool_max (const GbpKerasCall *call, GError **error)
{
  return add_pool (call, GBP_KIND_POOL_MAX, error);
}

int
gbp_keras_pool_average (const GbpKerasCall *call, GError **error)
{
  return add_pool (call, GBP_KIND_POOL_AVERAGE, error);
}

static int
keras_global_max (const GbpKerasCall *call, GError **error)
{
  return add_plain (call, GBP_KIND_GLOBAL_MAX, error);
}

static int
keras_global_average (const GbpKerasCall *call, GError **error)
{
  return add_plain (call, GBP_KIND_GLOBAL_AVERAGE, error);
}

int
gbp_keras_identity (const GbpKerasCall *call, GError **error)
{
  return add_plain (call, GBP_KIND_IDENTITY, error);
}

/* The two sides along one direction: a number for both, or a list of two. */
static gboolean
get_sides (const json_t *node, guint *before, guint *after)
{
  const json_t *array = gbp_json_as_array (node);
  double first = -1, last = -1;

  if (gbp_json_as_number (node, &first)) {
    last = first;
  } else if (array != NULL && json_array_size (array) == 2) {
    gbp_json_as_number (json_array_get (array, 0), &first);
    gbp_json_as_number (json_array_get (array, 1), &last);
  }
  if (!(first >= 0 && first <= GBP_MAX_SIZE && last >= 0 && last <= GBP_MAX_SIZE))
    return FALSE;
  *before = (guint) first;
  *after = (guint) last;
  return TRUE;
}

/* @name: of the member: [[top, bottom], [left, right]], [rows, columns], or one number */
static int
add_border (const GbpKerasCall *call, GbpKind kind, const char *name, GError **error)
{
  const json_t *node = json_object_get (call->layer->config, name);
  const json_t *array = gbp_json_as_array (node);
  GbpOperation operation = gbp_operation_on (kind, call->inputs[0]);
  GbpPadding *padding = &operation.window.padding;
  gboolean is_pair = array != NULL && json_array_size (array) == 2;

  if (get_sides (is_pair ? json_array_get (array, 0) : node, &padding->top, &padding->bottom)
      && get_sides (is_pair ? json_array_get (array, 1) : node, &padding->left, &padding->right))
    return gbp_builder_add (call->keras->builder, &operation, error);
  gbp_operation_clear (&operation);
  return gbp_builder_refuse (error, "its %s is expected to be a number, two, or two pairs", name);
}

static int
keras_pad (const GbpKerasCall *call, GError **error)
{
  return add_border (call, GBP_KIND_PAD, "padding", error);
}

static int
keras_crop (const GbpKerasCall *call, GError **error)
{
  return add_border (call, GBP_KIND_CROP, "cropping", error);
}

/* What augments pictures does so in training only; of AutoContrast, CLAHE and RandomCrop that is not so. */
const GbpKerasRow gbp_keras_pool_rows[] = {
    {"MaxPooling2D", gbp_keras_pool_max, FALSE},
    {"AveragePooling2D", gbp_keras_pool_average, FALSE},
    {"GlobalAveragePooling2D", keras_global_average, FALSE},
    {"GlobalMaxPooling2D", keras_global_max, FALSE},
    {"ZeroPadding2D", keras_pad, FALSE},
    {"Cropping2D", keras_crop, FALSE},
    {"Dropout", gbp_keras_identity, FALSE},
    {"SpatialDropout2D", gbp_keras_identity, FALSE},
    {"GaussianDropout", gbp_keras_identity, FALSE},
    {"GaussianNoise", gbp_keras_identity, FALSE},
    {"AlphaDropout", gbp_keras_identity, FALSE},
    {"ActivityRegularization", gbp_keras_identity, FALSE},
    {"Identity", gbp_keras_identity, FALSE},
    {"StochasticDepth", gbp_keras_identity, TRUE},
    {"MaxNumBoundingBoxes", gbp_keras_identity, TRUE},
    {"RandomFlip", gbp_keras_identity, FALSE},
    {"RandomRotation", gbp_keras_identity, FALSE},
    {"RandomZoom", gbp_keras_identity, FALSE},
    {"RandomTranslation", gbp_keras_identity, FALSE},
    {"RandomContrast", gbp_keras_identity, FALSE},
    {"RandomBrightness", gbp_keras_identity, FALSE},
    {"RandomGrayscale", gbp_keras_identity, TRUE},
    {"RandomColorJitter", gbp_keras_identity, TRUE},
    {"RandomColorDegeneration", gbp_keras_identity, TRUE},
    {"RandomHue", gbp_keras_identity, TRUE},
    {"RandomSaturation", gbp_keras_identity, TRUE},
    {"RandomSharpness", gbp_keras_identity, TRUE},
    {"RandomPosterization", gbp_keras_identity, TRUE},
    {"RandomGaussianBlur", gbp_keras_identity, TRUE},
    {"RandomErasing", gbp_keras_identity, TRUE},
    {"RandomInvert", gbp_keras_identity, TRUE},
    {"RandomShear", gbp_keras_identity, TRUE},
    {"RandomPerspective", gbp_keras_identity, TRUE},
    {"RandomElasticTransform", gbp_keras_identity, TRUE},
    {"RandAugment", gbp_keras_identity, TRUE},
    {"AugMix", gbp_keras_identity, TRUE},
    {"CutMix", gbp_keras_identity, TRUE},
    {"MixUp", gbp_keras_identity, TRUE},
    {"Equalization", gbp_keras_identity, TRUE},
    {"Solarization", gbp_keras_identity, TRUE},
    {NULL, NULL, FALSE},
};

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Keras' layers that change a map's size by a rule, or take a part from its middle. */
#include <string.h>

#include "format/keras_build.h"
#include "format/resample.h"

/* As TensorFlow does: pixels lie at their middle. Its nearest is the one whose half begins there. */
static int
add_resized (const GbpKerasCall *call, const guint64 size[2], GError **error)
{
  const GbpShape *input = gbp_keras_get_input_shape (call);
  const char *interpolation = gbp_json_get_string (call->layer->config, "interpolation");
  const guint old[2] = {input->height, input->width};
  gboolean is_linear = interpolation == NULL || strcmp (interpolation, "bilinear") == 0;
  GbpLines lines[2];

  if (!is_linear && strcmp (interpolation, "nearest") != 0)
    return gbp_builder_refuse (error,
        "its interpolation \"%s\" is not supported; those are nearest and bilinear", interpolation);
  for (guint i = 0; i < 2; i++)
    lines[i] = (GbpLines){.n = size[i],
        .mode = is_linear ? GBP_LINES_LINEAR : GBP_LINES_FLOOR,
        .shift = 0.5,
        .numerator = old[i],
        .denominator = (double) size[i],
        .back = is_linear ? -0.5 : 0};
  return gbp_builder_add_lines (call->keras->builder, call->inputs[0], &lines[0], &lines[1], error);
}

/* Its interpolation is nearest where it says none, as in Keras 2's first versions. */
static int
keras_up_sampling (const GbpKerasCall *call, GError **error)
{
  const GbpShape *input = gbp_keras_get_input_shape (call);
  const char *interpolation = gbp_json_get_string (call->layer->config, "interpolation");
  guint factors[2];
  guint64 size[2];
  GbpLines lines[2];

  if (!gbp_keras_get_pair (call->layer->config, "size", 2, factors) || factors[0] == 0
      || factors[1] == 0)
    return gbp_builder_refuse (error, "its size is expected to be one or two numbers from 1 on");
  size[0] = (guint64) input->height * factors[0];
  size[1] = (guint64) input->width * factors[1];
  if (interpolation != NULL && strcmp (interpolation, "nearest") != 0)
    return add_resized (call, size, error);
  for (guint i = 0; i < 2; i++)
    lines[i] = (GbpLines){
        .n = size[i], .mode = GBP_LINES_FLOOR, .numerator = 1, .denominator = factors[i]};
  return gbp_builder_add_lines (call->keras->builder, call->inputs[0], &lines[0], &lines[1], error);
}

/* @size: (out): of the layer Resizing, or of the operator, which has a list */
static gboolean
read_size (const json_t *config, guint size[2])
{
  static const char *const names[] = {"height", "width"};

  for (guint i = 0; i < 2; i++) {
    double number = gbp_json_get_number (config, names[i], 0);

    size[i] = number >= 1 && number <= GBP_MAX_SIZE ? (guint) number : 0;
  }
  return (json_object_get (config, "size") == NULL || gbp_keras_get_pair (config, "size", 0, size))
         && size[0] > 0 && size[1] > 0;
}

static int
keras_resizing (const GbpKerasCall *call, GError **error)
{
  static const char *const wishes[] = {"crop_to_aspect_ratio", "pad_to_aspect_ratio", "antialias"};
  const json_t *config = call->layer->config;
  const GbpShape *input = gbp_keras_get_input_shape (call);
  guint size[2];

  if (!read_size (config, size))
    return gbp_builder_refuse (error, "its height and width are expected to be numbers from 1 on");
  if (size[0] == input->height && size[1] == input->width)
    return gbp_keras_identity (call, error);
  for (guint i = 0; i < G_N_ELEMENTS (wishes); i++)
    if (gbp_json_get_boolean (config, wishes[i], FALSE))
      return gbp_builder_refuse (error, "it is supported without %s", wishes[i]);
  return add_resized (call, (guint64[]){size[0], size[1]}, error);
}

/* What is larger than @size in a direction loses a border, of an odd number of pixels one more behind, as Keras has
 * it. */
static int
keras_center_crop (const GbpKerasCall *call, GError **error)
{
  const GbpShape *input = gbp_keras_get_input_shape (call);
  GbpOperation operation;
  guint size[2];

  if (!read_size (call->layer->config, size))
    return gbp_builder_refuse (error, "its height and width are expected to be numbers from 1 on");
  if (size[0] > input->height || size[1] > input->width)
    return gbp_builder_refuse (error,
        "it is supported where it crops; it makes %u×%u pixels of %u×%u", size[1], size[0],
        input->width, input->height);
  operation = gbp_operation_on (GBP_KIND_CROP, call->inputs[0]);
  operation.window.padding.top = (input->height - size[0]) / 2;
  operation.window.padding.left = (input->width - size[1]) / 2;
  operation.window.padding.bottom = input->height - size[0] - operation.window.padding.top;
  operation.window.padding.right = input->width - size[1] - operation.window.padding.left;
  return gbp_builder_add (call->keras->builder, &operation, error);
}

const GbpKerasRow gbp_keras_resample_rows[] = {
    {"UpSampling2D", keras_up_sampling, FALSE},
    {"Resizing", keras_resizing, FALSE},
    {"CenterCrop", keras_center_crop, FALSE},
    {"Resize", keras_resizing, TRUE},
    {NULL, NULL, FALSE},
};

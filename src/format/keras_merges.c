/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Keras' layers and operators on several maps, or on a map and a number. */
#include "format/keras_build.h"

static int
add_merge (const GbpKerasCall *call, GbpKind kind, GError **error)
{
  GbpOperation operation;

  if (call->n_inputs < 2)
    return gbp_builder_refuse (error, "it is expected to have two or more inputs");
  operation = gbp_operation_on_all (kind, call->inputs, call->n_inputs);
  return gbp_builder_add (call->keras->builder, &operation, error);
}

/* Whether the call is one of an operator on a map and a number.
 * @is_first: (out): the number stands before the map */
static gboolean
find_number (const GbpKerasCall *call, double *number, gboolean *is_first)
{
  if (call->n_inputs != 1 || call->operands == NULL || call->operands->len != 2)
    return FALSE;
  for (guint i = 0; i < 2; i++) {
    const GbpKerasOperand *operand = &g_array_index (call->operands, GbpKerasOperand, i);

    if (operand->layer != NULL)
      continue;
    *number = operand->number;
    *is_first = i == 0;
    return TRUE;
  }
  return FALSE;
}

static int
add_affine (const GbpKerasCall *call, double factor, double shift, GError **error)
{
  return gbp_builder_add_affine (call->keras->builder, call->inputs[0], factor, shift, error);
}

int
gbp_keras_add (const GbpKerasCall *call, GError **error)
{
  gboolean is_first;
  double number;

  if (find_number (call, &number, &is_first))
    return add_affine (call, 1, number, error);
  return add_merge (call, GBP_KIND_ADD, error);
}

int
gbp_keras_multiply (const GbpKerasCall *call, GError **error)
{
  gboolean is_first;
  double number;

  if (find_number (call, &number, &is_first))
    return add_affine (call, number, 0, error);
  return add_merge (call, GBP_KIND_MULTIPLY, error);
}

int
gbp_keras_divide (const GbpKerasCall *call, GError **error)
{
  gboolean is_first;
  double number;

  if (find_number (call, &number, &is_first) && !is_first && number != 0)
    return add_affine (call, 1 / number, 0, error);
  return gbp_builder_refuse (error, "division is supported by a number");
}

int
gbp_keras_subtract (const GbpKerasCall *call, GError **error)
{
  gboolean is_first;
  double number;
  int inputs[2];
  GbpOperation operation;

  if (find_number (call, &number, &is_first))
    return is_first ? add_affine (call, -1, number, error) : add_affine (call, 1, -number, error);
  if (call->n_inputs != 2)
    return gbp_builder_refuse (error, "it is expected to have two inputs");
  inputs[0] = call->inputs[0];
  inputs[1] = gbp_builder_add_affine (call->keras->builder, call->inputs[1], -1, 0, error);
  if (inputs[1] < 0)
    return -1;
  operation = gbp_operation_on_all (GBP_KIND_ADD, inputs, 2);
  return gbp_builder_add (call->keras->builder, &operation, error);
}

/* Inception-ResNet's layer: the first plus a number times the second. */
int
gbp_keras_scaled_sum (const GbpKerasCall *call, GError **error)
{
  double scale = gbp_json_get_number (call->layer->config, "scale", 1);
  int inputs[2];
  GbpOperation operation;

  if (call->n_inputs != 2)
    return gbp_builder_refuse (error, "it is expected to have two inputs");
  inputs[0] = call->inputs[0];
  inputs[1] = gbp_builder_add_affine (call->keras->builder, call->inputs[1], scale, 0, error);
  if (inputs[1] < 0)
    return -1;
  operation = gbp_operation_on_all (GBP_KIND_ADD, inputs, 2);
  return gbp_builder_add (call->keras->builder, &operation, error);
}

int
gbp_keras_average (const GbpKerasCall *call, GError **error)
{
  int sum = add_merge (call, GBP_KIND_ADD, error);

  return sum < 0
             ? -1
             : gbp_builder_add_affine (call->keras->builder, sum, 1.0 / call->n_inputs, 0, error);
}

/* Keras 1's Merge says what it does in its configuration; so axis 1 of vectors is that of their channels. */
int
gbp_keras_concatenate (const GbpKerasCall *call, GError **error)
{
  double axis = gbp_json_get_number (call->layer->config, "axis", -1);
  gboolean is_of_vectors = TRUE;

  for (guint i = 0; i < call->n_inputs; i++) {
    const GbpShape *shape =
        gbp_graph_get_shape (call->keras->builder->graph, (guint) call->inputs[i]);

    is_of_vectors &= shape->height == 1 && shape->width == 1;
  }
  if (axis != -1 && axis != 3 && !(axis == 1 && is_of_vectors))
    return gbp_builder_refuse (
        error, "its axis is supported where it is that of the channels, the last one");
  if (call->n_inputs == 1)
    return gbp_keras_identity (call, error);
  return add_merge (call, GBP_KIND_CONCATENATE, error);
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Keras' layers and operators that change axes: what they come to is a map, a vector, or refused. */
#include <string.h>

#include "harness.h"
#include "write_keras.h"

#define HEIGHT   8
#define WIDTH    6
#define CHANNELS 6

#define WIDEN                      LAYER ("Conv2D", "w", ", 'filters': 6, 'kernel_size': [1, 1], 'use_bias': false", "i")
#define RESHAPE(name, shape, from) LAYER ("Reshape", name, ", 'target_shape': [" shape "]", from)
#define PERMUTE(name, dims, from)  LAYER ("Permute", name, ", 'dims': [" dims "]", from)
#define OPERATOR(function, name, keyword, from)                                                    \
  ", {'class_name': 'TFOpLambda', 'name': '" name "', 'config': {'name': '" name                   \
  "', 'function': '" function "'}, 'inbound_nodes': [['" from "', 0, 0, {" keyword "}]]}"

/* The channel of the graph's map, or place in its vector, that comes to @to. */
typedef guint (*Order) (guint to);

/* ShuffleNet's, of two groups. */
static guint
shuffle (guint to)
{
  return to % 2 * 3 + to / 2;
}

/* From [channels][height][width]. */
static guint
put_channels_last (guint to)
{
  guint c = to / (HEIGHT * WIDTH), pixel = to % (HEIGHT * WIDTH);

  return pixel * CHANNELS + c;
}

/* @kinds: of the operations behind the convolution
 * @order: (nullable): of the last, which is a selection */
static const struct {
  const char *layers;
  guint n;
  GbpKind kinds[4];
  Order order;
} good[] = {
    {RESHAPE ("a", "8, 6, 2, 3", "w") PERMUTE ("b", "1, 2, 4, 3", "a")
            RESHAPE ("y", "8, 6, -1", "b"),
        3, {GBP_KIND_IDENTITY, GBP_KIND_IDENTITY, GBP_KIND_SELECT}, shuffle},
    {LAYER ("Reshape", "a", ", 'newshape': [-1, 8, 6, 2, 3]", "w")
            LAYER ("Transpose", "b", ", 'axes': [0, 1, 2, 4, 3]", "a")
                LAYER ("Reshape", "y", ", 'newshape': [-1, 8, 6, 6]", "b"),
        3, {GBP_KIND_IDENTITY, GBP_KIND_IDENTITY, GBP_KIND_SELECT}, shuffle},
    {OPERATOR ("reshape", "a", "'shape': [1, 8, 6, 2, 3]", "w")
            OPERATOR ("compat.v1.transpose", "b", "'perm': [0, 1, 2, 4, 3]", "a")
                OPERATOR ("reshape", "y", "'shape': [-1, 8, 6, 6]", "b"),
        3, {GBP_KIND_IDENTITY, GBP_KIND_IDENTITY, GBP_KIND_SELECT}, shuffle},
    {RESHAPE ("a", "48, 2, 3", "w") PERMUTE ("b", "1, 3, 2", "a") RESHAPE ("y", "8, 6, 6", "b"), 3,
        {GBP_KIND_IDENTITY, GBP_KIND_IDENTITY, GBP_KIND_SELECT}, shuffle},
    {PERMUTE ("a", "3, 1, 2", "w") LAYER ("Flatten", "y", "", "a"), 3,
        {GBP_KIND_IDENTITY, GBP_KIND_FLATTEN, GBP_KIND_SELECT}, put_channels_last},
    {PERMUTE ("a", "3, 1, 2", "w") RESHAPE ("y", "288", "a"), 3,
        {GBP_KIND_IDENTITY, GBP_KIND_FLATTEN, GBP_KIND_SELECT}, put_channels_last},
    {PERMUTE ("a", "3, 1, 2", "w") PERMUTE ("y", "2, 3, 1", "a"), 2,
        {GBP_KIND_IDENTITY, GBP_KIND_IDENTITY}, NULL},
    {RESHAPE ("a", "48, 6", "w") RESHAPE ("y", "8, 6, 6", "a"), 2,
        {GBP_KIND_IDENTITY, GBP_KIND_IDENTITY}, NULL},
    {RESHAPE ("a", "4, 2, 6, 1, -1", "w") RESHAPE ("y", "-1, 1", "a"), 2,
        {GBP_KIND_IDENTITY, GBP_KIND_FLATTEN}, NULL},
};

static GPtrArray *
make_kernel (void)
{
  return keras_make_arrays ("layers/conv2d/vars/0 4 1 1 3 6");
}

START_TEST (axes)
{
  g_autoptr (GPtrArray) arrays = make_kernel ();
  g_autofree char *config = g_strdup_printf (MODEL (WIDEN "%s", "y"), good[_i].layers);
  g_auto (GbpDescription) description = {0};
  g_autoptr (GError) error = NULL;
  const GbpOperation *operations;
  guint n;

  ck_assert_msg (
      keras_read (config, arrays, &description, &error), "%s", error != NULL ? error->message : "");
  ck_assert_msg (description.refusal == NULL, "%s", description.refusal);
  operations = gbp_graph_get_operations (description.graph, &n);
  ck_assert_uint_eq (n, good[_i].n + 1);
  for (guint i = 0; i < good[_i].n; i++)
    ck_assert_int_eq (operations[i + 1].kind, good[_i].kinds[i]);
  ck_assert_int_eq (gbp_graph_find (description.graph, "y"), (int) n);
  if (good[_i].order != NULL) {
    const GbpTensor *channels = operations[n - 1].tensors[0];

    ck_assert_uint_eq (channels->n_values, gbp_graph_get_shape (description.graph, n)->channels);
    for (guint c = 0; c < channels->n_values; c++)
      ck_assert_float_eq (channels->values[c], (float) good[_i].order (c));
  }
}
END_TEST

static const struct {
  const char *layers;
  const char *refusal;
} refused[] = {
    {RESHAPE ("a", "8, 6, 2, 3", "w") LAYER ("ReLU", "y", "", "a"),
        "layer y (ReLU): its input is expected to be a map or a vector"},
    {PERMUTE ("a", "2, 1, 3", "w") LAYER ("GlobalMaxPooling2D", "y", "", "a"),
        "layer y (GlobalMaxPooling2D): its input is expected to be a map or a vector"},
    {RESHAPE ("a", "2, 4, 6, 6", "w") PERMUTE ("b", "2, 1, 3, 4", "a") /* rows in another order */
        RESHAPE ("d", "8, 6, 6", "b") LAYER ("ReLU", "y", "", "d"),
        "layer y (ReLU): its input is expected to be a map or a vector"},
    {RESHAPE ("y", "8, 7, -1", "w"), "layer y (Reshape): its shape is expected to have as many"},
    {RESHAPE ("y", "8, 6, 5", "w"), "layer y (Reshape): its shape is expected to have as many"},
    {RESHAPE ("y", "-1, 6, -1", "w"), "layer y (Reshape): its shape is expected to have as many"},
    {LAYER ("Reshape", "y", ", 'newshape': [2, 4, 6, 6]", "w"),
        "layer y (Reshape): its shape is expected to have as many"},
    {LAYER ("Reshape", "y", ", 'newshape': [2, 8, 6, 6]", "w"),
        "layer y (Reshape): its shape is expected to have as many"},
    {PERMUTE ("y", "1, 2, 2", "w"),
        "layer y (Permute): it is expected to name each of its input's 3"},
    {PERMUTE ("y", "1, 2, 4, 3", "w"),
        "layer y (Permute): it is expected to name each of its input's 3"},
    {LAYER ("Transpose", "y", ", 'axes': [1, 0, 2, 3]", "w"),
        "layer y (Transpose): it is expected to name each of its input's 3"},
    {LAYER ("Transpose", "y", ", 'axes': [3, 1, 2, 3]", "w"),
        "layer y (Transpose): it is expected to name each of its input's 3"},
};

START_TEST (refusal)
{
  g_autoptr (GPtrArray) arrays = make_kernel ();
  g_autofree char *config = g_strdup_printf (MODEL (WIDEN "%s", "y"), refused[_i].layers);

  keras_assert_refusal (config, arrays, refused[_i].refusal);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"axes", axes, G_N_ELEMENTS (good)},
      {"refusals", refusal, G_N_ELEMENTS (refused)},
  };

  return GBP_TEST_RUN ("Keras' axes", tests);
}

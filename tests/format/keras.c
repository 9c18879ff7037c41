/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Networks that Keras' model_config describes: what layers become, in the forms of its versions. */
#include "harness.h"

#include <math.h>
#include <string.h>

#include "format/description.h"
#include "write_keras.h"

#define N_LAYERS 6

/* What a layer becomes. @name: NULL: it has none */
typedef struct {
  const char *name;
  GbpKind kind;
  guint height, width, channels;
} Expected;

/* @arrays: "NAME RANK SIZE…" in each line */
typedef struct {
  const char *what;
  const char *config;
  const char *arrays;
  Expected operations[N_LAYERS];
} Case;

static const Case cases[] = {
    {"one row of layers",
        SEQUENTIAL (STEP ("Conv2D",
            "'name': 'c', 'filters': 2, 'kernel_size': [3, 3], 'strides': [2, 2], 'padding': 'same', 'activation': 'relu'")
                STEP ("Flatten", "'name': 'f'")
                    STEP ("Dense", "'name': 'd', 'units': 4, 'activation': 'softmax'")),
        "layers/conv2d/vars/0 4 3 3 3 2\nlayers/conv2d/vars/1 1 2\nlayers/dense/vars/0 2 24 4\nlayers/dense/vars/1 1 4",
        {{NULL, GBP_KIND_CONVOLUTION, 4, 3, 2}, {"c", GBP_KIND_ACTIVATION, 4, 3, 2},
            {"f", GBP_KIND_FLATTEN, 1, 1, 24}, {NULL, GBP_KIND_DENSE, 1, 1, 4},
            {"d", GBP_KIND_SOFTMAX, 1, 1, 4}}},
    {"a dilated window's own padding",
        SEQUENTIAL (STEP ("Conv2D",
            "'name': 'c', 'filters': 2, 'kernel_size': [3, 3], 'dilation_rate': [2, 2], 'padding': 'same', 'use_bias': false")),
        "layers/conv2d/vars/0 4 3 3 3 2", {{"c", GBP_KIND_CONVOLUTION, 8, 6, 2}}},
    {"Keras 1",
        "{'class_name': 'Sequential', 'config': [{'class_name': 'Convolution2D', 'config': {'name': 'c', 'batch_input_shape': [null, 8, 6, 3], 'nb_filter': 2, "
        "'nb_row': 3, 'nb_col': 1, 'border_mode': 'valid', 'subsample': [1, 1], 'dim_ordering': 'tf', 'bias': false, 'activation': 'linear'}},"
        "{'class_name': 'MaxPooling2D', 'config': {'name': 'p', 'pool_size': [2, 2], 'strides': [2, 2], 'border_mode': 'same', 'dim_ordering': 'tf'}}]}",
        "layers/convolution2d/vars/0 4 3 1 3 2",
        {{"c", GBP_KIND_CONVOLUTION, 6, 6, 2}, {"p", GBP_KIND_POOL_MAX, 3, 3, 2}}},
    {"a shared layer, and its calls in another order",
        MODEL (
            ", {'class_name': 'Conv2D', 'name': 'c', 'config': {'name': 'c', 'filters': 3, 'kernel_size': 1, 'use_bias': false}, "
            "'inbound_nodes': [[['i', 0, 0, {}]], [['r', 0, 0, {}]]]}" LAYER ("ReLU", "r", "",
                "c") ", {'class_name': 'Add', 'name': 'a', 'config': {'name': 'a'}, 'inbound_nodes': [[['c', 1, 0, {}], ['r', 0, 0, {}]]]}",
            "a"),
        "layers/conv2d/vars/0 4 1 1 3 3",
        {{"c", GBP_KIND_CONVOLUTION, 8, 6, 3}, {"r", GBP_KIND_ACTIVATION, 8, 6, 3},
            {"c:1", GBP_KIND_CONVOLUTION, 8, 6, 3}, {"a", GBP_KIND_ADD, 8, 6, 3}}},
    {"models in a model, with a name in common",
        SEQUENTIAL (STEP ("Sequential",
            "'name': 'left', 'layers': [{'class_name': 'ReLU', 'config': {'name': 'same'}}]") STEP ("Sequential",
            "'name': 'right', 'layers': [{'class_name': 'Conv2D', 'config': {'name': 'same', 'filters': 1, 'kernel_size': [1, 1], 'use_bias': false}}, {'class_name': 'Dropout', 'config': {'name': 'own'}}]")),
        "layers/sequential_1/layers/conv2d/vars/0 4 1 1 3 1",
        {{"left/same", GBP_KIND_ACTIVATION, 8, 6, 3}, {"right/same", GBP_KIND_CONVOLUTION, 8, 6, 1},
            {"own", GBP_KIND_IDENTITY, 8, 6, 1}}},
    {"operators with numbers, of Keras 2 and 3",
        MODEL (
            ", {'class_name': 'TFOpLambda', 'name': 'plus', 'config': {'name': 'plus', 'function': '__operators__.add'}, 'inbound_nodes': [['i', 0, 0, {'y': 3.0, 'name': null}]]}" LAYER (
                "ReLU", "six", ", 'max_value': 6.0",
                "plus") ", {'class_name': 'Multiply', 'name': 'times', 'config': {'name': 'times'}, 'inbound_nodes': [{'args': [{'class_name': '__keras_tensor__', 'config': {'keras_history': ['six', 0, 0]}}, 0.5], 'kwargs': {}}]}",
            "times"),
        "",
        {{"plus", GBP_KIND_SCALE, 8, 6, 3}, {"six", GBP_KIND_ACTIVATION, 8, 6, 3},
            {"times", GBP_KIND_SCALE, 8, 6, 3}}},
    {"border and shape",
        MODEL (LAYER ("ZeroPadding2D", "z", ", 'padding': [[1, 2], [3, 4]]", "i")
                   LAYER ("Cropping2D", "c", ", 'cropping': [2, 1]", "z") LAYER ("AveragePooling2D",
                       "p", ", 'pool_size': [2, 3], 'strides': null, 'padding': 'valid'", "c")
                       LAYER ("GlobalMaxPooling2D", "g", ", 'keepdims': true", "p")
                           LAYER ("Reshape", "r", ", 'target_shape': [-1]", "g"),
            "r"),
        "",
        {{"z", GBP_KIND_PAD, 11, 13, 3}, {"c", GBP_KIND_CROP, 7, 11, 3},
            {"p", GBP_KIND_POOL_AVERAGE, 3, 3, 3}, {"g", GBP_KIND_GLOBAL_MAX, 1, 1, 3},
            {"r", GBP_KIND_FLATTEN, 1, 1, 3}}},
    {"a separable convolution, a dense layer on a map",
        SEQUENTIAL (STEP ("SeparableConv2D",
            "'name': 's', 'filters': 5, 'kernel_size': [3, 3], 'depth_multiplier': 2, 'use_bias': false")
                STEP ("Dense", "'name': 'd', 'units': 2, 'use_bias': false")),
        "layers/separable_conv2d/vars/0 4 3 3 3 2\nlayers/separable_conv2d/vars/1 4 1 1 6 5\nlayers/dense/vars/0 2 5 2",
        {{NULL, GBP_KIND_CONVOLUTION, 6, 4, 6}, {"s", GBP_KIND_CONVOLUTION, 6, 4, 5},
            {"d", GBP_KIND_CONVOLUTION, 6, 4, 2}}},
    {"a network's own layer: the first plus a number times the second",
        MODEL (
            LAYER ("ReLU", "r", "",
                "i") ", {'class_name': 'CustomScaleLayer', 'name': 's', 'config': {'name': 's', 'scale': 0.25}, "
                     "'inbound_nodes': [[['i', 0, 0, {}], ['r', 0, 0, {}]]]}",
            "s"),
        "",
        {{"r", GBP_KIND_ACTIVATION, 8, 6, 3}, {NULL, GBP_KIND_SCALE, 8, 6, 3},
            {"s", GBP_KIND_ADD, 8, 6, 3}}},
    {"a resizing to the size that the picture has",
        SEQUENTIAL (
            STEP ("Resizing", "'name': 'z', 'height': 8, 'width': 6") STEP ("ReLU", "'name': 'r'")),
        "", {{"z", GBP_KIND_IDENTITY, 8, 6, 3}, {"r", GBP_KIND_ACTIVATION, 8, 6, 3}}},
    {"a resizing that says the size",
        "{'class_name': 'Sequential', 'config': {'name': 's', 'layers': [{'class_name': 'InputLayer', 'config': {'name': 'i', 'batch_shape': [null, null, null, 3]}}" STEP (
            "Sequential",
            "'name': 'front', 'layers': [{'class_name': 'Resizing', 'config': {'name': 'z', 'height': 10, 'width': 12}}]")
            STEP ("ReLU", "'name': 'r'") "]}}",
        "", {{"z", GBP_KIND_IDENTITY, 10, 12, 3}, {"r", GBP_KIND_ACTIVATION, 10, 12, 3}}},
    {"two inputs, of which one is the picture",
        "{'class_name': 'Functional', 'config': {'name': 'm', 'layers': [{'class_name': 'InputLayer', 'config': {'name': 'v', 'batch_shape': [null, 9]}, 'inbound_nodes': []}, " INPUT
            LAYER ("ReLU", "r", "", "i") LAYER ("Dense", "d", ", 'units': 3",
                "v") "], 'input_layers': [['v', 0, 0], ['i', 0, 0]], 'output_layers': [['r', 0, 0]]}}",
        "", {{"r", GBP_KIND_ACTIVATION, 8, 6, 3}}},
};

START_TEST (layers)
{
  const Case *one = &cases[_i];
  g_autoptr (GPtrArray) arrays =
      *one->arrays != '\0' ? keras_make_arrays (one->arrays) : sample_arrays_new ();
  g_auto (GbpDescription) description = {0};
  g_autoptr (GError) error = NULL;
  guint n, n_expected = 0;
  const GbpOperation *operations;

  ck_assert_msg (keras_read (one->config, arrays, &description, &error), "%s: %s", one->what,
      error != NULL ? error->message : "");
  ck_assert_msg (description.refusal == NULL, "%s: %s", one->what, description.refusal);
  operations = gbp_graph_get_operations (description.graph, &n);
  while (n_expected < N_LAYERS && one->operations[n_expected].height > 0)
    n_expected++;
  ck_assert_msg (n == n_expected, "%s: %u operations", one->what, n);
  for (guint i = 0; i < n; i++) {
    const Expected *expected = &one->operations[i];
    const GbpShape *shape = gbp_graph_get_shape (description.graph, i + 1);

    ck_assert_msg (g_strcmp0 (operations[i].name, expected->name) == 0, "%s: %s", one->what,
        operations[i].name);
    ck_assert_int_eq (operations[i].kind, expected->kind);
    ck_assert_uint_eq (shape->height, expected->height);
    ck_assert_uint_eq (shape->width, expected->width);
    ck_assert_uint_eq (shape->channels, expected->channels);
  }
}
END_TEST

/* gamma · (x − mean) / √(variance + epsilon) + beta. */
START_TEST (batch_normalization)
{
  static const char *const names[] = {"layers/batch_normalization/vars/0",
      "layers/batch_normalization/vars/1", "layers/batch_normalization/vars/2",
      "layers/batch_normalization/vars/3"};
  const float numbers[] = {2, 5, 3, 0.24f};
  g_autoptr (GPtrArray) arrays = sample_arrays_new ();
  g_auto (GbpDescription) description = {0};
  const GbpOperation *operations;
  guint n;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    sample_add (arrays, names[i], 1, (guint64[]){3});
    for (guint c = 0; c < 3; c++)
      sample_find (arrays, names[i])->values[c] = numbers[i];
  }
  ck_assert (
      keras_read (SEQUENTIAL (STEP ("BatchNormalization",
                      "'name': 'b', 'axis': [3], 'epsilon': 0.01, 'scale': true, 'center': true")),
          arrays, &description, NULL));
  operations = gbp_graph_get_operations (description.graph, &n);
  ck_assert_uint_eq (n, 1);
  ck_assert_float_eq_tol (operations->tensors[0]->values[2], 4, 1e-5f);
  ck_assert_float_eq_tol (operations->tensors[1]->values[2], 5 - 3 * 4, 1e-4f);
}
END_TEST

/* Activations by the names that configurations have for them. */
static const struct {
  const char *activation;
  GbpFunction function;
  float slope, offset, maximum;
  GbpCorner corner;
} activations[] = {
    {"'relu'", GBP_FUNCTION_RELU, 0, 0, 0, GBP_CORNER_BELOW},
    {"'relu6'", GBP_FUNCTION_RELU, 0, 0, 6, GBP_CORNER_BELOW},
    {"'selu'", GBP_FUNCTION_SELU, 0, 0, 0, GBP_CORNER_ABOVE},
    {"'swish'", GBP_FUNCTION_SILU, 0, 0, 0, GBP_CORNER_BELOW},
    {"'celu'", GBP_FUNCTION_ELU, 1, 0, 0, GBP_CORNER_BOTH},
    {"'softplus'", GBP_FUNCTION_SOFTPLUS, 0, 0, 0, GBP_CORNER_BELOW},
    {"'softsign'", GBP_FUNCTION_SOFTSIGN, 0, 0, 0, GBP_CORNER_BELOW},
    {"'exponential'", GBP_FUNCTION_EXPONENTIAL, 0, 0, 0, GBP_CORNER_BELOW},
    {"'log_sigmoid'", GBP_FUNCTION_LOG_SIGMOID, 0, 0, 0, GBP_CORNER_BELOW},
    {"'hard_tanh'", GBP_FUNCTION_CLAMP, 0, -1, 1, GBP_CORNER_BELOW},
    {"'sparse_sigmoid'", GBP_FUNCTION_HARD_SIGMOID, 0.5f, 0.5f, 0, GBP_CORNER_BELOW},
    {"'hard_sigmoid'", GBP_FUNCTION_HARD_SIGMOID, 1 / 6.0f, 0.5f, 0, GBP_CORNER_BELOW},
    {"{'class_name': 'function', 'config': 'gelu', 'registered_name': 'gelu'}", GBP_FUNCTION_GELU,
        0, 0, 0, GBP_CORNER_BELOW},
    {"{'class_name': 'LeakyReLU', 'config': {'negative_slope': 0.25}}", GBP_FUNCTION_LEAKY_RELU,
        0.25f, 0, 0, GBP_CORNER_BELOW},
    {"{'class_name': 'ELU', 'config': {'alpha': 0.5}}", GBP_FUNCTION_ELU, 0.5f, 0, 0,
        GBP_CORNER_BELOW},
    {"{'class_name': 'ReLU', 'config': {'max_value': null, 'negative_slope': 0.5, 'threshold': 0}}",
        GBP_FUNCTION_LEAKY_RELU, 0.5f, 0, 0, GBP_CORNER_BELOW},
    {"{'class_name': 'ReLU', 'config': {'max_value': 6, 'negative_slope': 0.5, 'threshold': 0.25}}",
        GBP_FUNCTION_THRESHOLD_RELU, 0.5f, 0.25f, 6, GBP_CORNER_BELOW},
    {"{'class_name': 'ReLU', 'config': {'max_value': 2, 'negative_slope': 0.5, 'threshold': 0}}",
        GBP_FUNCTION_THRESHOLD_RELU, 0.5f, 0, 2, GBP_CORNER_BELOW},
    {"{'class_name': 'ReLU', 'config': {'max_value': 4}}", GBP_FUNCTION_THRESHOLD_RELU, 0, 0, 4,
        GBP_CORNER_BELOW},
    {"{'class_name': 'ReLU', 'config': {'max_value': 6}}", GBP_FUNCTION_RELU, 0, 0, 6,
        GBP_CORNER_BELOW},
    {"{'class_name': 'ReLU', 'config': {'max_value': 6, 'negative_slope': 0.5}}",
        GBP_FUNCTION_THRESHOLD_RELU, 0.5f, 0, 6, GBP_CORNER_FLAT},
    {"{'class_name': 'ReLU', 'config': {'threshold': 0.25}}", GBP_FUNCTION_THRESHOLD_RELU, 0, 0.25f,
        0, GBP_CORNER_BELOW},
};

START_TEST (activation)
{
  g_autofree char *config =
      g_strdup_printf (SEQUENTIAL (STEP ("Activation", "'name': 'a', 'activation': %s")),
          activations[_i].activation);
  g_autoptr (GPtrArray) arrays = sample_arrays_new ();
  g_auto (GbpDescription) description = {0};
  const GbpOperation *operation = keras_read_one (config, arrays, &description);

  ck_assert_int_eq (operation->function, activations[_i].function);
  ck_assert_float_eq (operation->slope, activations[_i].slope);
  ck_assert_float_eq (operation->offset, activations[_i].offset);
  ck_assert_float_eq (operation->maximum, activations[_i].maximum);
  ck_assert_int_eq (operation->corner, activations[_i].corner);
}
END_TEST

/* @refusal: what is kept of a network whose first layer is understood; else the whole is refused */
static const struct {
  const char *config;
  const char *arrays;
  const char *refusal;
  const char *message;
} wrongs[] = {
    {SEQUENTIAL (
         STEP ("ReLU", "'name': 'r'") STEP ("Conv3D", "'name': 'up'") STEP ("ReLU", "'name': 'q'")),
        "", "layer up (Conv3D): Conv3D is not supported; layers are Conv2D, DepthwiseConv2D, ",
        NULL},
    {SEQUENTIAL (STEP ("ReLU", "'name': 'r'")
             STEP ("Activation", "'name': 'a', 'activation': 'sparsemax'")),
        "", "layer a (Activation): its activation \"sparsemax\" is not supported; those are relu, ",
        NULL},
    {SEQUENTIAL (STEP ("ReLU", "'name': 'r'") STEP ("ReLU", "'name': 'a', 'threshold': -0.5")), "",
        "layer a (ReLU): its max_value is expected to be above 0, and its threshold 0 or above",
        NULL},
    {SEQUENTIAL (STEP ("ReLU", "'name': 'r'") STEP ("ReLU", "'name': 'a', 'max_value': 0")), "",
        "layer a (ReLU): its max_value is expected to be above 0, and its threshold 0 or above",
        NULL},
    {SEQUENTIAL (STEP ("ReLU", "'name': 'r'")
             STEP ("MaxPooling2D", "'name': 'p', 'data_format': 'channels_first'")
                 STEP ("MaxPooling2D", "'name': 'q', 'data_format': 'channels_last'")),
        "", "layer p (MaxPooling2D): its data_format is expected to be that of the other layers",
        NULL},
    {SEQUENTIAL (STEP ("Conv2D", "'name': 'c', 'filters': 2, 'kernel_size': [3, 3]")),
        "layers/conv2d/vars/0 4 3 3 3 4\nlayers/conv2d/vars/1 1 4", NULL,
        "array layers/conv2d/vars/0: expected shape [3][3][3][2] for the kernel of layer c, found [3][3][3][4]"},
    {SEQUENTIAL (STEP ("Conv2D", "'name': 'c', 'filters': 2, 'kernel_size': [3, 3]")),
        "layers/conv2d/vars/0 4 3 3 3 2", NULL,
        "layer c: expected a bias as array 2, found 1 arrays"},
    {SEQUENTIAL (STEP ("Lambda", "'name': 'l'")), "", NULL,
        "expected a network of layers, found layer l (Lambda): Lambda is not supported"},
    {"{'class_name': 'Sequential', 'config': {'name': 's', 'layers': [{'class_name': 'ReLU', 'config': {'name': 'r'}}]}}",
        "", NULL, "model_config: expected an input of [batch, height, width, 3], found none"},
    {"{'class_name': 'Sequential', 'config': {'layers': [7]}}", "", NULL,
        "model_config: expected layers with a class_name, found one without"},
    {MODEL (LAYER ("ReLU", "a", "", "b") LAYER ("ReLU", "b", "", "a"), "b"), "", NULL,
        "expected a network of layers, found none that depends on its input"},
    {"{'class_name': 'Sequential', 'config': {'layers': [{'class_name': 'InputLayer', 'config': {'name': 'i', 'batch_shape': [null, 8, 6, 1]}}]}}",
        "", NULL,
        "expected an input of red, green and blue, of 1×1 to 8192×8192 pixels, found 6×8 pixels of 1 channels"},
};

START_TEST (wrong)
{
  g_autoptr (GPtrArray) arrays =
      *wrongs[_i].arrays != '\0' ? keras_make_arrays (wrongs[_i].arrays) : sample_arrays_new ();
  g_auto (GbpDescription) description = {0};
  g_autoptr (GError) error = NULL;
  gboolean is_read = keras_read (wrongs[_i].config, arrays, &description, &error);

  ck_assert_int_eq (is_read, wrongs[_i].refusal != NULL);
  if (is_read) {
    ck_assert_msg (
        g_str_has_prefix (description.refusal, wrongs[_i].refusal), "%s", description.refusal);
    ck_assert_int_eq (gbp_graph_find (description.graph, "r"), 1);
    ck_assert_uint_eq (gbp_graph_count_values (description.graph), 2);
  } else {
    ck_assert_msg (strstr (error->message, wrongs[_i].message) != NULL, "%s", error->message);
  }
}
END_TEST

#define HEADS                                                                                      \
  "{'class_name': 'Functional', 'config': {'name': 'm', 'layers': [" INPUT LAYER (                 \
      "GlobalMaxPooling2D", "g", "", "i") LAYER ("Dense", "a", ", 'units': 4", "g")                \
      LAYER ("ReLU", "r", "", "g") LAYER ("Dense", "b", ", 'units': 2",                            \
          "r") "], 'input_layers': [['i', 0, 0]], 'output_layers': [['%s', 0, 0], ['%s', 0, 0]]}}"

/* Of two outputs the first one's layer comes last, where the classes are looked for, and the other stays. */
START_TEST (outputs)
{
  const char *first = _i == 0 ? "a" : "b", *second = _i == 0 ? "b" : "a";
  g_autofree char *config = g_strdup_printf (HEADS, first, second);
  g_autoptr (GPtrArray) arrays = keras_make_arrays (
      "layers/dense/vars/0 2 3 4\nlayers/dense/vars/1 1 4\nlayers/dense_1/vars/0 2 3 2\nlayers/dense_1/vars/1 1 2");
  g_auto (GbpDescription) description = {0};
  guint n;

  ck_assert (keras_read (config, arrays, &description, NULL));
  gbp_graph_get_operations (description.graph, &n);
  ck_assert_uint_eq (n, 4);
  ck_assert_int_eq (gbp_graph_find (description.graph, first), 4);
  ck_assert_int_gt (gbp_graph_find (description.graph, second), 0);
  ck_assert_int_eq (description.class_value, 4);
  ck_assert_str_eq (description.class_layer, first);
}
END_TEST

/* What is left out is an end that scores may have, or goes on with weights, or with what was there before; unless that
 * is beside the output. */
static const struct {
  const char *layers, *output;
  gboolean goes_on;
} ends[] = {
    {LAYER ("Lambda", "l", "", "g"), "l", FALSE},
    {LAYER ("Lambda", "l", "", "g") LAYER ("ReLU", "q", "", "l"), "l", FALSE},
    {LAYER ("Lambda", "l", "", "g") LAYER ("Dense", "d", ", 'units': 4", "l"), "l", TRUE},
    {LAYER ("Lambda", "l", "", "g") LAYER ("Dense", "d", ", 'units': 4", "l"), "g", FALSE},
    {LAYER ("Lambda", "l", "",
         "g") ", {'class_name': 'Multiply', 'name': 'd', 'config': {'name': 'd'}, "
              "'inbound_nodes': [[['l', 0, 0, {}], ['i', 0, 0, {}]]]}",
        "l", TRUE},
};

START_TEST (end)
{
  g_autofree char *config =
      g_strdup_printf (MODEL (LAYER ("GlobalMaxPooling2D", "g", "", "i") "%s", "%s"),
          ends[_i].layers, ends[_i].output);
  g_autoptr (GPtrArray) arrays =
      keras_make_arrays ("layers/dense/vars/0 2 3 4\nlayers/dense/vars/1 1 4");
  g_auto (GbpDescription) description = {0};

  ck_assert (keras_read (config, arrays, &description, NULL));
  ck_assert_ptr_nonnull (description.refusal);
  ck_assert_int_eq (description.goes_on, ends[_i].goes_on);
}
END_TEST

/* Files that describe nothing are no failure: their arrays' names may tell. */
START_TEST (undescribed)
{
  static const char *const configs[] = {"{}", "{'class_name': 'MyModel', 'config': {'units': 3}}"};
  g_autoptr (GPtrArray) arrays = sample_arrays_new ();
  g_auto (GbpDescription) description = {0};

  ck_assert (keras_read (configs[_i], arrays, &description, NULL));
  ck_assert_ptr_null (description.graph);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"layers", layers, G_N_ELEMENTS (cases)},
      {"batch normalization", batch_normalization, 0},
      {"activations", activation, G_N_ELEMENTS (activations)},
      {"wrong", wrong, G_N_ELEMENTS (wrongs)},
      {"outputs", outputs, 2},
      {"ends", end, G_N_ELEMENTS (ends)},
      {"undescribed", undescribed, 2},
  };

  return GBP_TEST_RUN ("Keras' descriptions", tests);
}

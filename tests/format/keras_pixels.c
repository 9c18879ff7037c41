/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What Keras' models do with their pixels before their first layer, and say of them. */
#include "harness.h"

#include "write_keras.h"

/* keras.applications' preprocess_input in caffe's way, as a part of the network: of Keras 3, and of Keras 2. */
#define TENSOR(name)                                                                               \
  "{'class_name': '__keras_tensor__', 'config': {'keras_history': ['" name "', 0, 0]}}"
#define INDEX(name, channel)                                                                       \
  ", {'class_name': 'GetItem', 'name': '" name "', 'config': {'name': '" name "'}, "               \
  "'inbound_nodes': [{'args': [" TENSOR (                                                          \
      "i") ", [{'class_name': '__ellipsis__', 'config': {}}, " channel "]], 'kwargs': {}}]}"

static const char *const preprocesses[] = {
    MODEL (
        INDEX ("b", "2") INDEX ("g", "1") INDEX ("r",
            "-3") ", {'class_name': 'Stack', 'name': 's', 'config': {'name': 's', 'axis': -1}, "
                  "'inbound_nodes': [{'args': [[" TENSOR ("b") ", " TENSOR ("g") ", " TENSOR (
                      "r") "]], 'kwargs': {}}]}, "
                           "{'class_name': 'Add', 'name': 'a', 'config': {'name': 'a'}, 'inbound_nodes': [{'args': [" TENSOR (
                               "s") ", {'class_name': '__tensor__', 'config': {'value': [[[[-103.5, -116.5, -123.5]]]], 'dtype': 'float32'}}], 'kwargs': {}}]}",
        "a"),
    MODEL (
        ", {'class_name': 'SlicingOpLambda', 'name': 's', 'config': {'name': 's', 'function': '__operators__.getitem'}, "
        "'inbound_nodes': [['i', 0, 0, {'slice_spec': [{'class_name': '__ellipsis__'}, {'start': null, 'stop': null, 'step': -1}]}]]}, "
        "{'class_name': 'TFOpLambda', 'name': 'a', 'config': {'name': 'a', 'function': 'nn.bias_add'}, "
        "'inbound_nodes': [['s', 0, 0, {'bias': [-103.5, -116.5, -123.5], 'data_format': 'NHWC'}]]}",
        "a"),
};

START_TEST (preprocess)
{
  static const float shifts[] = {-103.5f, -116.5f, -123.5f};
  g_autoptr (GPtrArray) arrays = sample_arrays_new ();
  g_auto (GbpDescription) description = {0};
  const GbpOperation *operations;
  guint n, n_selected = 0;

  ck_assert (keras_read (preprocesses[_i], arrays, &description, NULL));
  ck_assert_msg (description.refusal == NULL, "%s", description.refusal);
  ck_assert (description.is_scaled_inside);
  operations = gbp_graph_get_operations (description.graph, &n);
  for (guint i = 0; i < n; i++)
    for (gsize c = 0;
         operations[i].kind == GBP_KIND_SELECT && c < operations[i].tensors[0]->n_values; c++)
      ck_assert_float_eq (operations[i].tensors[0]->values[c], 2 - (float) n_selected++);
  ck_assert_uint_eq (n_selected, 3);
  ck_assert_int_eq (operations[n - 1].kind, GBP_KIND_SCALE);
  for (guint c = 0; c < 3; c++) {
    ck_assert_float_eq (operations[n - 1].tensors[0]->values[c], 1);
    ck_assert_float_eq (operations[n - 1].tensors[1]->values[c], shifts[c]);
  }
}
END_TEST

/* What networks of keras.applications want of their pixels, themselves and within others, by their names. */
static const struct {
  const char *name;
  GbpPreprocess preprocess;
} names[] = {
    {"resnet50", GBP_PREPROCESS_CAFFE},
    {"resnet152_1", GBP_PREPROCESS_CAFFE},
    {"resnet50v2", GBP_PREPROCESS_AUTO},
    {"densenet121", GBP_PREPROCESS_TORCH},
    {"vgg16", GBP_PREPROCESS_CAFFE},
    {"mobilenetv2_1.00_224", GBP_PREPROCESS_AUTO},
};

START_TEST (application)
{
  guint which = (guint) _i / 2;
  g_autofree char *inner = g_strdup_printf (
      "'name': '%s', 'layers': [" INPUT LAYER ("ReLU", "r", "", "i") "]", names[which].name);
  g_autofree char *config =
      g_strdup_printf (_i % 2 == 0 ? "{'class_name': 'Sequential', 'config': {%s}}"
                                   : SEQUENTIAL (STEP ("Sequential", "%s")),
          inner);
  g_autoptr (GPtrArray) arrays = sample_arrays_new ();
  g_auto (GbpDescription) description = {0};

  ck_assert (keras_read (config, arrays, &description, NULL));
  ck_assert_int_eq (description.preprocess, names[which].preprocess);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"preprocessing", preprocess, G_N_ELEMENTS (preprocesses)},
      {"applications", application, 2 * G_N_ELEMENTS (names)},
  };

  return GBP_TEST_RUN ("pixels of Keras", tests);
}

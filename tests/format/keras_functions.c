/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Keras' functions and merges that several operations make, and its PReLU's slopes. */
#include "harness.h"

#include <math.h>
#include <string.h>

#include "write_keras.h"

#define MOST 6

#define ACTIVATE(name) STEP ("Activation", "'name': 'a', 'activation': '" name "'")
#define TENSOR(name)                                                                               \
  "{'class_name': '__keras_tensor__', 'config': {'keras_history': ['" name "', 0, 0]}}"
#define OPERATE(kind, config, arguments)                                                           \
  ", {'class_name': '" kind "', 'name': 'a', 'config': {'name': 'a'" config                        \
  "}, 'inbound_nodes': [{'args': [" arguments "], 'kwargs': {}}]}"
#define OPERATOR(kind, config, arguments) MODEL (OPERATE (kind, config, arguments), "a")
#define MERGE(kind)                                                                                \
  MODEL (LAYER ("ReLU", "r", "", "i") OPERATE (kind, "", "[" TENSOR ("i") ", " TENSOR ("r") "]"),  \
      "a")

/* @function: of the first activation; GBP_N_FUNCTIONS: there is none */
static const struct {
  const char *config;
  GbpKind kinds[MOST];
  guint n;
  GbpFunction function;
  float slope, offset, maximum;
  GbpCorner corner;
} cases[] = {
    {SEQUENTIAL (ACTIVATE ("tanh_shrink")), {GBP_KIND_ACTIVATION, GBP_KIND_SCALE, GBP_KIND_ADD}, 3,
        GBP_FUNCTION_TANH, 0, 0, 0, 0},
    {SEQUENTIAL (ACTIVATE ("soft_shrink")), {GBP_KIND_ACTIVATION, GBP_KIND_SCALE, GBP_KIND_ADD}, 3,
        GBP_FUNCTION_CLAMP, 0, -0.5f, 0.5f, 0},
    {SEQUENTIAL (ACTIVATE ("squareplus")),
        {GBP_KIND_MULTIPLY, GBP_KIND_SCALE, GBP_KIND_ACTIVATION, GBP_KIND_ADD, GBP_KIND_SCALE}, 5,
        GBP_FUNCTION_POWER, 0.5f, 0, 0, 0},
    {OPERATOR ("Celu", ", 'alpha': 0.5", TENSOR ("i")),
        {GBP_KIND_SCALE, GBP_KIND_ACTIVATION, GBP_KIND_SCALE}, 3, GBP_FUNCTION_ELU, 1, 0, 0,
        GBP_CORNER_BOTH},
    {OPERATOR ("LogSigmoid", "", TENSOR ("i")), {GBP_KIND_ACTIVATION}, 1, GBP_FUNCTION_LOG_SIGMOID,
        0, 0, 0, 0},
    {OPERATOR ("Absolute", "", TENSOR ("i")), {GBP_KIND_SCALE, GBP_KIND_MAXIMUM}, 2,
        GBP_N_FUNCTIONS, 0, 0, 0, 0},
    {OPERATOR ("Clip", ", 'x_min': -0.25, 'x_max': 2", TENSOR ("i")), {GBP_KIND_ACTIVATION}, 1,
        GBP_FUNCTION_CLAMP, 0, -0.25f, 2, 0},
    {OPERATOR ("Maximum", "", TENSOR ("i") ", 0.5"), {GBP_KIND_ACTIVATION}, 1, GBP_FUNCTION_CLAMP,
        0, 0.5f, INFINITY, 0},
    {OPERATOR ("Maximum", "", "0.5, " TENSOR ("i")), {GBP_KIND_ACTIVATION}, 1, GBP_FUNCTION_CLAMP,
        0, 0.5f, INFINITY, GBP_CORNER_FLAT},
    {OPERATOR ("Minimum", "", TENSOR ("i") ", 0.5"), {GBP_KIND_ACTIVATION}, 1, GBP_FUNCTION_CLAMP,
        0, -INFINITY, 0.5f, 0},
    {OPERATOR ("Maximum", "", "0.0, " TENSOR ("i")), {GBP_KIND_ACTIVATION}, 1, GBP_FUNCTION_RELU, 0,
        0, 0, 0},
    {OPERATOR ("Power", "", TENSOR ("i") ", 2"), {GBP_KIND_MULTIPLY}, 1, GBP_N_FUNCTIONS, 0, 0, 0,
        0},
    {OPERATOR ("Power", "", TENSOR ("i") ", 1.5"), {GBP_KIND_ACTIVATION}, 1, GBP_FUNCTION_POWER,
        1.5f, 0, 0, 0},
    {MODEL (LAYER ("GlobalMaxPooling2D", "r", ", 'keepdims': true", "i")
                OPERATE ("Maximum", "", "[" TENSOR ("i") ", " TENSOR ("r") "]"),
         "a"),
        {GBP_KIND_GLOBAL_MAX, GBP_KIND_RESAMPLE, GBP_KIND_MAXIMUM}, 3, GBP_N_FUNCTIONS, 0, 0, 0, 0},
    {MERGE ("Maximum"), {GBP_KIND_ACTIVATION, GBP_KIND_MAXIMUM}, 2, GBP_FUNCTION_RELU, 0, 0, 0, 0},
    {MERGE ("Minimum"),
        {GBP_KIND_ACTIVATION, GBP_KIND_SCALE, GBP_KIND_SCALE, GBP_KIND_MAXIMUM, GBP_KIND_SCALE}, 5,
        GBP_FUNCTION_RELU, 0, 0, 0, 0},
};

START_TEST (composed)
{
  g_autoptr (GPtrArray) arrays = sample_arrays_new ();
  g_auto (GbpDescription) description = {0};
  g_autoptr (GError) error = NULL;
  const GbpOperation *operations;
  guint n, function = 0;

  ck_assert_msg (keras_read (cases[_i].config, arrays, &description, &error), "%s",
      error != NULL ? error->message : "");
  ck_assert_msg (description.refusal == NULL, "%s", description.refusal);
  operations = gbp_graph_get_operations (description.graph, &n);
  ck_assert_uint_eq (n, cases[_i].n);
  for (guint i = 0; i < n; i++) {
    ck_assert_int_eq (operations[i].kind, cases[_i].kinds[i]);
    if (operations[i].kind == GBP_KIND_MAXIMUM && n > 2)
      ck_assert_int_eq (operations[i].corner, GBP_CORNER_ABOVE);
  }
  ck_assert_str_eq (operations[n - 1].name, "a");
  if (cases[_i].function == GBP_N_FUNCTIONS)
    return;
  while (operations[function].kind != GBP_KIND_ACTIVATION)
    function++;
  ck_assert_int_eq (operations[function].function, cases[_i].function);
  ck_assert_float_eq (operations[function].slope, cases[_i].slope);
  ck_assert_float_eq (operations[function].offset, cases[_i].offset);
  ck_assert (operations[function].maximum == cases[_i].maximum); /* which may be infinite */
  ck_assert_int_eq (operations[function].corner, cases[_i].corner);
}
END_TEST

/* @expected: of the unit of row 2, column 3 and channel 1 among the slopes 0, 1, 2 … */
static const struct {
  const char *shared;
  const char *array;
  gsize n;
  float expected;
} slopes[] = {
    {"null", "layers/p_re_lu/vars/0 3 8 6 3", 144, (2 * 6 + 3) * 3 + 1},
    {"[1]", "layers/p_re_lu/vars/0 3 1 6 3", 144, 3 * 3 + 1},
    {"[2, 3]", "layers/p_re_lu/vars/0 3 8 1 1", 144, 2},
    {"[1, 2]", "layers/p_re_lu/vars/0 3 1 1 3", 3, 1},
    {"[1, 2, 3]", "layers/p_re_lu/vars/0 3 1 1 1", 3, 0},
};

START_TEST (prelu)
{
  g_autofree char *config = g_strdup_printf (
      SEQUENTIAL (STEP ("PReLU", "'name': 'p', 'shared_axes': %s")), slopes[_i].shared);
  g_autoptr (GPtrArray) arrays = keras_make_arrays (slopes[_i].array);
  SampleArray *array = sample_find (arrays, "layers/p_re_lu/vars/0");
  g_auto (GbpDescription) description = {0};
  const GbpOperation *operation;

  for (gsize i = 0; i < array->shape[0] * array->shape[1] * array->shape[2]; i++)
    array->values[i] = (float) i;
  operation = keras_read_one (config, arrays, &description);
  ck_assert_int_eq (operation->function, GBP_FUNCTION_LEAKY_RELU);
  ck_assert_int_eq (operation->corner, GBP_CORNER_FLAT);
  ck_assert_uint_eq (operation->tensors[0]->n_values, slopes[_i].n);
  ck_assert_float_eq (operation->tensors[0]->values[slopes[_i].n == 3 ? 1 : (2 * 6 + 3) * 3 + 1],
      slopes[_i].expected);
}
END_TEST

/* @first, @second: of the response normalization's numbers */
static const struct {
  const char *config, *array;
  float first, second;
} lengths[] = {
    {STEP ("RMSNormalization", "'name': 'n', 'axis': -1, 'epsilon': 0.25"),
        "layers/rms_normalization/vars/0 1 3", 0.25f, 1 / 3.0f},
    {STEP ("UnitNormalization", "'name': 'n', 'axis': 3"), "", 1e-12f, 1},
};

START_TEST (length)
{
  g_autofree char *config = g_strdup_printf (SEQUENTIAL ("%s"), lengths[_i].config);
  g_autoptr (GPtrArray) arrays =
      *lengths[_i].array != '\0' ? keras_make_arrays (lengths[_i].array) : sample_arrays_new ();
  g_auto (GbpDescription) description = {0};
  const GbpOperation *operations;
  guint n;

  ck_assert (keras_read (config, arrays, &description, NULL));
  ck_assert_ptr_null (description.refusal);
  operations = gbp_graph_get_operations (description.graph, &n);
  ck_assert_uint_eq (n, *lengths[_i].array != '\0' ? 2 : 1);
  ck_assert_int_eq (operations->kind, GBP_KIND_RESPONSE_NORM);
  ck_assert_uint_eq (operations->window.columns, 5);
  ck_assert_float_eq (operations->tensors[0]->values[0], lengths[_i].first);
  ck_assert_float_eq (operations->tensors[0]->values[1], lengths[_i].second);
  ck_assert_float_eq (operations->tensors[0]->values[2], 0.5f);
  ck_assert_str_eq (operations[n - 1].name, "n");
}
END_TEST

static const struct {
  const char *config, *refusal;
} refused[] = {
    {SEQUENTIAL (STEP ("PReLU", "'name': 'p', 'shared_axes': [4]")),
        "layer p (PReLU): its shared_axes are expected to be its input's, from 1 on"},
    {SEQUENTIAL (STEP ("UnitNormalization", "'name': 'n', 'axis': [1, 2]")),
        "layer n (UnitNormalization): its axis is supported where it is that of the channels"},
    {OPERATOR ("Power", "", TENSOR ("i") ", 0"),
        "layer a (Power): its exponent is supported where it is a number other than 0"},
    {OPERATOR ("SoftShrink", ", 'threshold': 0", TENSOR ("i")),
        "layer a (SoftShrink): its threshold is expected to be above 0"},
    {SEQUENTIAL (ACTIVATE ("glu")),
        "layer a (Activation): glu is supported over the channels, an even number of them"},
    {SEQUENTIAL (ACTIVATE ("sparsemax")), "its activation \"sparsemax\" is not supported"},
};

START_TEST (refusal)
{
  g_autoptr (GPtrArray) arrays = sample_arrays_new ();
  g_auto (GbpDescription) description = {0};
  g_autoptr (GError) error = NULL;
  const char *found;

  found = keras_read (refused[_i].config, arrays, &description, &error) ? description.refusal
                                                                        : error->message;
  ck_assert_msg (found != NULL && strstr (found, refused[_i].refusal) != NULL, "%s", found);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"composed", composed, G_N_ELEMENTS (cases)},
      {"PReLU", prelu, G_N_ELEMENTS (slopes)},
      {"lengths", length, G_N_ELEMENTS (lengths)},
      {"refusals", refusal, G_N_ELEMENTS (refused)},
  };

  return GBP_TEST_RUN ("Keras' functions", tests);
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Keras' layers and operators that change a map's size, and what else operators make of a map of 8×6 pixels. */
#include <string.h>

#include "harness.h"
#include "write_keras.h"

#define N_LINES 4

/* @config: of the layer behind the input
 * @side: 0: rows, 1: columns
 * @n: lines in all
 * @values: of the first: the number of the first source, and factors */
static const struct {
  const char *layer;
  guint side, n, n_taps;
  float values[N_LINES][3];
} resamplings[] = {
    {STEP ("UpSampling2D", "'name': 'u', 'size': [2, 3]"), 0, 16, 1,
        {{0, 1}, {0, 1}, {1, 1}, {1, 1}}},
    {STEP ("UpSampling2D", "'name': 'u', 'size': [2, 3], 'interpolation': 'nearest'"), 1, 18, 1,
        {{0, 1}, {0, 1}, {0, 1}, {1, 1}}},
    {STEP ("UpSampling2D", "'name': 'u', 'size': 2, 'interpolation': 'bilinear'"), 0, 16, 2,
        {{0, 1, 0}, {0, 0.75f, 0.25f}, {0, 0.25f, 0.75f}, {1, 0.75f, 0.25f}}},
    {STEP ("Resizing", "'name': 'z', 'height': 4, 'width': 3, 'interpolation': 'bilinear'"), 0, 4,
        2, {{0, 0.5f, 0.5f}, {2, 0.5f, 0.5f}, {4, 0.5f, 0.5f}, {6, 0.5f, 0.5f}}},
    {STEP ("Resizing", "'name': 'z', 'height': 8, 'width': 9, 'interpolation': 'nearest'"), 1, 9, 1,
        {{0, 1}, {1, 1}, {1, 1}, {2, 1}}},
    {STEP ("Flip", "'name': 'f', 'axis': 2"), 1, 6, 1, {{5, 1}, {4, 1}, {3, 1}, {2, 1}}},
};

/* The lines of the one operation that is read. */
START_TEST (lines)
{
  g_autofree char *config = g_strdup_printf (SEQUENTIAL ("%s"), resamplings[_i].layer);
  g_autoptr (GPtrArray) arrays = sample_arrays_new ();
  g_auto (GbpDescription) description = {0};
  const GbpOperation *found = keras_read_one (config, arrays, &description);
  const GbpTensor *tensor = found->tensors[resamplings[_i].side];
  guint length = resamplings[_i].n_taps + 1;

  ck_assert_int_eq (found->kind, GBP_KIND_RESAMPLE);
  ck_assert_uint_eq (tensor->n_values, resamplings[_i].n * length);
  for (guint i = 0; i < N_LINES; i++)
    for (guint k = 0; k < length; k++)
      ck_assert_float_eq_tol (tensor->values[i * length + k], resamplings[_i].values[i][k], 1e-6f);
}
END_TEST

/* What comes out along both directions, as TensorFlow counts. */
static const struct {
  const char *config;
  guint height, width;
  int first; /* line that has the first pixel; -1: it is no line of the spread map's */
} transposes[] = {
    {"'strides': [2, 2], 'padding': 'same'", 16, 12, 2},
    {"'strides': [2, 2], 'padding': 'valid'", 17, 13, 2},
    {"'strides': [2, 1], 'padding': 'same', 'output_padding': [1, 0]", 16, 6, 2},
    {"'strides': [4, 4], 'padding': 'valid'", 32, 24, 2},
    {"'strides': [6, 6], 'padding': 'same'", 48, 36,
        2}, /* the windows leave lines between them: none is cut */
    {"'strides': [1, 1], 'padding': 'valid'", 10, 8, -1},
};

/* The kernel [3][3][2 out][3 in] is turned round: its last place comes first. */
START_TEST (transposed)
{
  g_autofree char *config = g_strdup_printf (
      SEQUENTIAL (STEP ("Conv2DTranspose",
          "'name': 'c', 'filters': 2, 'kernel_size': [3, 3], 'use_bias': false, %s")),
      transposes[_i].config);
  g_autoptr (GPtrArray) arrays = keras_make_arrays ("layers/conv2d_transpose/vars/0 4 3 3 2 3");
  float *kernel = sample_find (arrays, "layers/conv2d_transpose/vars/0")->values;
  g_auto (GbpDescription) description = {0};
  const GbpOperation *operations, *last;
  const GbpShape *shape;
  guint n;

  for (guint i = 0; i < 54; i++)
    kernel[i] = (float) i;
  ck_assert (keras_read (config, arrays, &description, NULL));
  ck_assert_msg (description.refusal == NULL, "%s", description.refusal);
  operations = gbp_graph_get_operations (description.graph, &n);
  ck_assert_uint_eq (n, transposes[_i].first < 0 ? 1 : 2);
  last = &operations[n - 1];
  shape = gbp_graph_get_shape (description.graph, n);
  ck_assert_int_eq (last->kind, GBP_KIND_CONVOLUTION);
  ck_assert_uint_eq (shape->height, transposes[_i].height);
  ck_assert_uint_eq (shape->width, transposes[_i].width);
  for (guint place = 0; place < 9; place++)
    for (guint i = 0; i < 3; i++)
      for (guint o = 0; o < 2; o++)
        ck_assert_float_eq (last->tensors[0]->values[(place * 3 + i) * 2 + o],
            (float) (((8 - place) * 2 + o) * 3 + i));
  for (guint line = 0; n == 2 && line < 2; line++) /* before it there are zeros alone */
    ck_assert_float_eq (
        operations->tensors[0]->values[2 * line + 1], (int) line == transposes[_i].first ? 1 : 0);
  if (n == 2)
    ck_assert_float_eq (operations->tensors[0]->values[2 * transposes[_i].first + 1], 1);
}
END_TEST

#define OPERATOR(kind, config) STEP (kind, "'name': 'o'" config)
#define INDEX(indices)                                                                             \
  ", {'class_name': 'GetItem', 'name': 'y', 'config': {'name': 'y'}, 'inbound_nodes': [{'args': "  \
  "[{'class_name': '__keras_tensor__', 'config': {'keras_history': ['i', 0, 0]}}, [" indices       \
  "]], 'kwargs': {}}]}"
#define SLICE(start, stop, step)                                                                   \
  "{'class_name': '__slice__', 'config': {'start': " start ", 'stop': " stop ", 'step': " step "}}"
#define ALL SLICE ("null", "null", "null")

/* @config: with %s where the operations are to be; @kind: of the last one */
static const struct {
  const char *layers;
  gboolean is_row;
  GbpKind kind;
  GbpShape shape;
} operators[] = {
    {OPERATOR ("RandomGrayscale", ""), TRUE, GBP_KIND_IDENTITY, {8, 6, 3}},
    {OPERATOR ("Mean", ", 'axis': [1, 2], 'keepdims': false"), TRUE, GBP_KIND_GLOBAL_AVERAGE,
        {1, 1, 3}},
    {OPERATOR ("Max", ", 'axis': [-2, -3], 'keepdims': true"), TRUE, GBP_KIND_GLOBAL_MAX,
        {1, 1, 3}},
    {OPERATOR ("Gelu", ", 'approximate': false"), TRUE, GBP_KIND_ACTIVATION, {8, 6, 3}},
    {OPERATOR ("Softmax", ", 'axis': -1"), TRUE, GBP_KIND_SOFTMAX, {8, 6, 3}},
    {OPERATOR ("Pad", ", 'pad_width': [[0, 0], [1, 2], [0, 3], [0, 0]], 'mode': 'constant'"), TRUE,
        GBP_KIND_PAD, {11, 9, 3}},
    {OPERATOR ("Pad", ", 'pad_width': [[0, 0], [1, 2], [0, 3], [0, 0]], 'mode': 'reflect'"), TRUE,
        GBP_KIND_RESAMPLE, {11, 9, 3}},
    {OPERATOR ("MaxPool", ", 'pool_size': 3, 'strides': 2, 'padding': 'same'"), TRUE,
        GBP_KIND_POOL_MAX, {4, 3, 3}},
    {OPERATOR ("GlobalMaxPooling2D", "") STEP ("ExpandDims", "'name': 'e', 'axis': 1"), TRUE,
        GBP_KIND_IDENTITY, {1, 1, 3}},
    {INDEX (ALL ", " SLICE ("2", "-1", "null") ", " SLICE ("null", "null", "2") ", " ALL), FALSE,
        GBP_KIND_RESAMPLE, {5, 3, 3}},
    {INDEX ("{'class_name': '__ellipsis__', 'config': {}}, " SLICE ("1", "9", "null")), FALSE,
        GBP_KIND_SELECT, {8, 6, 2}},
    {INDEX (ALL ", " SLICE ("null", "3", "null")), FALSE, GBP_KIND_RESAMPLE, {3, 6, 3}},
};

START_TEST (operation)
{
  g_autofree char *config = g_strdup_printf (
      operators[_i].is_row ? SEQUENTIAL ("%s") : MODEL ("%s", "y"), operators[_i].layers);
  g_autoptr (GPtrArray) arrays = sample_arrays_new ();
  g_auto (GbpDescription) description = {0};
  const GbpOperation *operations;
  g_autoptr (GError) error = NULL;
  guint n;

  ck_assert_msg (
      keras_read (config, arrays, &description, &error), "%s", error != NULL ? error->message : "");
  ck_assert_msg (description.refusal == NULL, "%s", description.refusal);
  operations = gbp_graph_get_operations (description.graph, &n);
  ck_assert_int_eq (operations[n - 1].kind, operators[_i].kind);
  ck_assert_mem_eq (
      gbp_graph_get_shape (description.graph, n), &operators[_i].shape, sizeof (GbpShape));
}
END_TEST

/* Of all channels one number; and the way back. Keras divides by 1e-7 at least. */
static const struct {
  const char *config;
  float factor, shift;
} normalizations[] = {
    {"'mean': 100, 'variance': 16, 'invert': false", 0.25f, -25},
    {"'mean': 100, 'variance': 16, 'invert': true", 4, 100},
    {"'mean': 0, 'variance': 0, 'invert': false", 1e7f, 0},
};

START_TEST (normalization)
{
  g_autofree char *config =
      g_strdup_printf (SEQUENTIAL (STEP ("Normalization", "'name': 'n', 'axis': [], %s")),
          normalizations[_i].config);
  g_autoptr (GPtrArray) arrays = sample_arrays_new ();
  g_auto (GbpDescription) description = {0};
  const GbpOperation *found = keras_read_one (config, arrays, &description);

  ck_assert_float_eq (found->tensors[0]->values[2], normalizations[_i].factor);
  ck_assert_float_eq (found->tensors[1]->values[2], normalizations[_i].shift);
}
END_TEST

static const struct {
  const char *layer;
  const char *refusal;
} refused[] = {
    {STEP ("UpSampling2D", "'name': 'u', 'interpolation': 'bicubic'"),
        "layer u (UpSampling2D): its interpolation \"bicubic\" is not supported; those are"},
    {STEP ("UpSampling2D", "'name': 'u', 'size': [0, 2]"),
        "layer u (UpSampling2D): its size is expected to be one or two numbers from 1 on"},
    {STEP ("UpSampling2D",
         "'name': 'a', 'size': [1024, 1]") /* 2^32 + 2^20 rows, counted in 32 bits, would fit */
        STEP ("UpSampling2D", "'name': 'u', 'size': [524416, 1]"),
        "layer u (UpSampling2D): maps of 1×1 to 1048576×1048576 pixels are supported, not of 6×4296015872"},
    {STEP ("Resizing", "'name': 'z', 'height': 9, 'width': 6, 'crop_to_aspect_ratio': true"),
        "layer z (Resizing): it is supported without crop_to_aspect_ratio"},
    {STEP ("CenterCrop", "'name': 'c', 'height': 9, 'width': 6"),
        "layer c (CenterCrop): it is supported where it crops; it makes 6×9 pixels of 6×8"},
    {STEP ("Mean", "'name': 'm', 'axis': -1"),
        "layer m (Mean): it is supported over height and width, the axes 1 and 2"},
    {STEP ("Squeeze", "'name': 's', 'axis': 1"),
        "layer s (Squeeze): it is supported on a vector, where"},
    {STEP (
         "Pad", "'name': 'p', 'pad_width': [[0, 0], [1, 1], [1, 1], [0, 0]], 'mode': 'symmetric'"),
        "layer p (Pad): it is supported around height and width, in the modes constant, of zeros"},
    {STEP ("AutoContrast", "'name': 'a'"), "layer a (AutoContrast): AutoContrast is not supported"},
    {STEP ("Softmax", "'name': 's', 'axis': [1, 2]"),
        "layer s (Softmax): softmax is supported over the channels"},
};

START_TEST (refusal)
{
  g_autoptr (GPtrArray) arrays = sample_arrays_new ();
  g_autofree char *config =
      g_strdup_printf (SEQUENTIAL (STEP ("ReLU", "'name': 'r'") "%s"), refused[_i].layer);

  keras_assert_refusal (config, arrays, refused[_i].refusal);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"lines", lines, G_N_ELEMENTS (resamplings)},
      {"transposed convolutions", transposed, G_N_ELEMENTS (transposes)},
      {"operators", operation, G_N_ELEMENTS (operators)},
      {"normalization", normalization, G_N_ELEMENTS (normalizations)},
      {"refusals", refusal, G_N_ELEMENTS (refused)},
  };

  return GBP_TEST_RUN ("Keras' resampling", tests);
}

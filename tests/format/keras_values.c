/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What Keras' layers and operators without weights make of a picture's numbers, as Keras defines them. */
#include "harness.h"

#include <math.h>

#include "values.h"
#include "write_keras.h"

#define TENSOR(name)                                                                               \
  "{'class_name': '__keras_tensor__', 'config': {'keras_history': ['" name "', 0, 0]}}"
#define LIST(values)      "{'class_name': '__tensor__', 'config': {'value': [" values "]}}"
#define OWN(kind, config) STEP (kind, "'name': 'y'" config)

/* A layer "y", or one of another name, whose call has these arguments. */
#define CALL(kind, name, config, arguments)                                                        \
  ", {'class_name': '" kind "', 'name': '" name "', 'config': {'name': '" name "'" config          \
  "}, 'inbound_nodes': [{'args': [" arguments "], 'kwargs': {}}]}"
#define NEGATIVE CALL ("Negative", "n", "", TENSOR ("i"))
#define MEANS    CALL ("Mean", "m", ", 'axis': [1, 2]", TENSOR ("i"))

#define SLICE(start, stop, step)                                                                   \
  "{'class_name': '__slice__', 'config': {'start': " start ", 'stop': " stop ", 'step': " step "}}"
#define ALL               SLICE ("null", "null", "null")
#define REST              "{'class_name': '__ellipsis__', 'config': {}}"
#define INDEX(from, what) CALL ("GetItem", "y", "", TENSOR (from) ", [" what "]")

#define V values_input

/* The mean over all pixels of a channel. */
#define MEAN (100 * 3.5 + 10 * 2.5 + c + 1)

VALUES_FUNCTION (minus, V (y, x, c) - 3)
VALUES_FUNCTION (minus_from, 3 - V (y, x, c))
VALUES_FUNCTION (quarter, V (y, x, c) / 4)
VALUES_FUNCTION (by_channel, V (y, x, c) * (c + 2))
VALUES_FUNCTION (half_first, V (y, x, c) / (c == 0 ? 2 : c == 1 ? 4 : 8))
VALUES_FUNCTION (twice, 2 * V (y, x, c))
VALUES_FUNCTION (minus_twice, -2 * V (y, x, c))
VALUES_FUNCTION (third, V (y, x, c) / 3)
VALUES_FUNCTION (scaled_sum, V (y, x, c) - V (y, x, c) / 4)
VALUES_FUNCTION (negated, -V (y, x, c))
VALUES_FUNCTION (squared, V (y, x, c) * V (y, x, c))
VALUES_FUNCTION (sum, 48 * MEAN)
VALUES_FUNCTION (mean, MEAN)
VALUES_FUNCTION (two_means, c < 3 ? MEAN : 2 * (MEAN - 3))
VALUES_FUNCTION (turned_down, V (7 - y, x, c))
VALUES_FUNCTION (turned_right, V (y, 5 - x, c))
VALUES_FUNCTION (with_zeros, V (y - 1, x, c))
VALUES_FUNCTION (reflected, V (y == 0 ? 1 : y > 8 ? 15 - y : y - 1, x > 5 ? 10 - x : x, c))
VALUES_FUNCTION (repeated, V (CLAMP (y - 1, 0, 7), MIN (x, 5), c))
VALUES_FUNCTION (leaking, -V (y, x, c) * 0.2)
VALUES_FUNCTION (gelu_tanh,
    V (y, x, c) / 500
        * (1
            + tanh (sqrt (2 / G_PI) * (V (y, x, c) / 250 + 0.044715 * pow (V (y, x, c) / 250, 3)))))

/* The picture between −2 and 2. */
#define S ((V (y, x, c) - 400) / 200)
#define SMALL                                                                                      \
  CALL ("Subtract", "t", "", TENSOR ("i") ", 400") CALL ("Divide", "s", "", TENSOR ("t") ", 200")

VALUES_FUNCTION (hard_shrunk, fabs (S) > 0.5 ? S : 0)
VALUES_FUNCTION (more_hard_shrunk, fabs (S) > 1.25 ? S : 0)
VALUES_FUNCTION (soft_shrunk, S > 0.75 ? S - 0.75 : S < -0.75 ? S + 0.75 : 0)
VALUES_FUNCTION (thresholded, S > -0.25 ? S : 3)
VALUES_FUNCTION (sparse_plus, S <= -1 ? 0 : S < 1 ? (S + 1) * (S + 1) / 4 : S)
VALUES_FUNCTION (squareplus, (S + sqrt (S * S + 9)) / 2)
VALUES_FUNCTION (gated, (V (y, x, 0) - 400) / 200 / (1 + exp (-(V (y, x, 2) - 400) / 200)))
VALUES_FUNCTION (log_softmax, (c - 2) / 200.0 - log (1 + exp (-0.005) + exp (-0.01)) + 0 * y * x)
VALUES_FUNCTION (pixel_means, V (y, x, 1) + 0 * c)
VALUES_FUNCTION (pixel_sums, 3 * V (y, x, 1) + 0 * c)
VALUES_FUNCTION (pixel_maxima, V (y, x, 2) + 0 * c)
VALUES_FUNCTION (above_mean, MAX (V (y, x, c), MEAN))
VALUES_FUNCTION (below_mean, MIN (V (y, x, c), MEAN))
VALUES_FUNCTION (third_rows, V (3 * y, x, c))
VALUES_FUNCTION (backwards, V (6 - 2 * y, x, c))
VALUES_FUNCTION (from_behind, V (y, x + 3, c))
VALUES_FUNCTION (other_channels, V (y, x, 2 - 2 * c))
VALUES_FUNCTION (middle, V (y + 1, x + 1, c))
VALUES_FUNCTION (cropped, V (y + 1, x + 2, c))
VALUES_FUNCTION (bordered, V (y - 1, x - 2, c))
VALUES_FUNCTION (pooled, V (2 * y + 1, 2 * x + 1, c))

static const struct {
  const char *layers;
  gboolean is_row;
  GbpShape shape;
  ValuesFunction function;
} values[] = {
    {CALL ("Subtract", "y", "", TENSOR ("i") ", 3"), FALSE, {8, 6, 3}, minus},
    {CALL ("Subtract", "y", "", "3, " TENSOR ("i")), FALSE, {8, 6, 3}, minus_from},
    {CALL ("Add", "y", "", "-3, " TENSOR ("i")), FALSE, {8, 6, 3}, minus},
    {CALL ("Divide", "y", "", TENSOR ("i") ", 4"), FALSE, {8, 6, 3}, quarter},
    {CALL ("TrueDivide", "y", "", TENSOR ("i") ", " LIST ("2, 4, 8")), FALSE, {8, 6, 3},
        half_first},
    {CALL ("Multiply", "y", "", TENSOR ("i") ", " LIST ("2, 3, 4")), FALSE, {8, 6, 3}, by_channel},
    {CALL ("Multiply", "y", "", LIST ("2, 3, 4") ", " TENSOR ("i")), FALSE, {8, 6, 3}, by_channel},
    {NEGATIVE CALL ("Subtract", "y", "", "[" TENSOR ("i") ", " TENSOR ("n") "]"), FALSE, {8, 6, 3},
        twice},
    {NEGATIVE CALL ("Subtract", "y", "", "[" TENSOR ("n") ", " TENSOR ("i") "]"), FALSE, {8, 6, 3},
        minus_twice},
    {NEGATIVE CALL ("Average", "y", "", "[" TENSOR ("i") ", " TENSOR ("n") ", " TENSOR ("i") "]"),
        FALSE, {8, 6, 3}, third},
    {NEGATIVE CALL (
         "CustomScaleLayer", "y", ", 'scale': 0.25", "[" TENSOR ("i") ", " TENSOR ("n") "]"),
        FALSE, {8, 6, 3}, scaled_sum},
    {MEANS CALL ("Multiply", "n", "", TENSOR ("m") ", 2")
            CALL ("Concatenate", "y", ", 'axis': 1", "[" TENSOR ("m") ", " TENSOR ("n") "]"),
        FALSE, {1, 1, 6}, two_means},
    {OWN ("Negative", ""), TRUE, {8, 6, 3}, negated},
    {OWN ("Square", ""), TRUE, {8, 6, 3}, squared},
    {OWN ("Sum", ", 'axis': [1, 2]"), TRUE, {1, 1, 3}, sum},
    {OWN ("Mean", ", 'axis': [-2, 1]"), TRUE, {1, 1, 3}, mean},
    {OWN ("Flip", ", 'axis': 1"), TRUE, {8, 6, 3}, turned_down},
    {OWN ("Flip", ", 'axis': -2"), TRUE, {8, 6, 3}, turned_right},
    {OWN ("Pad", ", 'pad_width': [[0, 0], [1, 2], [0, 3], [0, 0]], 'mode': 'constant'"), TRUE,
        {11, 9, 3}, with_zeros},
    {OWN ("Pad", ", 'pad_width': [[0, 0], [1, 2], [0, 3], [0, 0]], 'mode': 'reflect'"), TRUE,
        {11, 9, 3}, reflected},
    {OWN ("Pad", ", 'pad_width': [[0, 0], [1, 2], [0, 3], [0, 0]], 'mode': 'edge'"), TRUE,
        {11, 9, 3}, repeated},
    {NEGATIVE CALL ("LeakyRelu", "y", "", TENSOR ("n")), FALSE, {8, 6, 3}, leaking},
    {CALL ("Divide", "d", "", TENSOR ("i") ", 250") CALL ("Gelu", "y", "", TENSOR ("d")), FALSE,
        {8, 6, 3}, gelu_tanh},
    {SMALL CALL ("HardShrink", "y", "", TENSOR ("s")), FALSE, {8, 6, 3}, hard_shrunk},
    {SMALL CALL ("HardShrink", "y", ", 'threshold': 1.25", TENSOR ("s")), FALSE, {8, 6, 3},
        more_hard_shrunk},
    {SMALL CALL ("SoftShrink", "y", ", 'threshold': 0.75", TENSOR ("s")), FALSE, {8, 6, 3},
        soft_shrunk},
    {SMALL CALL ("Threshold", "y", ", 'threshold': -0.25, 'default_value': 3", TENSOR ("s")), FALSE,
        {8, 6, 3}, thresholded},
    {SMALL CALL ("SparsePlus", "y", "", TENSOR ("s")), FALSE, {8, 6, 3}, sparse_plus},
    {SMALL CALL ("Activation", "y", ", 'activation': 'sparse_plus'", TENSOR ("s")), FALSE,
        {8, 6, 3}, sparse_plus},
    {SMALL CALL ("Activation", "y", ", 'activation': 'hard_shrink'", TENSOR ("s")), FALSE,
        {8, 6, 3}, hard_shrunk},
    {SMALL CALL ("Squareplus", "y", ", 'b': 9", TENSOR ("s")), FALSE, {8, 6, 3}, squareplus},
    {SMALL CALL ("GetItem", "g", "", TENSOR ("s") ", [" REST ", " SLICE ("null", "null", "2") "]")
            CALL ("Glu", "y", ", 'axis': -1", TENSOR ("g")),
        FALSE, {8, 6, 1}, gated},
    {SMALL CALL ("LogSoftmax", "y", ", 'axis': -1", TENSOR ("s")), FALSE, {8, 6, 3}, log_softmax},
    {SMALL CALL ("Activation", "y", ", 'activation': 'log_softmax'", TENSOR ("s")), FALSE,
        {8, 6, 3}, log_softmax},
    {CALL ("Mean", "y", ", 'axis': -1, 'keepdims': true", TENSOR ("i")), FALSE, {8, 6, 1},
        pixel_means},
    {CALL ("Sum", "y", ", 'axis': [3], 'keepdims': true", TENSOR ("i")), FALSE, {8, 6, 1},
        pixel_sums},
    {CALL ("Max", "y", ", 'axis': -1, 'keepdims': true", TENSOR ("i")), FALSE, {8, 6, 1},
        pixel_maxima},
    {CALL ("Mean", "m", ", 'axis': [1, 2], 'keepdims': true", TENSOR ("i"))
            CALL ("Maximum", "y", "", "[" TENSOR ("i") ", " TENSOR ("m") "]"),
        FALSE, {8, 6, 3}, above_mean},
    {CALL ("Mean", "m", ", 'axis': [1, 2], 'keepdims': true", TENSOR ("i"))
            CALL ("Minimum", "y", "", "[" TENSOR ("m") ", " TENSOR ("i") "]"),
        FALSE, {8, 6, 3}, below_mean},
    {INDEX ("i", ALL ", " SLICE ("null", "null", "3")), FALSE, {3, 6, 3}, third_rows},
    {INDEX ("i", ALL ", " SLICE ("null", "null", "-1")), FALSE, {8, 6, 3}, turned_down},
    {INDEX ("i", ALL ", " SLICE ("6", "1", "-2")), FALSE, {3, 6, 3}, backwards},
    {INDEX ("i", ALL ", " ALL ", " SLICE ("-3", "99", "1")), FALSE, {8, 3, 3}, from_behind},
    {INDEX ("i", REST ", " SLICE ("null", "null", "-2")), FALSE, {8, 6, 2}, other_channels},
    {INDEX ("i", SLICE ("null", "null", "-1") ", " REST ", " ALL), FALSE, {8, 6, 3}, values_input},
    {MEANS INDEX ("m", ALL ", null, null, " ALL), FALSE, {1, 1, 3}, mean},
    {OWN ("CenterCrop", ", 'height': 5, 'width': 3"), TRUE, {5, 3, 3}, middle},
    {OWN ("Cropping2D", ", 'cropping': [[1, 0], [2, 1]]"), TRUE, {7, 3, 3}, cropped},
    {OWN ("ZeroPadding2D", ", 'padding': [[1, 0], [2, 1]]"), TRUE, {9, 9, 3}, bordered},
    {OWN ("MaxPooling2D", ""), TRUE, {4, 3, 3}, pooled},
};

START_TEST (value)
{
  g_autofree char *config = g_strdup_printf (
      values[_i].is_row ? SEQUENTIAL ("%s") : MODEL ("%s", "y"), values[_i].layers);
  g_autoptr (GPtrArray) arrays = sample_arrays_new ();
  g_auto (GbpDescription) description = {0};
  g_autoptr (GError) error = NULL;

  ck_assert_msg (
      keras_read (config, arrays, &description, &error), "%s", error != NULL ? error->message : "");
  values_assert (&description, &values[_i].shape, values[_i].function);
}
END_TEST

VALUES_FUNCTION (sigmoid_2, V (y, x, c) / 500 * 0.2 + 0.5)
VALUES_FUNCTION (sigmoid_3, V (y, x, c) / 500 / 6 + 0.5)

/* Keras 3 took PyTorch's hard sigmoid. */
START_TEST (version)
{
  g_autoptr (GPtrArray) arrays = sample_arrays_new ();
  g_auto (GbpDescription) description = {0};

  ck_assert (keras_read_of (_i == 0 ? "2.15.0" : "3.5.0",
      SEQUENTIAL (STEP ("Rescaling", "'name': 'r', 'scale': 0.002")
              OWN ("Activation", ", 'activation': 'hard_sigmoid'")),
      arrays, &description, NULL));
  values_assert (&description, &(GbpShape){8, 6, 3}, _i == 0 ? sigmoid_2 : sigmoid_3);
}
END_TEST

#define REFUSED_INDEX "layer y (GetItem): an index is supported where it takes slices of height"

static const struct {
  const char *layers;
  const char *refusal;
} refused[] = {
    {CALL ("Divide", "y", "", TENSOR ("n") ", " LIST ("0, 1, 2")),
        "layer y (Divide): division is supported by a number that is not 0"},
    {CALL ("Divide", "y", "", "4, " TENSOR ("n")),
        "layer y (Divide): division is supported by a number"},
    {INDEX ("n", REST ", 3"), REFUSED_INDEX},
    {INDEX ("n", REST ", -4"), REFUSED_INDEX},
    {INDEX ("n", ALL ", 1"), REFUSED_INDEX},
    {INDEX ("n", ALL ", null, " ALL), REFUSED_INDEX},
    {INDEX ("n", ALL ", " ALL ", " ALL ", " ALL ", " ALL), REFUSED_INDEX},
    {INDEX ("n", ALL ", " SLICE ("5", "5", "1")), REFUSED_INDEX},
    {INDEX ("m", ALL ", " ALL ", null"), REFUSED_INDEX},
    {INDEX ("m", "null, " ALL ", " ALL), REFUSED_INDEX},
    {INDEX ("m", ALL ", null, " ALL ", " ALL), REFUSED_INDEX},
    {CALL ("Stack", "y", ", 'axis': -1", "[" TENSOR ("n") ", " TENSOR ("n") "]"),
        "layer y (Stack): stacking is supported of maps of one channel, along a last axis"},
    {CALL ("CenterCrop", "y", ", 'height': 8, 'width': 7", TENSOR ("n")),
        "layer y (CenterCrop): it is supported where it crops; it makes 7×8 pixels of 6×8"},
    {CALL ("UpSampling2D", "y", ", 'size': [2, 0]", TENSOR ("n")),
        "layer y (UpSampling2D): its size is expected to be one or two numbers from 1 on"},
    {CALL ("ExpandDims", "y", ", 'axis': -3", TENSOR ("m")),
        "layer y (ExpandDims): it is supported on a vector, where its axis is 1"},
    {CALL ("Max", "y", ", 'axis': [1, -3]", TENSOR ("n")),
        "layer y (Max): it is supported over height and width"},
    {", {'class_name': 'Pad', 'name': 'y', 'config': {'name': 'y', 'mode': 'constant', 'pad_width': "
     "[[0, 0], [1, 1], [1, 1], [0, 0]]}, 'inbound_nodes': [{'args': [" TENSOR (
         "n") "], 'kwargs': {'constant_values': 5}}]}",
        "layer y (Pad): it is supported around height and width, in the modes constant, of zeros"},
    {CALL ("Pad", "y", ", 'pad_width': [[0, 0], [1, 1, 1], [0, 0], [0, 0]]", TENSOR ("n")),
        "layer y (Pad): it is supported around height and width, in the modes constant, of zeros"},
    {CALL ("Pad", "y", ", 'pad_width': [[0, 0], [8, 0], [0, 0], [0, 0]], 'mode': 'reflect'",
         TENSOR ("n")),
        "layer y (Pad): a border is supported that is less than the map of 6×8"},
};

START_TEST (refusal)
{
  g_autofree char *config = g_strdup_printf (MODEL (NEGATIVE MEANS "%s", "y"), refused[_i].layers);
  g_autoptr (GPtrArray) arrays = sample_arrays_new ();

  keras_assert_refusal (config, arrays, refused[_i].refusal);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"values", value, G_N_ELEMENTS (values)},
      {"versions", version, 2},
      {"refusals", refusal, G_N_ELEMENTS (refused)},
  };

  return GBP_TEST_RUN ("Keras' values", tests);
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Files whose arrays do not make a network: the message names the array, by the file's own name, what
 * was expected and what was found. */
#include "harness.h"

#include <math.h>

#include "sample.h"

typedef enum {
  KEEP,
  REMOVE,
  RESHAPE,
  SET,
  ADD
} Edit;

/* What is done to one array of a good file.
 * @shape: RESHAPE and ADD: ends at the first 0
 * @value: SET: its first value */
typedef struct {
  Edit edit;
  const char *name;
  guint64 shape[4];
  float value;
} Step;

typedef struct {
  SampleNames names;
  Step steps[2];
  const char *words;
} Case;

/* clang-format off */
#define WITHOUT(name)           {REMOVE, name, {0}, 0}
#define WITH(name, ...)         {ADD, name, {__VA_ARGS__}, 0}
#define RESHAPED(name, ...)     {RESHAPE, name, {__VA_ARGS__}, 0}
#define WITH_VALUE(name, value) {SET, name, {0}, value}
/* clang-format on */

static const Case cases[] = {
    /* a missing array */
    {SAMPLE_KERAS_PUBLISHED, {WITHOUT ("block2_conv1/block2_conv1_b_1:0")},
        "layer block2_conv1: expected a kernel and a bias, found only the array "
        "block2_conv1/block2_conv1_W_1:0"},
    {SAMPLE_KERAS_LATER, {WITHOUT ("block2_conv1/block2_conv1/kernel")},
        "found only the array block2_conv1/block2_conv1/bias"},
    {SAMPLE_KERAS_NUMBERED, {WITHOUT ("layers/conv2d_9/vars/1")},
        "layer block2_conv1…found only the array layers/conv2d_9/vars/0"},
    {SAMPLE_TORCHVISION, {WITHOUT ("features.5.bias")},
        "layer block2_conv1…found only the array features.5.weight"},
    {SAMPLE_TORCHVISION, {WITHOUT ("classifier.6.weight")},
        "layer classifier.6: expected a kernel and a bias, found only the array classifier.6.bias"},
    /* a missing layer */
    {SAMPLE_KERAS_PUBLISHED,
        {WITHOUT ("block3_conv2/block3_conv2_W_1:0"), WITHOUT ("block3_conv2/block3_conv2_b_1:0")},
        "layer block3_conv2: expected its arrays, found none, though "
        "block3_conv3/block3_conv3_W_1:0, of the later layer block3_conv3"},
    {SAMPLE_TORCHVISION, {WITHOUT ("features.0.weight"), WITHOUT ("features.0.bias")},
        "layer block1_conv1: expected its arrays, found none, though features.2.weight"},
    /* a wrong shape */
    {SAMPLE_KERAS_PUBLISHED, {RESHAPED ("block2_conv1/block2_conv1_W_1:0", 3, 3, 2, 2)},
        "array block2_conv1/block2_conv1_W_1:0: expected shape [3][3][1][*], found [3][3][2][2]"},
    {SAMPLE_KERAS_PUBLISHED, {RESHAPED ("block1_conv1/block1_conv1_W_1:0", 5, 5, 3, 1)},
        "expected shape [3][3][3][*], found [5][5][3][1]"},
    {SAMPLE_KERAS_PUBLISHED, {RESHAPED ("block1_conv1/block1_conv1_W_1:0", 1, 3, 3, 3)},
        "expected shape [3][3][3][*], found [1][3][3][3], the order of Keras 1 with Theano"},
    {SAMPLE_KERAS_PUBLISHED, {RESHAPED ("block1_conv2/block1_conv2_W_1:0", 3, 3)},
        "expected shape [3][3][1][*], found [3][3]"},
    {SAMPLE_KERAS_LATER, {RESHAPED ("block4_conv4/block4_conv4/bias", 4)},
        "array block4_conv4/block4_conv4/bias: expected shape [3], found [4]"},
    {SAMPLE_TORCHVISION, {RESHAPED ("features.5.weight", 2, 3, 3, 3)},
        "array features.5.weight: expected shape [*][1][3][3], found [2][3][3][3]"},
    {SAMPLE_TIMM, {RESHAPED ("module.head.fc.bias", 6)},
        "array module.head.fc.bias: expected shape [5], found [6]"},
    {SAMPLE_KERAS_NUMBERED, {RESHAPED ("layers/dense_8/vars/0", 2, 2, 4)},
        "layer layers/dense_8: expected a kernel and a bias, found one of other dimensions, "
        "layers/dense_8/vars/0"},
    {SAMPLE_KERAS_LATER, {RESHAPED ("fc2/fc2/kernel", 0)},
        "layer fc2/fc2: expected a kernel and a bias, found one of other dimensions, fc2/fc2/kernel"},
    /* values that are no numbers */
    {SAMPLE_KERAS_PUBLISHED, {WITH_VALUE ("block5_conv4/block5_conv4_W_1:0", NAN)},
        "array block5_conv4/block5_conv4_W_1:0: expected finite values…found NaN"},
    {SAMPLE_KERAS_MODEL, {WITH_VALUE ("model_weights/vgg19/fc2/bias:0", INFINITY)},
        "array model_weights/vgg19/fc2/bias:0: expected finite values…found infinity"},
    {SAMPLE_TORCHVISION, {WITH_VALUE ("features.34.bias", -INFINITY)},
        "array features.34.bias: expected finite values…found infinity"},
    {SAMPLE_TORCHVISION, {WITH_VALUE ("features.2.weight", NAN)},
        "array features.2.weight: expected finite values…found NaN"},
    /* arrays that are no VGG's */
    {SAMPLE_KERAS_PUBLISHED, {WITH ("other/block1_conv2/kernel:0", 3, 3, 1, 1)},
        "expected one kernel for layer block1_conv2, found…as well"},
    {SAMPLE_TORCHVISION, {WITH ("module.features.2.bias", 1)},
        "array module.features.2.bias: expected one bias for layer block1_conv2, found "
        "features.2.bias as well"},
    {SAMPLE_TORCHVISION, {WITH ("features.3.weight", 1, 1, 3, 3)},
        "array features.3.weight: expected a layer of VGG19"},
    {SAMPLE_TORCHVISION, {WITH ("features.1.running_mean", 1)},
        "array features.2.weight: expected a layer of VGG19"},
    {SAMPLE_KERAS_NUMBERED,
        {RESHAPED ("layers/conv2d_9/vars/0", 5, 5, 1, 2),
            WITH ("layers/conv2d_99/vars/0", 3, 3, 3, 3)},
        "expected 13 (VGG16) or 16 (VGG19) numbered convolutions in one group, found 17"},
};

static guint
count_dimensions (const guint64 *shape)
{
  guint rank = 0;

  while (rank < 4 && shape[rank] != 0)
    rank++;
  return rank;
}

static void
apply (GPtrArray *arrays, const Step *step)
{
  switch (step->edit) {
    case KEEP:
      break;
    case REMOVE:
      sample_remove (arrays, step->name);
      break;
    case RESHAPE:
      sample_remove (arrays, step->name);
      sample_add (arrays, step->name, count_dimensions (step->shape), step->shape);
      break;
    case SET:
      sample_find (arrays, step->name)->values[0] = step->value;
      break;
    case ADD:
      sample_add (arrays, step->name, count_dimensions (step->shape), step->shape);
      break;
  }
}

static void
write_arrays (const char *path, GPtrArray *arrays, SampleNames names)
{
  if (names >= SAMPLE_TORCHVISION)
    sample_write_safetensors (path, arrays, SAMPLE_FLOAT32, NULL);
  else
    sample_write_hdf5 (path, arrays, SAMPLE_FLOAT32);
}

START_TEST (one_thing_wrong)
{
  const Case *one = &cases[_i];
  g_auto (GbpWeights) weights = {0};
  g_autoptr (GPtrArray) arrays = NULL;
  g_autofree char *path = sample_path ("wrong");

  sample_weights (&weights, GBP_ARCHITECTURE_VGG19, 5);
  arrays = sample_arrays (&weights, one->names);
  apply (arrays, &one->steps[0]);
  apply (arrays, &one->steps[1]);
  write_arrays (path, arrays, one->names);
  sample_assert_error (path, GBP_ERROR_READ, one->words);
  sample_clean ();
}
END_TEST

/* Convolutions in two groups, neither of which is a whole VGG. */
START_TEST (two_groups)
{
  g_autoptr (GPtrArray) arrays = sample_arrays_new ();
  g_autofree char *path = sample_path ("groups.weights.h5");

  sample_add (arrays, "a/conv2d/vars/0", 4, (guint64[]){3, 3, 3, 1});
  sample_add (arrays, "a/conv2d/vars/1", 1, (guint64[]){1});
  sample_add (arrays, "b/conv2d/vars/0", 4, (guint64[]){3, 3, 1, 1});
  sample_add (arrays, "b/conv2d/vars/1", 1, (guint64[]){1});
  sample_write_hdf5 (path, arrays, SAMPLE_FLOAT32);
  sample_assert_error (path, GBP_ERROR_READ,
      "expected 13 (VGG16) or 16 (VGG19) numbered convolutions in one group, found 1 in \"a/\" "
      "beside those in b/");
  sample_clean ();
}
END_TEST

/* A normalization behind each convolution, which only its own arrays tell of. */
START_TEST (batch_normalization)
{
  g_auto (GbpWeights) weights = {0};
  g_autoptr (GPtrArray) arrays = NULL;
  g_autofree char *path = sample_path ("normalized.weights.h5");

  sample_weights (&weights, GBP_ARCHITECTURE_VGG19, 2);
  arrays = sample_arrays (&weights, SAMPLE_KERAS_NUMBERED);
  for (guint i = 0; i < 4; i++) {
    g_autofree char *name = g_strdup_printf ("layers/batch_normalization_%u/vars/2", i);

    sample_add (arrays, name, 1, (guint64[]){1});
  }
  sample_write_hdf5 (path, arrays, SAMPLE_FLOAT32);
  sample_assert_error (path, GBP_ERROR_READ,
      "array layers/batch_normalization_0/vars/2: expected batch normalizations as the 4 convolutions "
      "are, in their order and of as many channels, found 4 others");
  sample_clean ();
}
END_TEST

/* Someone else's network. */
START_TEST (no_vgg)
{
  static const SampleNames styles[] = {SAMPLE_KERAS_PUBLISHED, SAMPLE_TORCHVISION};
  g_autoptr (GPtrArray) arrays = sample_arrays_new ();
  g_autofree char *path = sample_path ("foreign");

  sample_add (arrays, "encoder.weight", 2, (guint64[]){2, 2});
  write_arrays (path, arrays, styles[_i]);
  sample_assert_error (path, GBP_ERROR_READ, "expected arrays of VGG's layers, such as…found none");
  sample_clean ();
}
END_TEST

/* Zeros, packed: far more than a file of their size can honestly hold, though no layer is too wide; and a
 * layer that is, of few bytes. */
static const struct {
  guint64 width;
  guint64 next;
  const char *words;
} packed[] = {
    {512, 512,
        "expected arrays of at most…bytes as 32 bits, 32 for each of the file's…found 9496576"},
    {4096, 1,
        "layer block1_conv1: expected a width for which a frame takes at most 1073741824 bytes, found "
        "4096 channels"},
};

START_TEST (much_of_little)
{
  const guint64 first[] = {3, 3, 3, packed[_i].width};
  const guint64 second[] = {3, 3, packed[_i].width, packed[_i].next};
  g_autoptr (GPtrArray) arrays = sample_arrays_new ();
  g_autofree char *path = sample_path ("packed.h5");

  sample_add (arrays, "block1_conv1/kernel", 4, first);
  sample_add (arrays, "block1_conv1/bias", 1, first + 3);
  sample_add (arrays, "block1_conv2/kernel", 4, second);
  sample_add (arrays, "block1_conv2/bias", 1, second + 3);
  sample_write_hdf5 (path, arrays, SAMPLE_PACKED);
  sample_assert_error (path, GBP_ERROR_READ, packed[_i].words);
  sample_clean ();
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"one thing wrong", one_thing_wrong, G_N_ELEMENTS (cases)},
      {"two groups", two_groups, 0},
      {"batch normalization", batch_normalization, 0},
      {"no VGG", no_vgg, 2},
      {"much of little", much_of_little, G_N_ELEMENTS (packed)},
  };

  return GBP_TEST_RUN ("wrong arrays", tests);
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Keras' layers that normalise by the picture's own mean and variance, and ConvNeXt's own ones. */
#include <string.h>

#include "harness.h"
#include "write_keras.h"

/* @groups: of GROUP_NORM
 * @factor, @shift: of each channel; 0: the operation has none */
static const struct {
  const char *config;
  const char *arrays[2];
  GbpKind kind;
  guint groups;
  float epsilon, factor, shift;
} norms[] = {
    {STEP ("LayerNormalization", "'name': 'n', 'axis': [-1], 'epsilon': 0.25"),
        {"layers/layer_normalization/vars/0", "layers/layer_normalization/vars/1"},
        GBP_KIND_LAYER_NORM, 1, 0.25f, 2, 3},
    {STEP ("LayerNormalization", "'name': 'n', 'axis': 3, 'scale': false, 'rms_scaling': false"),
        {"layers/layer_normalization/vars/0"}, GBP_KIND_LAYER_NORM, 1, 1e-3f, 0, 2},
    {STEP ("LayerNormalization", "'name': 'n', 'axis': -1, 'scale': false, 'center': false"),
        {NULL}, GBP_KIND_LAYER_NORM, 1, 1e-3f, 0, 0},
    {STEP ("GroupNormalization", "'name': 'n', 'axis': -1, 'groups': 3, 'epsilon': 0.5"),
        {"layers/group_normalization/vars/0", "layers/group_normalization/vars/1"},
        GBP_KIND_GROUP_NORM, 3, 0.5f, 2, 3},
    {STEP ("GroupNormalization", "'name': 'n', 'groups': -1, 'center': false"),
        {"layers/group_normalization/vars/0"}, GBP_KIND_GROUP_NORM, 6, 1e-3f, 2, 0},
    {STEP ("LayerScale", "'name': 'n', 'init_values': 1e-06, 'projection_dim': 6"),
        {"layers/layer_scale/vars/0"}, GBP_KIND_SCALE, 1, 0, 2, 0},
    {STEP ("StochasticDepth", "'name': 'n', 'drop_path_rate': 0.2"), {NULL}, GBP_KIND_IDENTITY, 1,
        0, 0, 0},
};

#define WIDEN STEP ("Conv2D", "'name': 'w', 'filters': 6, 'kernel_size': [1, 1], 'use_bias': false")

static GPtrArray *
make_arrays (const char *const names[2])
{
  GPtrArray *arrays = sample_arrays_new ();

  sample_add (arrays, "layers/conv2d/vars/0", 4, (guint64[]){1, 1, 3, 6});
  for (guint i = 0; i < 2 && names[i] != NULL; i++) {
    sample_add (arrays, names[i], 1, (guint64[]){6});
    for (guint c = 0; c < 6; c++)
      sample_find (arrays, names[i])->values[c] = (float) (2 + i);
  }
  return arrays;
}

static void
assert_tensor (const GbpTensor *tensor, float expected)
{
  if (expected == 0) {
    ck_assert_ptr_null (tensor);
    return;
  }
  ck_assert_uint_eq (tensor->n_values, 6);
  for (guint c = 0; c < 6; c++)
    ck_assert_float_eq (tensor->values[c], expected);
}

START_TEST (norm)
{
  g_autoptr (GPtrArray) arrays = make_arrays (norms[_i].arrays);
  g_autofree char *config = g_strdup_printf (SEQUENTIAL (WIDEN "%s"), norms[_i].config);
  g_auto (GbpDescription) description = {0};
  g_autoptr (GError) error = NULL;
  const GbpOperation *operations;
  guint n;

  ck_assert_msg (
      keras_read (config, arrays, &description, &error), "%s", error != NULL ? error->message : "");
  ck_assert_msg (description.refusal == NULL, "%s", description.refusal);
  operations = gbp_graph_get_operations (description.graph, &n);
  ck_assert_uint_eq (n, 2);
  ck_assert_str_eq (operations[1].name, "n");
  ck_assert_int_eq (operations[1].kind, norms[_i].kind);
  ck_assert_uint_eq (operations[1].window.groups, norms[_i].groups);
  ck_assert_float_eq (operations[1].epsilon, norms[_i].epsilon);
  assert_tensor (operations[1].tensors[0], norms[_i].factor);
  assert_tensor (operations[1].tensors[1], norms[_i].shift);
}
END_TEST

static const struct {
  const char *config;
  const char *refusal;
} refused[] = {
    {STEP ("LayerNormalization", "'name': 'n', 'axis': [1, 2, 3]"),
        "layer n (LayerNormalization): its axis is supported where it is that of the channels"},
    {STEP ("LayerNormalization", "'name': 'n', 'rms_scaling': true"),
        "layer n (LayerNormalization): it is supported without rms_scaling"},
    {STEP ("GroupNormalization", "'name': 'n', 'groups': 4"),
        "layer n (GroupNormalization): its groups are expected to divide its 6 channels, and are 4"},
    {STEP ("GroupNormalization", "'name': 'n'"),
        "layer n (GroupNormalization): its groups are expected to divide its 6 channels, and are 32"},
    {STEP ("LayerScale", "'name': 'n', 'dim': 6"),
        "layer n (LayerScale): it is supported as ConvNeXt has it, with a projection_dim"},
};

START_TEST (refusal)
{
  const char *const none[2] = {NULL};
  g_autoptr (GPtrArray) arrays = make_arrays (none);
  g_autofree char *config = g_strdup_printf (SEQUENTIAL (WIDEN "%s"), refused[_i].config);

  keras_assert_refusal (config, arrays, refused[_i].refusal);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"norms", norm, G_N_ELEMENTS (norms)},
      {"refusals", refusal, G_N_ELEMENTS (refused)},
  };

  return GBP_TEST_RUN ("Keras' normalization", tests);
}

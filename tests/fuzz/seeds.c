/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Makes the files that fuzzing starts from: seeds DIRECTORY makes DIRECTORY/TARGET/… for each target.
 * With golden files, whole ones join them. */
#include <check.h>
#include <glib/gstdio.h>
#include <string.h>

#include "harness.h"
#include "variants.h"
#include "write_onnx.h"

static char *
make_path (const char *directory, const char *target, const char *name)
{
  g_autofree char *folder = g_build_filename (directory, target, NULL);

  ck_assert_int_eq (g_mkdir_with_parents (folder, 0700), 0);
  return g_build_filename (folder, name, NULL);
}

/* Two blocks, which is all of the format in little. */
static GPtrArray *
make_arrays (SampleNames names)
{
  g_auto (GbpWeights) weights = {0};

  sample_weights (&weights, GBP_ARCHITECTURE_VGG19, 2);
  return sample_arrays (&weights, names);
}

static void
make_hdf5 (const char *directory)
{
  static const SampleStorage storages[] = {SAMPLE_FLOAT32, SAMPLE_FLOAT16, SAMPLE_PACKED};

  for (guint n = SAMPLE_KERAS_PUBLISHED; n <= SAMPLE_KERAS_3; n++)
    for (guint s = 0; s < G_N_ELEMENTS (storages); s++) {
      g_autofree char *name = g_strdup_printf ("names-%u-%u", n, s);
      g_autofree char *path = make_path (directory, "hdf5", name);
      g_autoptr (GPtrArray) arrays = make_arrays ((SampleNames) n);

      sample_write_hdf5 (path, arrays, storages[s]);
    }
  for (guint i = 0; i < n_variants; i++) {
    g_autofree char *path = make_path (directory, "hdf5", variants[i].name);
    g_autoptr (GPtrArray) arrays = make_arrays (SAMPLE_KERAS_LATER);
    Variant variant = variants[i];

    variant.n_others = MIN (variant.n_others, 40); /* a fuzzer wants small files */
    variant_write (path, arrays, &variant);
  }
}

static void
make_keras (const char *directory)
{
  g_autofree char *inner = make_path (directory, "hdf5", "names-4-1");
  g_autofree char *stored = make_path (directory, "keras", "stored");
  g_autofree char *deflated = make_path (directory, "keras", "deflated");

  sample_write_zip (stored, "model.weights.h5", inner, FALSE);
  sample_write_zip (deflated, "model.weights.h5", inner, TRUE);
}

static void
make_safetensors (const char *directory)
{
  for (guint s = SAMPLE_FLOAT32; s <= SAMPLE_BFLOAT16; s++) {
    g_autofree char *name = g_strdup_printf ("storage-%u", s);
    g_autofree char *path = make_path (directory, "safetensors", name);
    g_autoptr (GPtrArray) arrays = make_arrays (s % 2 == 0 ? SAMPLE_TORCHVISION : SAMPLE_TIMM);

    sample_write_safetensors (path, arrays, (SampleStorage) s, "{\"trained\": \"false\"}");
  }
}

static void
make_classes (const char *directory)
{
  static const char *const texts[] = {"{}", "{\"classes\": \"a\\nb\\nc d\\n\"}",
      "{\"classes\": \"\\u00e9\\ud83d\\ude00\", \"trained\": \"true\"}",
      "{\"preprocess\": \"caffe\", \"trained_on\": \"a few cats\", \"classes\": \"\"}"};

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autofree char *name = g_strdup_printf ("text-%u", i);
    g_autofree char *path = make_path (directory, "classes", name);

    ck_assert (g_file_set_contents (path, texts[i], -1, NULL));
  }
}

/* Descriptions of layers of each kind; none has an array. */
static void
make_config (const char *directory)
{
  static const char start[] =
      "{'class_name': 'Sequential', 'config': {'layers': [{'class_name': 'InputLayer', "
      "'config': {'name': 'i', 'batch_shape': [null, 9, 8, 3]}}, ";
  static const char *const texts[] = {
      "{'class_name': 'ReLU', 'config': {'name': 'r', 'max_value': 6.0}}]}}",
      "{'class_name': 'MaxPooling2D', 'config': {'pool_size': [3, 2], 'padding': 'same', 'strides': [2, 1]}}, "
      "{'class_name': 'Flatten', 'config': {}}, {'class_name': 'Softmax', 'config': {'axis': -1}}]}}",
      "{'class_name': 'Sequential', 'config': {'layers': [{'class_name': 'Rescaling', 'config': {'scale': [1, 2, "
      "3], 'offset': -1}}]}}, {'class_name': 'ZeroPadding2D', 'config': {'padding': [[0, 1], [1, 0]]}}]}}",
      "{'class_name': 'Activation', 'config': {'activation': {'class_name': 'function', 'config': 'gelu'}}}]}}",
      "{'class_name': 'Conv2D', 'config': {'filters': 2, 'kernel_size': 3, 'dilation_rate': [1, 2]}}]}}",
  };
  static const char functional[] =
      "{'class_name': 'Functional', 'config': {'layers': [{'class_name': 'InputLayer', 'config': {'name': 'i', "
      "'batch_input_shape': [null, null, 8, 3]}, 'inbound_nodes': []}, {'class_name': 'Add', 'config': {'name': 'a'}, "
      "'inbound_nodes': [[['i', 0, 0, {}], ['i', 0, 0, {}]], [['a', 0, 0, {'y': 2.0}]], {'args': [[{'class_name': "
      "'__keras_tensor__', 'config': {'keras_history': ['a', 1, 0]}}], 3], 'kwargs': {}}]}], 'input_layers': [['i', 0, "
      "0]], 'output_layers': ['a', 2, 0]}}";

  for (guint i = 0; i <= G_N_ELEMENTS (texts); i++) {
    gboolean is_row = i < G_N_ELEMENTS (texts);
    g_autofree char *name = g_strdup_printf ("text-%u", i);
    g_autofree char *path = make_path (directory, "config", name);
    g_autofree char *text =
        g_strconcat (is_row ? start : functional, is_row ? texts[i] : NULL, NULL);

    ck_assert (g_file_set_contents (path, g_strdelimit (text, "'", '"'), -1, NULL));
  }
}

/* Layers of each kind, in either order of axes. */
static void
make_onnx (const char *directory)
{
  static const char *const texts[] = {"Conv x k > a\nRelu a > y", "Sigmoid x > a\nMul x a > y",
      "GlobalAveragePool x > a\nFlatten a > b\nMatMul b m > c\nAdd c d > y",
      "Transpose x > a\nTranspose a > b\nSoftmax b > y",
      "Shape x > a\nGather a 0 > b\nUnsqueeze b n > c\nConcat c n > e\nReshape x e > f\nGemm f g d > y",
      "BatchNormalization x d d d d > a\nClip a 0 6 > b\nDiv b 6 > c\nMul c x > e\nConcat e x > f\nPad f p > y",
      "ReduceMean x > a\nSqueeze a > b\nPRelu b d > c\nDropout c > y"};

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autofree char *name = g_strdup_printf ("nodes-%u", i);
    g_autofree char *path = make_path (directory, "onnx", name);
    g_autoptr (OnnxFile) file = onnx_new ();
    g_autoptr (GByteArray) bytes = NULL;

    onnx_add_input (file, "x", 4, (guint64[]){0, 3, 4, 3});
    onnx_add_output (file, "y");
    onnx_add_zeros (file, "k", 4, (guint64[]){2, 3, 3, 1});
    onnx_add_zeros (file, "m", 2, (guint64[]){3, 3});
    onnx_add_zeros (file, "g", 2, (guint64[]){36, 3});
    onnx_add_zeros (file, "d", 1, (guint64[]){3});
    onnx_add_integers (file, "n", 1, (gint64[]){-1});
    onnx_add_integers (file, "p", 8, (gint64[]){0, 0, 1, 0, 0, 0, 0, 2});
    onnx_add_lines (file, texts[i]);
    bytes = onnx_end (file, 13);
    ck_assert (g_file_set_contents (path, (char *) bytes->data, bytes->len, NULL));
  }
}

static void
copy_golden (const char *directory, const char *folder)
{
  g_autoptr (GDir) golden = g_dir_open (folder, 0, NULL);
  const char *name;

  while (golden != NULL && (name = g_dir_read_name (golden)) != NULL) {
    const char *end = strrchr (name, '.');
    const char *target = end == NULL ? "" : strcmp (end, ".h5") == 0 ? "hdf5" : end + 1;
    g_autofree char *from = g_build_filename (folder, name, NULL);
    g_autofree char *bytes = NULL, *to = NULL;
    gsize n_bytes;

    if (!g_strv_contains ((const char *[]){"hdf5", "keras", "safetensors", "onnx", NULL}, target)
        || !g_file_get_contents (from, &bytes, &n_bytes, NULL))
      continue;
    to = make_path (directory, target, name);
    ck_assert (g_file_set_contents (to, bytes, (gssize) n_bytes, NULL));
  }
}

static const char *where;

/* A test, for the tests' writers check what they do. */
START_TEST (all)
{
  make_hdf5 (where);
  make_keras (where);
  make_safetensors (where);
  make_classes (where);
  make_config (where);
  make_onnx (where);
  if (gbp_test_golden_dir () != NULL) {
    g_autofree char *graphs = g_build_filename (gbp_test_golden_dir (), "graph", NULL);

    copy_golden (where, gbp_test_golden_dir ());
    copy_golden (where, graphs);
  }
}
END_TEST

int
main (int argc, char **argv)
{
  const GbpTest tests[] = {{"all", all, 0}};

  where = argv[argc - 1];
  return GBP_TEST_RUN ("seeds", tests);
}

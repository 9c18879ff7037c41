/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a user knows of a network and its file does not say: the names of its classes, the size of its input. */
#include "harness.h"

#include <string.h>

#include "sample.h"

#define METADATA "{\"classes\": \"p\\nq\\nr\\ns\\nt\"}"

/* @beside: (nullable): in the file beside the weights
 * @named: (nullable): in the one that is asked for
 * @third: the third name that the network has; NULL: it has none
 * @words: (nullable): of the error */
static const struct {
  const char *metadata;
  const char *beside;
  const char *named;
  gboolean has_top;
  const char *third;
  const char *words;
} cases[] = {
    {NULL, NULL, NULL, TRUE, NULL, NULL},
    {NULL, "1\n2\nthe third\n4\n5\n", NULL, TRUE, "the third", NULL},
    {NULL,
        "\xef\xbb\xbf"
        "1\r\n2\r\n3\r\n4\r\n5\r\n\r\n",
        NULL, TRUE, "3", NULL},
    {METADATA, "1\n2\n3\n4\n5", NULL, TRUE, "r", NULL},
    {METADATA, "1\n2\n3\n4\n5", "v\nw\nx\ny\nz", TRUE, "x", NULL},
    {NULL, "1\n2\n3\n4\n5", NULL, FALSE, NULL, NULL},
    {NULL, "1\n2\n3\n4", NULL, TRUE, NULL,
        "net.classes.txt\": layer predictions: expected one class name for each of its 5 channels, found 4"},
    {NULL, NULL, "1\n2\n\n3\n4\n5", TRUE, NULL, "named.txt\": layer predictions…found 6"},
    {NULL, NULL, "1\n2", FALSE, NULL,
        "named.txt\": expected a network that ends with a layer of classes, found none for the 2 names"},
    {NULL, NULL, "1\n2\n  3 \n4\n5", TRUE, "3", NULL},
    {NULL, NULL, " \n", TRUE, NULL,
        "class names of \"…named.txt\": expected names of classes, one a line, found none"},
};

static char *
write_text (const char *name, const char *text)
{
  char *path = sample_path (name);

  if (text != NULL)
    ck_assert (g_file_set_contents (path, text, -1, NULL));
  return path;
}

static char *
write_network (const char *metadata, gboolean has_top)
{
  g_auto (GbpWeights) weights = {0};
  g_autoptr (GPtrArray) arrays = NULL;
  char *path = sample_path ("net.safetensors");

  sample_weights (&weights, GBP_ARCHITECTURE_VGG16, has_top ? 5 : 4);
  arrays = sample_arrays (&weights, SAMPLE_TORCHVISION);
  sample_write_safetensors (path, arrays, SAMPLE_FLOAT32, metadata);
  return path;
}

/* Fails the test unless @message has the words, which "…" separates, in order. */
static void
assert_words (const char *message, const char *words)
{
  g_auto (GStrv) parts = g_strsplit (words, "…", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    ck_assert_msg (strstr (message, parts[i]) != NULL, "no \"%s\" in \"%s\"", parts[i], message);
}

START_TEST (class_names)
{
  g_autofree char *path = write_network (cases[_i].metadata, cases[_i].has_top);
  g_autofree char *beside = write_text ("net.classes.txt", cases[_i].beside);
  g_autofree char *named = write_text ("named.txt", cases[_i].named);
  g_autoptr (GbpNetwork) network = NULL;
  g_autoptr (GError) error = NULL;
  GbpLoadOptions options = GBP_LOAD_OPTIONS_INIT;

  options.weights = path;
  options.class_names = cases[_i].named != NULL ? named : NULL;
  network = gbp_network_load_full (&options, &error);
  if (cases[_i].words != NULL) {
    ck_assert_ptr_null (network);
    ck_assert (g_error_matches (error, GBP_ERROR, GBP_ERROR_READ));
    assert_words (error->message, cases[_i].words);
  } else {
    const char *const *names;

    ck_assert_msg (network != NULL, "%s", error != NULL ? error->message : "");
    names = gbp_network_get_class_names (network);
    ck_assert_str_eq (
        names != NULL ? names[2] : "none", cases[_i].third != NULL ? cases[_i].third : "none");
  }
  sample_clean ();
}
END_TEST

/* A file that is asked for has to be there. */
START_TEST (no_such_names)
{
  g_autofree char *path = write_network (NULL, TRUE), *named = sample_path ("none.txt");
  g_autoptr (GError) error = NULL;
  GbpLoadOptions options = GBP_LOAD_OPTIONS_INIT;

  options.weights = path;
  options.class_names = named;
  ck_assert_ptr_null (gbp_network_load_full (&options, &error));
  ck_assert (g_error_matches (error, GBP_ERROR, GBP_ERROR_NOT_FOUND));
  assert_words (error->message, "class names of \"…none.txt\": no such file");
  sample_clean ();
}
END_TEST

/* What Windows calls Unicode is no text for us, and neither is more than anybody's names take. */
START_TEST (no_text)
{
  static const char *const words[] = {"expected a text in UTF-8, found bytes of zero in it",
      "expected a text of at most 4194304 bytes, found 4194305"};
  g_autofree char *path = write_network (NULL, TRUE), *named = sample_path ("named.txt");
  g_autofree char *text = g_malloc ((4 << 20) + 1);
  g_autoptr (GError) error = NULL;
  GbpLoadOptions options = GBP_LOAD_OPTIONS_INIT;

  memset (text, '\n', (4 << 20) + 1);
  ck_assert (
      g_file_set_contents (named, _i == 0 ? "1\0\n\0" : text, _i == 0 ? 4 : (4 << 20) + 1, NULL));
  options.weights = path;
  options.class_names = named;
  ck_assert_ptr_null (gbp_network_load_full (&options, &error));
  assert_words (error->message, "class names of \"…named.txt\": ");
  assert_words (error->message, words[_i]);
  sample_clean ();
}
END_TEST

/* Names that change make another network, though the weights are the same. */
START_TEST (names_change)
{
  g_autofree char *path = write_network (NULL, TRUE);
  g_autofree char *beside = write_text ("net.classes.txt", "1\n2\n3\n4\n5");
  g_autoptr (GbpNetwork) network = gbp_network_load (path, GBP_PREPROCESS_AUTO, NULL);
  g_autoptr (GbpNetwork) same = gbp_network_load (path, GBP_PREPROCESS_AUTO, NULL);
  g_autoptr (GbpNetwork) other = NULL;

  ck_assert_ptr_nonnull (network);
  ck_assert_ptr_eq (network, same);
  ck_assert (g_file_set_contents (beside, "1\n2\nanother\n4\n5", -1, NULL));
  other = gbp_network_load (path, GBP_PREPROCESS_AUTO, NULL);
  ck_assert_str_eq (gbp_network_get_class_names (other)[2], "another");
  ck_assert_str_eq (gbp_network_get_class_names (network)[2], "3");
  sample_clean ();
}
END_TEST

/* Convolutions take any size, and dense layers the ones that they are made for.
 * @last: edge of the last map; 0: the size is refused */
static const struct {
  guint height;
  guint width;
  guint last_height;
  guint last_width;
  const char *words;
} sizes[] = {
    {64, 96, 4, 6, NULL},
    {231, 224, 14, 14, NULL},
    {0, 0, 14, 14, NULL},
    {64, 0, 0, 0, "expected an input of 1×1 to 8192×8192 pixels, found 0×64 asked for"},
    {9000, 64, 0, 0, "found 64×9000 asked for"},
};

START_TEST (input_size)
{
  g_autofree char *path = write_network (NULL, TRUE);
  g_autoptr (GError) error = NULL;
  g_autoptr (GbpNetwork) network = NULL;
  GbpLoadOptions options = GBP_LOAD_OPTIONS_INIT;
  guint height, width;

  options.weights = path;
  options.input_height = sizes[_i].height;
  options.input_width = sizes[_i].width;
  network = gbp_network_load_full (&options, &error);
  if (sizes[_i].words != NULL) {
    ck_assert_ptr_null (network);
    assert_words (error->message, sizes[_i].words);
  } else {
    ck_assert_msg (network != NULL, "%s", error != NULL ? error->message : "");
    gbp_network_get_input_size (network, &height, &width);
    ck_assert_uint_eq (height, sizes[_i].height != 0 ? sizes[_i].height : 224);
    ck_assert_uint_eq (width, sizes[_i].width != 0 ? sizes[_i].width : 224);
    ck_assert (gbp_network_get_layer_shape (network, "block5_conv3", &height, &width, NULL, NULL));
    ck_assert_uint_eq (height, sizes[_i].last_height);
    ck_assert_uint_eq (width, sizes[_i].last_width);
    ck_assert_int_eq (gbp_network_get_class_layer (network) != NULL, sizes[_i].height != 64);
    ck_assert_int_eq (gbp_network_get_notice (network) == NULL, sizes[_i].height != 64);
  }
  sample_clean ();
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"class names", class_names, G_N_ELEMENTS (cases)},
      {"no such names", no_such_names, 0},
      {"no text", no_text, 2},
      {"names change", names_change, 0},
      {"input size", input_size, G_N_ELEMENTS (sizes)},
  };

  return GBP_TEST_RUN ("classes and sizes", tests);
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Weights in several files, with the index that lists them. */
#include "harness.h"

#include <string.h>

#include "sample.h"

/* The two ways in which pieces are written. */
static const struct {
  SampleNames names;
  const char *pieces[2];
  const char *index;
  const char *format; /* of a member of the index */
} ways[] = {
    {SAMPLE_KERAS_NUMBERED, {"vgg_00000.weights.h5", "vgg_00001.weights.h5"}, "vgg.weights.json",
        "\"%u\": [\"%s\"]"},
    {SAMPLE_TORCHVISION, {"vgg-00001-of-00002.safetensors", "vgg-00002-of-00002.safetensors"},
        "vgg.safetensors.index.json", "\"%u\": \"%s\""},
};

static void
write_piece (const char *path, GPtrArray *arrays, SampleNames names)
{
  if (names == SAMPLE_TORCHVISION)
    sample_write_safetensors (path, arrays, SAMPLE_FLOAT32, NULL);
  else
    sample_write_hdf5 (path, arrays, SAMPLE_FLOAT32);
}

/* Returns: the index's path */
static char *
write_pieces (int way, GPtrArray *arrays)
{
  g_autoptr (GString) index =
      g_string_new ("{\"metadata\": {\"total_size\": 1}, \"weight_map\": {");
  char *path = sample_path (ways[way].index);

  for (guint p = 0; p < 2; p++) {
    g_autofree char *piece = sample_path (ways[way].pieces[p]);
    g_autoptr (GPtrArray) part = g_ptr_array_new ();

    for (guint i = 0; i < arrays->len; i++)
      if ((i % 3 == 0) == (p == 1))
        g_ptr_array_add (part, arrays->pdata[i]);
    write_piece (piece, part, ways[way].names);
    if (p > 0)
      g_string_append (index, ", ");
    g_string_append_printf (index, ways[way].format, p, ways[way].pieces[p]);
  }
  g_string_append (index, "}}");
  ck_assert (g_file_set_contents (path, index->str, -1, NULL));
  return path;
}

/* Each array is read from its own file. */
START_TEST (whole)
{
  g_auto (GbpWeights) weights = {0};
  g_autoptr (GPtrArray) arrays = NULL;
  g_autoptr (GbpNetwork) network = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;

  sample_weights (&weights, GBP_ARCHITECTURE_VGG19, 5);
  arrays = sample_arrays (&weights, ways[_i].names);
  path = write_pieces (_i, arrays);
  network = gbp_network_load (path, GBP_PREPROCESS_AUTO, &error);
  ck_assert_msg (network != NULL, "%s", error != NULL ? error->message : "");
  sample_assert_weights (network, &weights);
  sample_clean ();
}
END_TEST

/* One of them says that it is one, and what to load in its place. */
START_TEST (one_alone)
{
  g_auto (GbpWeights) weights = {0};
  g_autoptr (GPtrArray) arrays = NULL;
  g_autofree char *path = NULL, *piece = sample_path (ways[_i].pieces[0]);
  g_autofree char *words = g_strdup_printf (
      "expected whole weights, found one piece of several; load their index, %s", ways[_i].index);

  sample_weights (&weights, GBP_ARCHITECTURE_VGG19, 5);
  arrays = sample_arrays (&weights, ways[_i].names);
  path = write_pieces (_i, arrays);
  sample_assert_error (piece, GBP_ERROR_READ, words);
  sample_clean ();
}
END_TEST

/* Where the index is missing, what there is of the network is good, and it says so; whole weights may have any name. */
START_TEST (without_index)
{
  g_auto (GbpWeights) weights = {0};
  g_autoptr (GPtrArray) arrays = NULL;
  g_autoptr (GbpNetwork) network = NULL;
  g_autofree char *piece = sample_path (ways[0].pieces[0]);
  gboolean is_whole = _i == 1;

  sample_weights (&weights, GBP_ARCHITECTURE_VGG19, is_whole ? 5 : 3);
  arrays = sample_arrays (&weights, ways[0].names);
  write_piece (piece, arrays, ways[0].names);
  network = gbp_network_load (piece, GBP_PREPROCESS_AUTO, NULL);
  ck_assert_ptr_nonnull (network);
  if (is_whole)
    ck_assert_ptr_null (gbp_network_get_notice (network));
  else
    ck_assert_ptr_nonnull (strstr (
        gbp_network_get_notice (network), "one piece of several, whose index is not there"));
  sample_clean ();
}
END_TEST

static const struct {
  const char *index;
  GbpError code;
  const char *words;
} wrongs[] = {
    {"{\"weight_map\": {\"a\": \"missing.weights.h5\"}}", GBP_ERROR_NOT_FOUND,
        "piece missing.weights.h5: no such file"},
    {"{\"weight_map\": {\"a\": \"../other.weights.h5\"}}", GBP_ERROR_READ,
        "weight_map: expected the names of up to 1000 files beside the index, found ../other.weights.h5"},
    {"{\"weight_map\": {\"a\": [7]}}", GBP_ERROR_READ, "files beside the index, found no name"},
    {"{\"weight_map\": {\"a\": \"..\"}}", GBP_ERROR_READ,
        "piece ..: expected a file, found a directory"},
    {"{\"weight_map\": {}}", GBP_ERROR_READ, "expected an index of weights, with a weight_map"},
    {"{\"metadata\": {\"total_size\": 5}}", GBP_ERROR_READ,
        "with a weight_map, found JSON without"},
    {"{\"weight_map\": {", GBP_ERROR_READ, "expected"},
    {" {\"weight_map\": {\"a\": \"empty\"}}", GBP_ERROR_READ, "it is truncated"},
};

START_TEST (wrong_index)
{
  g_autofree char *path = sample_path ("wrong.weights.json"), *empty = sample_path ("empty");

  ck_assert (g_file_set_contents (path, wrongs[_i].index, -1, NULL));
  ck_assert (g_file_set_contents (empty, "", 0, NULL));
  sample_assert_error (path, wrongs[_i].code, wrongs[_i].words);
  sample_clean ();
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"whole", whole, 2},
      {"one alone", one_alone, 2},
      {"without index", without_index, 2},
      {"wrong index", wrong_index, G_N_ELEMENTS (wrongs)},
  };

  return GBP_TEST_RUN ("weights in pieces", tests);
}

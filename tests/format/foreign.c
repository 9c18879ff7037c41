/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Files, folders and what is neither, that are no weights: each is named, with the way out where there is one. */
#include "harness.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sample.h"

/* A text whose bytes may be zero. */
#define BYTES(text) text, sizeof (text) - 1

static const struct {
  const char *bytes;
  gsize length;
  const char *words;
} contents[] = {
    {"", 0, "found an empty file"},
    {BYTES ("x"), "expected Keras weights…ONNX or safetensors, found another kind of file"},
    {BYTES ("just some words, and more of them"), "found another kind of file"},
    {BYTES ("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."), "found a PyTorch pickle"},
    {BYTES ("\x80\x04\x95\x00"), "found a Python pickle"},
    {BYTES ("version https://git-lfs.github.com/spec/v1\noid sha256:1\n"), "Git LFS pointer"},
    {BYTES ("<!DOCTYPE html><html></html>"), "found a web page"},
    {BYTES ("\x1f\x8b\x08\x00"), "found a gzip archive; unpack it"},
    {BYTES ("<?xml version=\"1.0\"?>\n<net name=\"x\">"),
        "found an OpenVINO model; take the ONNX file"},
    {BYTES ("7767517\n75 83\nInput data 0 1 data"), "found an ncnn model; take the ONNX file"},
    {BYTES ("\x1c\0\0\0TFL3\x14\0\x20\0"), "found a TensorFlow Lite model; save the Keras model"},
    {BYTES ("GGUF\x03\0\0\0"), "found a GGUF file; save its arrays as safetensors"},
    {BYTES ("\x93NUMPY\x01\0"), "found a NumPy array; save all"},
    {BYTES ("7z\xbc\xaf\x27\x1c\0\x04"), "found a 7z archive; unpack it"},
    {BYTES ("\xfd"
            "7zXZ\0\0\x04"),
        "found an xz archive; unpack it"},
    {BYTES ("\x89HDF\r\n\x1a\n"), "not a readable HDF5 file"},
    {BYTES ("\x89HDF\r\n\x1a\n and what is no superblock at all, for as many bytes as one has"),
        "not a readable HDF5 file"},
    {BYTES ("PK\x03\x04 and no more"), "not a readable .keras (zip) file"},
    {BYTES ("PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), "found a zip without"},
    {BYTES ("\x20\0\0\0\0\0\0\0{}"), "expected at most 2 bytes, found a length of 32"},
    {BYTES ("\xff\xff\xff\xff\xff\xff\xff\xff{}"), "found a length of 18446744073709551615"},
    {BYTES ("\x02\0\0\0\0\0\0\0{]"), "safetensors header: expected a JSON object: "},
    {BYTES ("\x02\0\0\0\0\0\0\0{\xff"), "expected a JSON object: unable to decode byte 0xff"},
    {BYTES ("\x02\0\0\0\0\0\0\0{}"), "expected arrays of VGG's layers…found no array at all"},
};

START_TEST (foreign_content)
{
  g_autofree char *path = sample_path ("content");

  ck_assert (g_file_set_contents (path, contents[_i].bytes, (gssize) contents[_i].length, NULL));
  sample_assert_error (path, GBP_ERROR_READ, contents[_i].words);
  sample_clean ();
}
END_TEST

START_TEST (no_file_at_all)
{
  g_autofree char *directory = sample_path ("directory"), *pipe = sample_path ("pipe");
  g_autofree char *loop = sample_path ("loop");
  g_autofree char *model = g_build_filename (directory, "saved_model.pb", NULL);

  ck_assert_int_eq (g_mkdir (directory, 0700), 0);
  ck_assert_int_eq (mkfifo (pipe, 0600), 0);
  ck_assert_int_eq (symlink (loop, loop), 0);
  sample_assert_error (directory, GBP_ERROR_READ, "expected a file, found a directory");
  ck_assert (g_file_set_contents (model, "x", 1, NULL));
  sample_assert_error (
      directory, GBP_ERROR_READ, "found a directory, a TensorFlow SavedModel; save");
  sample_assert_error (pipe, GBP_ERROR_READ, "expected a file, found a pipe or device");
  sample_assert_error (loop, GBP_ERROR_READ, "cannot be opened: ");
  g_remove (model);
  sample_clean ();
}
END_TEST

static const struct {
  const char *entry;
  gsize length; /* of an entry of zeros */
  const char *words;
} entries[] = {
    {"config.json", 9,
        "expected a .keras (zip) file with model.weights.h5 in it, found a zip without"},
    {"archive/data.pkl", 9, "found a PyTorch pickle"},
    {"block1_conv1.npy", 9, "found NumPy's arrays; save them as safetensors"},
    {"net/saved_model.pb", 9, "found a TensorFlow SavedModel; save the model as .keras"},
    {"model.weights.h5", 0, "model.weights.h5: expected an HDF5 file, found it empty"},
    {"model.weights.h5", 99, "model.weights.h5: expected an HDF5 file, found another kind"},
};

START_TEST (foreign_zip)
{
  g_autofree char *path = sample_path ("foreign.keras"), *inner = sample_path ("inner");
  g_autofree char *zeros = g_malloc0 (entries[_i].length + 1);

  ck_assert (g_file_set_contents (inner, zeros, (gssize) entries[_i].length, NULL));
  sample_write_zip (path, entries[_i].entry, inner, TRUE);
  sample_assert_error (path, GBP_ERROR_READ, entries[_i].words);
  sample_clean ();
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"foreign content", foreign_content, G_N_ELEMENTS (contents)},
      {"no file at all", no_file_at_all, 0},
      {"foreign zip", foreign_zip, G_N_ELEMENTS (entries)},
  };

  return GBP_TEST_RUN ("format/foreign", tests);
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/foreign.h"

#include <string.h>

#define CONVERTED "; take the ONNX file that it was converted from"

/* Files that people take for weights, by bytes near their beginning, and the way out; the last that fits counts. */
static const struct {
  guint offset;
  const char *bytes;
  const char *what;
} files[] = {
    {0, "\x80\x02", "a PyTorch pickle; save its state_dict as safetensors"},
    {0, "\x80\x03", "a Python pickle; save its arrays as safetensors"},
    {0, "\x80\x04", "a Python pickle; save its arrays as safetensors"},
    {0, "\x80\x05", "a Python pickle; save its arrays as safetensors"},
    {0, "version https://git-lfs", "a Git LFS pointer; git lfs pull fetches the file itself"},
    {0, "<", "a web page or XML; a download may have failed"},
    {0, "<?xml version=\"1.0\"?>\n<net", "an OpenVINO model" CONVERTED},
    {0, "7767517\n", "an ncnn model" CONVERTED},
    {4, "TFL3",
        "a TensorFlow Lite model; save the Keras model that it was converted from as .keras"},
    {0, "GGUF", "a GGUF file; save its arrays as safetensors"},
    {0, "\x93NUMPY", "a NumPy array; save all of the network's arrays as one safetensors file"},
    {0, "\x1f\x8b", "a gzip archive; unpack it"},
    {0, "7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it"},
    {0,
        "\xfd"
        "7zXZ",
        "an xz archive; unpack it"},
};

/* Zip files that people take for weights, by the end of a member's name. */
static const struct {
  const char *suffix;
  const char *what;
} members[] = {
    {"data.pkl", "a PyTorch pickle; save its state_dict as safetensors"},
    {".npy", "NumPy's arrays; save them as safetensors"},
    {"saved_model.pb", "a TensorFlow SavedModel; save the model as .keras, or as ONNX by tf2onnx"},
};

const char *
gbp_foreign_describe (const guint8 *bytes)
{
  const char *found = "another kind of file";

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    if (memcmp (bytes + files[i].offset, files[i].bytes, strlen (files[i].bytes)) == 0)
      found = files[i].what;
  return found;
}

const char *
gbp_foreign_describe_member (const char *name, gsize length)
{
  for (guint i = 0; i < G_N_ELEMENTS (members); i++) {
    gsize n = strlen (members[i].suffix);

    if (length >= n && memcmp (name + length - n, members[i].suffix, n) == 0)
      return members[i].what;
  }
  return NULL;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Weight files of the tests' own making, in every format that the readers know. */
#pragma once

#include "network/network.h"

/* One array of a file. @values (owned) are in the order of @shape. */
typedef struct {
  char *name;
  char *label; /* Keras 3: the layer's name */
  guint rank;
  guint64 shape[4];
  float *values;
} SampleArray;

/* How a file names its arrays, and orders kernels with it. */
typedef enum {
  SAMPLE_KERAS_PUBLISHED, /* block1_conv1/block1_conv1_W_1:0 */
  SAMPLE_KERAS_LATER,     /* block1_conv1/block1_conv1/kernel */
  SAMPLE_KERAS_MODEL, /* model_weights/vgg19/block1_conv1/kernel:0, beside an optimizer's state */
  SAMPLE_KERAS_NUMBERED, /* layers/conv2d_7/vars/0, from number 7 on */
  SAMPLE_KERAS_3,        /* layers/conv2d/vars/0, with the layer's name as attribute of vars */
  SAMPLE_TORCHVISION,    /* features.0.weight */
  SAMPLE_TIMM,           /* module.features.0.weight, pre_logits.fc1.weight as convolution */
} SampleNames;

/* How the numbers are stored. */
typedef enum {
  SAMPLE_FLOAT32,
  SAMPLE_FLOAT64,
  SAMPLE_FLOAT16,
  SAMPLE_BFLOAT16, /* safetensors only */
  SAMPLE_PACKED,   /* HDF5 only: 32 bits, in chunks, shuffled, deflated, with a checksum */
  SAMPLE_CHECKED,  /* HDF5 only: 32 bits, in chunks, with a checksum */
} SampleStorage;

/* A seeded network of widths 1, 2, 2, 3, 3, dense 4, 5 classes; with fewer than 5 of its blocks it has
 * no top. Its values fit every storage exactly. */
void sample_weights (GbpWeights *weights, GbpArchitecture architecture, guint n_blocks);

/* (transfer full) (element-type SampleArray) */
GPtrArray *sample_arrays (const GbpWeights *weights, SampleNames names);

/* The same of nothing: for sample_add(). */
GPtrArray *sample_arrays_new (void);

/* The array with this name, which must be there. */
SampleArray *sample_find (GPtrArray *arrays, const char *name);
void sample_remove (GPtrArray *arrays, const char *name);

/* Adds an array of zeros. */
void sample_add (GPtrArray *arrays, const char *name, guint rank, const guint64 *shape);

/* A path in a directory of this process, which sample_clean() removes with what is in it. */
char *sample_path (const char *name);
void sample_clean (void);

void sample_write_hdf5 (const char *path, GPtrArray *arrays, SampleStorage storage);

/* @metadata: (nullable): JSON's text of the object __metadata__ */
void sample_write_safetensors (
    const char *path, GPtrArray *arrays, SampleStorage storage, const char *metadata);

/* Puts the file at @content into a zip as @entry. */
void sample_write_zip (const char *path, const char *entry, const char *content, gboolean deflated);

/* Adds an entry to a zip and to the directory that is to end it. */
void sample_zip_add (GByteArray *zip, GByteArray *directory, const char *entry, const char *content,
    gsize length, gboolean deflated);
void sample_zip_end (GByteArray *zip, const GByteArray *directory, guint n_entries);

/* Fails the test unless loading @path fails with @code, and a message with the file's name and
 * @words; several, which stand in this order, are separated by "…". */
void sample_assert_error (const char *path, GbpError code, const char *words);

/* Fails the test unless @network has exactly @weights. */
void sample_assert_weights (const GbpNetwork *network, const GbpWeights *weights);

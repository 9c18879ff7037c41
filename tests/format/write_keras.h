/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Files of Keras 3 of the tests' own making, from a model's configuration and arrays. */
#pragma once

#include "format/description.h"
#include "sample.h"

/* Of layers in a configuration, where ' stands for ". */
#define INPUT                                                                                      \
  "{'class_name': 'InputLayer', 'name': 'i', 'config': {'name': 'i', 'batch_shape': [null, 8, 6, 3]}, 'inbound_nodes': []}"
#define LAYER(kind, name, config, from)                                                            \
  ", {'class_name': '" kind "', 'name': '" name "', 'config': {'name': '" name "'" config          \
  "}, 'inbound_nodes': [[['" from "', 0, 0, {}]]]}"
#define MODEL(layers, last)                                                                        \
  "{'class_name': 'Functional', 'config': {'name': 'm', 'layers': [" INPUT layers                  \
  "], 'input_layers': [['i', 0, 0]], 'output_layers': [['" last "', 0, 0]]}}"
#define SEQUENTIAL(layers)                                                                         \
  "{'class_name': 'Sequential', 'config': {'name': 's', 'layers': [" INPUT layers "]}}"
#define STEP(kind, config) ", {'class_name': '" kind "', 'config': {" config "}}"

/* (transfer full): arrays of zeros, of "NAME RANK SIZE…" in each line. */
GPtrArray *keras_make_arrays (const char *text);

/* Describes a .keras with @config, where ' stands for ", and @arrays. */
gboolean keras_read (
    const char *config, GPtrArray *arrays, GbpDescription *description, GError **error);

/* Likewise, of a Keras of @version. */
gboolean keras_read_of (const char *version, const char *config, GPtrArray *arrays,
    GbpDescription *description, GError **error);

/* The one operation that is read of @config, (transfer none); fails the test where there is none, or are more. */
const GbpOperation *keras_read_one (
    const char *config, GPtrArray *arrays, GbpDescription *description);

/* Fails the test unless what is read of @config ends with a refusal that begins with @refusal. */
void keras_assert_refusal (const char *config, GPtrArray *arrays, const char *refusal);

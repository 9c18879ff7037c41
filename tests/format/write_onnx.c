/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "write_onnx.h"

#include <check.h>
#include <string.h>

/* Types of fields. */
#define NUMBER  0
#define BYTES   2
#define BITS_32 5

/* Types of tensors and of attributes. */
#define FLOATS          1
#define INT64S          7
#define ATTRIBUTE_FLOAT 1
#define ATTRIBUTE_INT   2
#define ATTRIBUTE_TEXT  3
#define ATTRIBUTE_GRAPH 5
#define ATTRIBUTE_INTS  7

static void
append_number (GByteArray *to, guint64 number)
{
  do {
    guint8 byte = (guint8) ((number & 0x7f) | (number > 0x7f ? 0x80 : 0));

    g_byte_array_append (to, &byte, 1);
    number >>= 7;
  } while (number > 0);
}

static void
add_number (GByteArray *to, guint field, guint64 number)
{
  append_number (to, field << 3 | NUMBER);
  append_number (to, number);
}

static void
add_bytes (GByteArray *to, guint field, gconstpointer bytes, gsize n_bytes)
{
  append_number (to, field << 3 | BYTES);
  append_number (to, n_bytes);
  g_byte_array_append (to, bytes, (guint) n_bytes);
}

static void
add_text (GByteArray *to, guint field, const char *text)
{
  add_bytes (to, field, text, strlen (text));
}

/* @message: (transfer full) */
static void
add_message (GByteArray *to, guint field, GByteArray *message)
{
  add_bytes (to, field, message->data, message->len);
  g_byte_array_unref (message);
}

OnnxFile *
onnx_new (void)
{
  OnnxFile *file = g_new (OnnxFile, 1);

  *file = (OnnxFile){g_byte_array_new (), g_byte_array_new ()};
  return file;
}

void
onnx_free (OnnxFile *file)
{
  g_byte_array_unref (file->graph);
  g_byte_array_unref (file->metadata);
  g_free (file);
}

void
onnx_add_input (OnnxFile *file, const char *name, guint rank, const guint64 *shape)
{
  GByteArray *value = g_byte_array_new (), *type = g_byte_array_new ();
  GByteArray *tensor = g_byte_array_new (), *dimensions = g_byte_array_new ();

  for (guint i = 0; i < rank; i++) {
    GByteArray *dimension = g_byte_array_new ();

    if (shape[i] > 0)
      add_number (dimension, 1, shape[i]);
    else
      add_text (dimension, 2, "free");
    add_message (dimensions, 1, dimension);
  }
  add_number (tensor, 1, FLOATS);
  add_message (tensor, 2, dimensions);
  add_message (type, 1, tensor);
  add_text (value, 1, name);
  add_message (value, 2, type);
  add_message (file->graph, 11, value);
}

void
onnx_add_output (OnnxFile *file, const char *name)
{
  GByteArray *value = g_byte_array_new ();

  add_text (value, 1, name);
  add_message (file->graph, 12, value);
}

/* Begins a TensorProto. */
static GByteArray *
begin_tensor (const char *name, guint type, guint rank, const guint64 *shape)
{
  GByteArray *tensor = g_byte_array_new ();

  for (guint i = 0; i < rank; i++)
    add_number (tensor, 1, shape[i]);
  add_number (tensor, 2, type);
  add_text (tensor, 8, name);
  return tensor;
}

void
onnx_add_floats (
    OnnxFile *file, const char *name, guint rank, const guint64 *shape, const float *values)
{
  GByteArray *tensor = begin_tensor (name, FLOATS, rank, shape);
  gsize n = 1;

  for (guint i = 0; i < rank; i++)
    n *= shape[i];
  add_bytes (tensor, 9, values, n * sizeof *values);
  add_message (file->graph, 5, tensor);
}

void
onnx_add_zeros (OnnxFile *file, const char *name, guint rank, const guint64 *shape)
{
  g_autofree float *values = NULL;
  gsize n = 1;

  for (guint i = 0; i < rank; i++)
    n *= shape[i];
  values = g_new0 (float, n);
  onnx_add_floats (file, name, rank, shape, values);
}

void
onnx_add_integers (OnnxFile *file, const char *name, guint n, const gint64 *numbers)
{
  GByteArray *tensor = begin_tensor (name, INT64S, 1, (guint64[]){n});

  for (guint i = 0; i < n; i++)
    add_number (tensor, 7, (guint64) numbers[i]);
  add_message (file->graph, 5, tensor);
}

static GByteArray *
make_entry (const char *key, const char *value)
{
  GByteArray *entry = g_byte_array_new ();

  add_text (entry, 1, key);
  add_text (entry, 2, value);
  return entry;
}

void
onnx_add_external (
    OnnxFile *file, const char *name, guint64 n, const char *location, guint64 offset)
{
  GByteArray *tensor = begin_tensor (name, FLOATS, 1, &n);
  g_autofree char *at = g_strdup_printf ("%" G_GUINT64_FORMAT, offset);

  add_message (tensor, 13, make_entry ("location", location));
  add_message (tensor, 13, make_entry ("offset", at));
  add_number (tensor, 14, 1);
  add_message (file->graph, 5, tensor);
}

void
onnx_add_metadata (OnnxFile *file, const char *key, const char *value)
{
  add_message (file->metadata, 14, make_entry (key, value));
}

void
onnx_add_node (OnnxFile *file, const char *kind, const char *name, const char *inputs,
    const char *outputs, GByteArray *attributes)
{
  GByteArray *node = g_byte_array_new ();
  g_auto (GStrv) in = g_strsplit (inputs, " ", -1), out = g_strsplit (outputs, " ", -1);

  for (guint i = 0; in[i] != NULL; i++)
    add_text (node, 1, strcmp (in[i], "-") == 0 ? "" : in[i]);
  for (guint i = 0; out[i] != NULL; i++)
    add_text (node, 2, out[i]);
  if (name != NULL)
    add_text (node, 3, name);
  add_text (node, 4, kind);
  if (attributes != NULL) {
    g_byte_array_append (node, attributes->data, attributes->len);
    g_byte_array_unref (attributes);
  }
  add_message (file->graph, 1, node);
}

static GByteArray *
begin_attribute (const char *name, guint type)
{
  GByteArray *attribute = g_byte_array_new ();

  add_text (attribute, 1, name);
  add_number (attribute, 20, type);
  return attribute;
}

/* @attribute: (transfer full) */
static GByteArray *
end_attribute (GByteArray *attributes, GByteArray *attribute)
{
  if (attributes == NULL)
    attributes = g_byte_array_new ();
  add_message (attributes, 5, attribute);
  return attributes;
}

GByteArray *
onnx_int (GByteArray *attributes, const char *name, gint64 number)
{
  GByteArray *attribute = begin_attribute (name, ATTRIBUTE_INT);

  add_number (attribute, 3, (guint64) number);
  return end_attribute (attributes, attribute);
}

GByteArray *
onnx_float (GByteArray *attributes, const char *name, float number)
{
  GByteArray *attribute = begin_attribute (name, ATTRIBUTE_FLOAT);

  append_number (attribute, 2 << 3 | BITS_32);
  g_byte_array_append (attribute, (const guint8 *) &number, sizeof number);
  return end_attribute (attributes, attribute);
}

GByteArray *
onnx_text (GByteArray *attributes, const char *name, const char *text)
{
  GByteArray *attribute = begin_attribute (name, ATTRIBUTE_TEXT);

  add_text (attribute, 4, text);
  return end_attribute (attributes, attribute);
}

GByteArray *
onnx_ints (GByteArray *attributes, const char *name, guint n, const gint64 *numbers)
{
  GByteArray *attribute = begin_attribute (name, ATTRIBUTE_INTS);

  for (guint i = 0; i < n; i++)
    add_number (attribute, 8, (guint64) numbers[i]);
  return end_attribute (attributes, attribute);
}

GByteArray *
onnx_branch (GByteArray *attributes, const char *name, const OnnxFile *branch, const char *output)
{
  GByteArray *attribute = begin_attribute (name, ATTRIBUTE_GRAPH), *graph = g_byte_array_new ();
  GByteArray *value = g_byte_array_new ();

  g_byte_array_append (graph, branch->graph->data, branch->graph->len);
  add_text (value, 1, output);
  add_message (graph, 12, value);
  add_message (attribute, 6, graph);
  return end_attribute (attributes, attribute);
}

GByteArray *
onnx_end (const OnnxFile *file, guint64 opset)
{
  GByteArray *model = g_byte_array_new (), *version = g_byte_array_new ();

  add_number (model, 1, 8);
  add_text (model, 2, "test");
  add_bytes (model, 7, file->graph->data, file->graph->len);
  add_text (version, 1, "");
  add_number (version, 2, opset);
  add_message (model, 8, version);
  g_byte_array_append (model, file->metadata->data, file->metadata->len);
  return model;
}

GByteArray *
onnx_parse_attributes (const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  GByteArray *attributes = NULL;

  for (guint i = 0; words[i] != NULL && *words[i] != '\0'; i++) {
    char *sign = strpbrk (words[i], "=:");
    gboolean is_text = *sign == '=';
    g_auto (GStrv) numbers = NULL;
    gint64 parsed[8] = {0};

    *sign++ = '\0';
    numbers = g_strsplit (sign + (*sign == '['), ",", -1);
    for (guint k = 0; numbers[k] != NULL && k < G_N_ELEMENTS (parsed); k++)
      parsed[k] = g_ascii_strtoll (numbers[k], NULL, 10);
    if (is_text)
      attributes = onnx_text (attributes, words[i], sign);
    else if (*sign == '[')
      attributes = onnx_ints (attributes, words[i], g_strv_length (numbers), parsed);
    else
      attributes = onnx_int (attributes, words[i], parsed[0]);
  }
  return attributes;
}

/* Adds a constant for each input that is a number, called like it. */
static void
add_number_inputs (OnnxFile *file, const char *inputs, GHashTable *numbers)
{
  g_auto (GStrv) names = g_strsplit (inputs, " ", -1);

  for (guint i = 0; names[i] != NULL; i++) {
    float number = (float) g_ascii_strtod (names[i], NULL);

    if (!g_ascii_isdigit (names[i][0]) || !g_hash_table_add (numbers, g_strdup (names[i])))
      continue;
    onnx_add_floats (file, names[i], 0, NULL, &number);
  }
}

void
onnx_add_lines (OnnxFile *file, const char *text)
{
  g_autoptr (GHashTable) numbers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++) {
    g_auto (GStrv) sides = g_strsplit (lines[i], " > ", 2);
    g_auto (GStrv) words = g_strsplit (sides[0], " ", 2), ends = g_strsplit (sides[1], " | ", 2);

    add_number_inputs (file, words[1], numbers);
    onnx_add_node (file, words[0], NULL, words[1], ends[0],
        ends[1] != NULL ? onnx_parse_attributes (ends[1]) : NULL);
  }
}

gboolean
onnx_read (OnnxFile *file, guint64 opset, GbpDescription *description, GError **error)
{
  g_autoptr (GByteArray) bytes = NULL;
  GbpSource source = {.fd = -1};
  GbpDescribed described = {.source = &source};

  onnx_add_output (file, "y");
  bytes = onnx_end (file, opset);
  source.memory = bytes->data;
  source.size = bytes->len;
  return gbp_describe (&described, description, error);
}

void
onnx_assert_read (OnnxFile *file, guint64 opset, GbpDescription *description)
{
  g_autoptr (GError) error = NULL;

  ck_assert_msg (
      onnx_read (file, opset, description, &error), "%s", error != NULL ? error->message : "");
}

OnnxFile *
onnx_new_of_image (guint64 height, guint64 width)
{
  OnnxFile *file = onnx_new ();

  onnx_add_input (file, "x", 4, (guint64[]){1, 3, height, width});
  return file;
}

const char *
onnx_find_refusal (OnnxFile *file, guint64 opset, GbpDescription *description)
{
  onnx_assert_read (file, opset, description);
  return description->refusal;
}

const GbpOperation *
onnx_get_last (const GbpDescription *description, guint *n)
{
  const GbpOperation *operations = gbp_graph_get_operations (description->graph, n);

  return &operations[*n - 1];
}

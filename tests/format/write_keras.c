/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "write_keras.h"

#include <check.h>
#include <string.h>

static char *
make_text (const char *config)
{
  return g_strdelimit (g_strdup (config), "'", '"');
}

GPtrArray *
keras_make_arrays (const char *text)
{
  GPtrArray *arrays = sample_arrays_new ();
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++) {
    g_auto (GStrv) words = g_strsplit (lines[i], " ", -1);
    guint64 shape[4] = {0};
    guint rank = (guint) g_ascii_strtoull (words[1], NULL, 10);

    for (guint s = 0; s < rank; s++)
      shape[s] = g_ascii_strtoull (words[2 + s], NULL, 10);
    sample_add (arrays, words[0], rank, shape);
  }
  return arrays;
}

/* The bytes of a .keras with @config and @arrays. @version: (nullable) */
static GByteArray *
make_file (const char *version, const char *config, GPtrArray *arrays)
{
  GByteArray *zip = g_byte_array_new ();
  g_autoptr (GByteArray) directory = g_byte_array_new ();
  g_autofree char *path = sample_path ("inner.weights.h5"), *bytes = NULL,
                  *text = make_text (config);
  gsize length;

  sample_write_hdf5 (path, arrays, SAMPLE_FLOAT32);
  ck_assert (g_file_get_contents (path, &bytes, &length, NULL));
  sample_zip_add (zip, directory, "config.json", text, strlen (text), TRUE);
  if (version != NULL) {
    g_autofree char *metadata = g_strdup_printf ("{\"keras_version\": \"%s\"}", version);

    sample_zip_add (zip, directory, "metadata.json", metadata, strlen (metadata), FALSE);
  }
  sample_zip_add (zip, directory, "model.weights.h5", bytes, length, FALSE);
  sample_zip_end (zip, directory, 2);
  sample_clean ();
  return zip;
}

gboolean
keras_read_of (const char *version, const char *config, GPtrArray *arrays,
    GbpDescription *description, GError **error)
{
  g_autoptr (GByteArray) bytes = make_file (version, config, arrays);
  GbpSource source = {.fd = -1, .memory = bytes->data, .size = bytes->len};
  GbpDescribed described = {.source = &source};

  return gbp_describe (&described, description, error);
}

gboolean
keras_read (const char *config, GPtrArray *arrays, GbpDescription *description, GError **error)
{
  return keras_read_of (NULL, config, arrays, description, error);
}

const GbpOperation *
keras_read_one (const char *config, GPtrArray *arrays, GbpDescription *description)
{
  const GbpOperation *operations;
  guint n;

  ck_assert (keras_read (config, arrays, description, NULL));
  ck_assert_msg (description->refusal == NULL, "%s", description->refusal);
  operations = gbp_graph_get_operations (description->graph, &n);
  ck_assert_uint_eq (n, 1);
  return operations;
}

void
keras_assert_refusal (const char *config, GPtrArray *arrays, const char *refusal)
{
  g_auto (GbpDescription) description = {0};

  ck_assert (keras_read (config, arrays, &description, NULL));
  ck_assert_ptr_nonnull (description.refusal);
  ck_assert_msg (g_str_has_prefix (description.refusal, refusal), "%s", description.refusal);
}

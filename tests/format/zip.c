/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Zips: what others write is read as it is, what lies is refused before it takes memory. */
#include "harness.h"

#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "format/description.h"
#include "format/keras.h"
#include "sample.h"

#define WEIGHTS "model.weights.h5"

/* (transfer full): an HDF5 file of one block. */
static char *
make_hdf5 (gsize *length)
{
  g_auto (GbpWeights) weights = {0};
  g_autoptr (GPtrArray) arrays = NULL;
  g_autofree char *path = sample_path ("inner.h5");
  char *bytes;

  sample_weights (&weights, GBP_ARCHITECTURE_VGG19, 1);
  arrays = sample_arrays (&weights, SAMPLE_KERAS_3);
  sample_write_hdf5 (path, arrays, SAMPLE_FLOAT32);
  ck_assert (g_file_get_contents (path, &bytes, length, NULL));
  return bytes;
}

/* (transfer full): a good .keras, as Keras writes it. */
static GByteArray *
make_keras (gboolean deflated)
{
  GByteArray *zip = g_byte_array_new ();
  g_autoptr (GByteArray) directory = g_byte_array_new ();
  g_autofree char *bytes = NULL;
  gsize length;

  bytes = make_hdf5 (&length);
  sample_zip_add (zip, directory, "metadata.json", "{}", 2, deflated);
  sample_zip_add (zip, directory, WEIGHTS, bytes, length, deflated);
  sample_zip_end (zip, directory, 2);
  return zip;
}

static void
assert_refused (const GByteArray *zip, const char *words)
{
  g_autofree char *path = sample_path ("refused.keras");

  ck_assert (g_file_set_contents (path, (const char *) zip->data, zip->len, NULL));
  sample_assert_error (path, GBP_ERROR_READ, words);
}

/* The bytes of @zip from the last @signature on. */
static guint8 *
find_record (GByteArray *zip, guint16 signature)
{
  for (guint i = zip->len - 4; i > 0; i--)
    if (zip->data[i] == 'P' && zip->data[i + 1] == 'K' && zip->data[i + 2] == (signature & 0xff)
        && zip->data[i + 3] == signature >> 8)
      return zip->data + i;
  ck_abort_msg ("no such record");
  return NULL;
}

/* Records, by the two bytes behind "PK". The last ones are those of the weights. */
enum {
  ENTRY = 0x0201,
  HEADER = 0x0403,
  END = 0x0605
};

/* @offset, @n_bytes: where the record gets @value */
static const struct {
  gboolean deflated;
  guint16 record;
  guint offset;
  guint n_bytes;
  guint64 value;
  const char *words;
} lies[] = {
    {TRUE, ENTRY, 8, 2, 1, "it is encrypted"},
    {TRUE, ENTRY, 10, 2, 14, "stored or deflated, found method 14"}, /* LZMA */
    {TRUE, ENTRY, 10, 2, 93, "stored or deflated, found method 93"}, /* Zstandard */
    {TRUE, ENTRY, 10, 2, 98, "stored or deflated, found method 98"}, /* PPMd */
    {TRUE, ENTRY, 10, 2, 0, "two sizes for an entry that is stored"},
    {FALSE, ENTRY, 10, 2, 8, "header contradicts its directory"},
    {FALSE, ENTRY, 16, 4, 1, WEIGHTS ": expected bytes of checksum 00000001, found"},
    {TRUE, ENTRY, 16, 4, 1, WEIGHTS ": expected bytes of checksum 00000001, found"},
    {TRUE, ENTRY, 24, 4, 0xfffffff0,
        WEIGHTS ": expected its…to unpack to at most…found 4294967280"},
    {TRUE, ENTRY, 24, 4, 0xffffffff,
        WEIGHTS ": expected its…to unpack to at most…found 4294967295"},
    {TRUE, ENTRY, 24, 4, 1000, "expected deflated bytes, found more of them than the file says"},
    {TRUE, ENTRY, 24, 4, 1000000,
        "expected deflated bytes, found fewer of them than the file says"},
    {TRUE, ENTRY, 20, 4, 1 << 30, "expected 1073741824 bytes in an entry of the .keras (zip) file"},
    {TRUE, ENTRY, 20, 4, 700, "expected deflated bytes, found that they end early"},
    {TRUE, ENTRY, 20, 4, 1, "expected deflated bytes, found damaged ones"},
    {TRUE, ENTRY, 28, 2, 0xffff, "its directory is damaged"},
    {TRUE, ENTRY, 30, 2, 0xffff, "its directory is damaged"},
    {TRUE, ENTRY, 42, 4, 0xfffffff0, "an entry is not where its directory says"},
    {TRUE, ENTRY, 42, 4, 3, "an entry's header contradicts its directory"},
    {TRUE, HEADER, 30, 1, 'M', "an entry's header contradicts its directory"},
    {TRUE, HEADER, 28, 2, 0xffff, "expected…bytes in an entry of the .keras (zip) file, found 0"},
    {TRUE, END, 4, 2, 7, "it has several parts"},
    {TRUE, END, 12, 4, 0xfffffff0, "its directory is not where it says"},
    {TRUE, END, 16, 4, 0xffffffff, "its directory is not where it says"},
    {TRUE, END, 16, 4, 1, "its directory is damaged"},
    {TRUE, END, 20, 2, 1, "its directory is missing: it is truncated"},
};

START_TEST (lying)
{
  g_autoptr (GByteArray) zip = make_keras (lies[_i].deflated);
  guint8 *record = find_record (zip, lies[_i].record);

  for (guint i = 0; i < lies[_i].n_bytes; i++)
    record[lies[_i].offset + i] = (guint8) (lies[_i].value >> 8 * i);
  assert_refused (zip, lies[_i].words);
  sample_clean ();
}
END_TEST

START_TEST (twice)
{
  g_autoptr (GByteArray) zip = g_byte_array_new (), directory = g_byte_array_new ();

  sample_zip_add (zip, directory, WEIGHTS, "a", 1, FALSE);
  sample_zip_add (zip, directory, WEIGHTS, "b", 1, FALSE);
  sample_zip_end (zip, directory, 2);
  assert_refused (
      zip, "expected a .keras (zip) file with model.weights.h5 once in it, found it 2 times");
  sample_clean ();
}
END_TEST

/* A .keras that was unpacked and zipped as a folder, on whatever system, and what else lies in it.
 * @is_described: that the configuration is found */
static const struct {
  const char *config, *weights, *other;
  gboolean is_described;
} folders[] = {
    {"config.json", WEIGHTS, "old/" WEIGHTS, TRUE},
    {"mine/config.json", "mine/" WEIGHTS, "mine/old/config.json", TRUE},
    {"mine/config.json", "mine/" WEIGHTS, "__MACOSX/mine/._" WEIGHTS, TRUE},
    {"./config.json", "./" WEIGHTS, "config.json", TRUE},
    {"C\\mine\\config.json", "C\\mine\\" WEIGHTS, "C\\config.json", TRUE},
    {"mine/config.json", "yours/" WEIGHTS, "config.json", FALSE},
    {"mine/myconfig.json", "mine/" WEIGHTS, "a", FALSE},
};

START_TEST (folder)
{
  static const char *const config =
      "{\"class_name\": \"Sequential\", \"config\": {\"layers\": [{\"class_name\": \"ReLU\", \"config\": "
      "{\"name\": \"r\", \"batch_input_shape\": [null, 4, 4, 3]}}]}}";
  g_autoptr (GByteArray) zip = g_byte_array_new (), directory = g_byte_array_new ();
  g_auto (GbpDescription) description = {0};
  g_auto (GbpWeights) weights = {0};
  g_autofree char *bytes = NULL;
  GbpSource source = {.fd = -1};
  GbpDescribed described = {.source = &source};
  gsize length;

  bytes = make_hdf5 (&length);
  sample_zip_add (zip, directory, folders[_i].other, "not this", 8, FALSE);
  sample_zip_add (zip, directory, folders[_i].config, config, strlen (config), _i % 2 == 1);
  sample_zip_add (zip, directory, folders[_i].weights, bytes, length, TRUE);
  sample_zip_end (zip, directory, 3);
  source.memory = zip->data;
  source.size = zip->len;
  ck_assert (gbp_describe (&described, &description, NULL));
  ck_assert_int_eq (description.graph != NULL, folders[_i].is_described);
  ck_assert (gbp_keras_zip_read (&source, &weights, NULL));
  sample_clean ();
}
END_TEST

START_TEST (two_folders)
{
  g_autoptr (GByteArray) zip = g_byte_array_new (), directory = g_byte_array_new ();

  sample_zip_add (zip, directory, "mine/" WEIGHTS, "a", 1, FALSE);
  sample_zip_add (zip, directory, "yours/" WEIGHTS, "b", 1, FALSE);
  sample_zip_end (zip, directory, 2);
  assert_refused (
      zip, "expected a .keras (zip) file with model.weights.h5 once in it, found it 2 times");
  sample_clean ();
}
END_TEST

START_TEST (large_directory)
{
  g_autoptr (GByteArray) zip = g_byte_array_new (), directory = g_byte_array_new ();

  for (guint i = 0; i < 20000; i++)
    sample_zip_add (zip, directory, "assets/words", "", 0, FALSE);
  sample_zip_end (zip, directory, 20000);
  assert_refused (zip, "expected a .keras (zip) file with a directory of at most 1048576 bytes");
  sample_clean ();
}
END_TEST

/* 200 MB of zeros behind an HDF5 signature, in 1 MB. It is refused where there is no room for it. */
START_TEST (bomb)
{
  const gsize length = 200000000;
  g_autoptr (GByteArray) zip = g_byte_array_new (), directory = g_byte_array_new ();
  char *bytes = g_malloc0 (length);
  struct rlimit limit = {300 << 20, 300 << 20};
  guint8 *record;

  memcpy (bytes, "\x89HDF\r\n\x1a\n", 8);
  sample_zip_add (zip, directory, WEIGHTS, bytes, length, TRUE);
  sample_zip_end (zip, directory, 1);
  g_free (bytes);
  if (!GBP_TEST_SANITIZED) /* which take terabytes of addresses */
    ck_assert_int_eq (setrlimit (RLIMIT_AS, &limit), 0);
  assert_refused (zip, WEIGHTS ": expected its…bytes to unpack to at most…16 times as much");
  record = find_record (zip, ENTRY);
  memcpy (record + 24, "\0\0\x10\0", 4);
  assert_refused (zip, "found more of them than the file says");
  sample_clean ();
}
END_TEST

/* Nothing is unpacked of what does not begin as HDF5 does. */
START_TEST (other_content)
{
  g_autoptr (GByteArray) zip = g_byte_array_new (), directory = g_byte_array_new ();
  g_autofree char *zeros = g_malloc0 (100000);

  sample_zip_add (zip, directory, WEIGHTS, zeros, 100000, _i == 1);
  sample_zip_end (zip, directory, 1);
  find_record (zip, ENTRY)[16] ^= 1; /* the checksum, which is not looked at */
  assert_refused (zip, WEIGHTS ": expected an HDF5 file, found another kind");
  sample_clean ();
}
END_TEST

/* What is in memory is read as what is in a file. */
START_TEST (memory)
{
  g_autoptr (GByteArray) zip = make_keras (_i == 1);
  g_auto (GbpWeights) weights = {0};
  g_autoptr (GbpNetwork) network = NULL;
  g_autoptr (GError) error = NULL;
  GbpSource source = {.fd = -1, .memory = zip->data, .size = zip->len};

  ck_assert_msg (gbp_keras_zip_read (&source, &weights, &error), "%s",
      error != NULL ? error->message : "no error either");
  weights.origin = g_strdup ("memory");
  network = gbp_network_new_take (&weights, NULL);
  ck_assert_ptr_nonnull (network);
  sample_clean ();
}
END_TEST

/* A part of a source is one itself, and ends where it ends. */
START_TEST (window)
{
  g_autofree char *path = sample_path ("bytes"), *where = NULL;
  GbpSource source = {.fd = -1, .memory = (const guint8 *) "0123456789", .start = 3, .size = 4};
  char bytes[5] = "";

  if (_i == 1) {
    ck_assert (g_file_set_contents (path, "0123456789", 10, NULL));
    source.fd = open (path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge (source.fd, 0);
  }
  ck_assert (gbp_source_read (&source, 0, bytes, 4, NULL));
  ck_assert_str_eq (bytes, "3456");
  ck_assert (gbp_source_read (&source, 3, bytes, 1, NULL));
  ck_assert_str_eq (bytes, "6456");
  ck_assert (!gbp_source_read (&source, 3, bytes, 2, NULL));
  if (_i == 1)
    close (source.fd);
  sample_clean ();
}
END_TEST

/* What Python's zipfile, with which Keras writes, makes of each option. */
static const char *const scripts[] = {
    "zipfile.ZipFile(sys.argv[1], 'w').write(sys.argv[2], 'model.weights.h5')",
    "zipfile.ZipFile(sys.argv[1], 'w', 8).write(sys.argv[2], 'model.weights.h5')",
    "z = zipfile.ZipFile(sys.argv[1], 'w'); z.comment = b'PK\\5\\6' * 9\n"
    "z.writestr('assets/a', 'b'); z.write(sys.argv[2], 'model.weights.h5')",
    /* 64 bits */
    "z = zipfile.ZipFile(sys.argv[1], 'w')\n"
    "with z.open('model.weights.h5', 'w', force_zip64=True) as f: f.write(open(sys.argv[2], "
    "'rb').read())",
    /* 64 bits in the directory, and its end, too */
    "zipfile.ZIP64_LIMIT = 100; zipfile.ZipFile(sys.argv[1], 'w', 8).write(sys.argv[2], "
    "'model.weights.h5')",
    /* sizes behind the bytes, as where one cannot seek */
    "import io\n"
    "class Pipe(io.RawIOBase):\n"
    "  def writable(self): return True\n"
    "  def write(self, b): return out.write(b)\n"
    "out = open(sys.argv[1], 'wb'); z = zipfile.ZipFile(Pipe(), 'w', 8)\n"
    "z.write(sys.argv[2], 'model.weights.h5'); z.close(); out.close()",
};

START_TEST (python)
{
  g_autofree char *path = sample_path ("python.keras"), *inner = sample_path ("inner.h5");
  g_autofree char *script = g_strconcat ("import sys, zipfile\n", scripts[_i], NULL);
  g_autofree char *bytes = NULL;
  const char *const command[] = {"python3", "-c", script, path, inner, NULL};
  g_autoptr (GbpNetwork) network = NULL, expected = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;
  int status;

  bytes = make_hdf5 (&length);
  ck_assert (g_spawn_sync (
      NULL, (char **) command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, NULL));
  ck_assert_int_eq (status, 0);
  network = gbp_network_load (path, GBP_PREPROCESS_AUTO, &error);
  ck_assert_msg (network != NULL, "%s", error != NULL ? error->message : "no error either");
  ck_assert (gbp_network_get_layer_shape (network, "block1_pool", NULL, NULL, NULL, NULL));
  sample_clean ();
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"lying", lying, G_N_ELEMENTS (lies)},
      {"twice", twice, 0},
      {"folder", folder, G_N_ELEMENTS (folders)},
      {"two folders", two_folders, 0},
      {"large directory", large_directory, 0},
      {"bomb", bomb, 0},
      {"other content", other_content, 2},
      {"memory", memory, 2},
      {"window", window, 2},
      {"Python's", python, G_N_ELEMENTS (scripts)},
  };

  return GBP_TEST_RUN ("zips", tests);
}

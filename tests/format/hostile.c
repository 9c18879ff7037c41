/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * HDF5 made to harm: each file is loaded or refused with one message, and the work that it may ask for is
 * bounded by its size, which the file's own count shows, not a clock. The stack is small, as in some
 * hosts. */
#include "harness.h"

#include <hdf5.h>
#include <pthread.h>
#include <string.h>

#include "format/hdf5_walk.h"
#include "format/keras.h"
#include "sample.h"

/* The sanitizers' own frames are large. */
#define STACK_SIZE (GBP_TEST_SANITIZED ? 1 << 20 : 64 << 10)

#define N_CHUNKS 1000

typedef struct {
  guint8 *bytes;
  gsize size;
  char *message; /* NULL: it was loaded */
} Content;

static gpointer
read_content (gpointer data)
{
  Content *content = data;
  GbpSource source = {.fd = -1, .memory = content->bytes, .size = content->size};
  g_auto (GbpWeights) weights = {0};
  g_autoptr (GError) error = NULL;
  gboolean is_read = gbp_keras_hdf5_read (&source, &weights, &error);

  ck_assert (is_read == (error == NULL));
  ck_assert (is_read || g_utf8_validate (error->message, -1, NULL));
  content->message = is_read ? NULL : g_strdup (error->message);
  return NULL;
}

/* As a host with small stacks would. */
static void
read_in_small_stack (Content *content)
{
  pthread_attr_t attributes;
  pthread_t thread;

  ck_assert_int_eq (pthread_attr_init (&attributes), 0);
  ck_assert_int_eq (pthread_attr_setstacksize (&attributes, STACK_SIZE), 0);
  ck_assert_int_eq (pthread_create (&thread, &attributes, read_content, content), 0);
  ck_assert_int_eq (pthread_join (thread, NULL), 0);
  pthread_attr_destroy (&attributes);
}

static void
content_clear (Content *content)
{
  g_free (content->bytes);
  g_free (content->message);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Content, content_clear)

static Content
take_file (const char *path)
{
  Content content = {0};

  ck_assert (g_file_get_contents (path, (char **) &content.bytes, &content.size, NULL));
  return content;
}

/* What libhdf5 makes once @fill has filled it. */
static Content
make_content (void (*fill) (hid_t file), gboolean is_latest)
{
  g_autofree char *path = sample_path ("hostile.h5");
  hid_t access = H5Pcreate (H5P_FILE_ACCESS), file;

  if (is_latest)
    H5Pset_libver_bounds (access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
  file = H5Fcreate (path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
  fill (file);
  ck_assert_int_ge (H5Fclose (file), 0);
  H5Pclose (access);
  return take_file (path);
}

/* Lists the file's arrays. Returns how many there are, or −1 with @content's message set. */
static int
count_arrays (Content *content)
{
  GbpSource source = {.fd = -1, .memory = content->bytes, .size = content->size};
  g_autoptr (GError) error = NULL;
  g_autoptr (GbpHdf5File) file = gbp_hdf5_file_open (&source, &error);
  g_autoptr (GPtrArray) arrays = file != NULL ? gbp_hdf5_list (file, &error) : NULL;

  if (arrays == NULL)
    content->message = g_strdup (error->message);
  return arrays != NULL ? (int) arrays->len : -1;
}

/* The first place behind @from that has @text. */
static gsize
find_text (const Content *content, const char *text, gsize from)
{
  for (gsize i = from; i + strlen (text) <= content->size; i++)
    if (memcmp (content->bytes + i, text, strlen (text)) == 0)
      return i;
  ck_abort_msg ("no %s in the file", text);
}

static void
put_number (Content *content, gsize offset, guint64 number, guint n_bytes)
{
  for (guint i = 0; i < n_bytes; i++)
    content->bytes[offset + i] = (guint8) (number >> (8 * i));
}

static hid_t
add_group (hid_t parent, const char *name)
{
  return H5Gcreate2 (parent, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
}

static void
add_array (hid_t parent, const char *name, hsize_t n, hsize_t chunk)
{
  g_autofree float *values = g_new0 (float, n);
  hid_t creation = H5Pcreate (H5P_DATASET_CREATE), space = H5Screate_simple (1, &n, NULL), dataset;

  if (chunk > 0)
    H5Pset_chunk (creation, 1, &chunk);
  dataset = H5Dcreate2 (parent, name, H5T_IEEE_F32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  ck_assert_int_ge (H5Dwrite (dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), 0);
  H5Dclose (dataset);
  H5Sclose (space);
  H5Pclose (creation);
}

static void
fill_plain (hid_t file)
{
  add_array (file, "a", 8, 0);
}

/* A tree whose root has itself as a child. */
START_TEST (circular_group_tree)
{
  g_auto (Content) content = make_content (fill_plain, FALSE);
  gsize node = find_text (&content, "TREE", 0);

  content.bytes[node + 5] = 1; /* its level */
  put_number (&content, node + 24 + 8, node, 8);
  ck_assert_int_eq (count_arrays (&content), -1);
  ck_assert_ptr_nonnull (strstr (content.message, "found one that is part of two"));
  sample_clean ();
}
END_TEST

static void
fill_chunks (hid_t file)
{
  hid_t group = add_group (file, "block1_conv1");

  add_array (group, "bias", N_CHUNKS, 1);
  H5Gclose (group);
}

START_TEST (circular_chunk_tree)
{
  g_auto (Content) content = make_content (fill_chunks, FALSE);
  gsize node = 0;

  do
    node = find_text (&content, "TREE", node + 1);
  while (content.bytes[node + 4] != 1 || content.bytes[node + 5] == 0);
  put_number (&content, node + 24 + 24, node, 8); /* behind the first key */
  read_content (&content);
  ck_assert_ptr_nonnull (strstr (content.message, "array block1_conv1/bias: expected"));
  sample_clean ();
}
END_TEST

/* Many small chunks are all found, each by one step. */
START_TEST (many_chunks)
{
  g_auto (Content) content = make_content (fill_chunks, FALSE);

  read_content (&content);
  ck_assert_ptr_nonnull (strstr (content.message, "found only the array block1_conv1/bias"));
  sample_clean ();
}
END_TEST

/* Each group has @n links to the next one: n to the power of the depth paths lead to the array. */
static void
fill_paths (hid_t file, guint depth, guint n)
{
  hid_t next = add_group (file, "last");

  add_array (next, "d", 1, 0);
  for (guint i = 0; i < depth; i++) {
    g_autofree char *name = g_strdup_printf ("group%u", i);
    hid_t group = add_group (file, name);

    for (guint l = 0; l < n; l++) {
      g_autofree char *link = g_strdup_printf ("%u", l);

      H5Lcreate_hard (next, ".", group, link, H5P_DEFAULT, H5P_DEFAULT);
    }
    H5Gclose (next);
    next = group;
  }
  H5Gclose (next);
}

static void
fill_two_to_13 (hid_t file)
{
  fill_paths (file, 13, 2);
}

static void
fill_six_to_6 (hid_t file)
{
  fill_paths (file, 6, 6);
}

/* One array, whatever the number of paths to it. */
START_TEST (many_paths)
{
  g_auto (Content) content = make_content (_i % 2 == 0 ? fill_two_to_13 : fill_six_to_6, _i >= 2);

  ck_assert_int_eq (count_arrays (&content), 1);
  sample_clean ();
}
END_TEST

/* A group in itself. */
static void
fill_circle (hid_t file)
{
  hid_t group = add_group (file, "a");

  add_array (group, "d", 1, 0);
  H5Lcreate_hard (file, "/", group, "root", H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_hard (group, ".", group, "self", H5P_DEFAULT, H5P_DEFAULT);
  H5Gclose (group);
}

START_TEST (group_in_itself)
{
  g_auto (Content) content = make_content (fill_circle, _i == 1);

  ck_assert_int_eq (count_arrays (&content), 1);
  sample_clean ();
}
END_TEST

/* Soft and external links, which may lead anywhere, are not followed. */
static void
fill_foreign_links (hid_t file)
{
  add_array (file, "a", 8, 0);
  H5Lcreate_soft ("/a", file, "soft", H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_soft ("/nowhere", file, "nowhere", H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_external ("/etc/passwd", "/", file, "external", H5P_DEFAULT, H5P_DEFAULT);
}

START_TEST (foreign_links)
{
  g_auto (Content) content = make_content (fill_foreign_links, _i == 1);

  ck_assert_int_eq (count_arrays (&content), 1);
  sample_clean ();
}
END_TEST

static void
fill_huge_name (hid_t file)
{
  g_autofree char *name = g_strnfill (30000, 'x');

  add_array (file, name, 1, 0);
}

static void
fill_long_path (hid_t file)
{
  g_autofree char *name = g_strnfill (1000, 'x');
  hid_t group = add_group (file, name);

  for (guint i = 0; i < 5; i++) {
    hid_t inner = add_group (group, name);

    H5Gclose (group);
    group = inner;
  }
  H5Gclose (group);
}

static void
fill_deep (hid_t file)
{
  hid_t group = add_group (file, "0");

  for (guint i = 0; i < 40; i++) {
    hid_t inner = add_group (group, "0");

    H5Gclose (group);
    group = inner;
  }
  H5Gclose (group);
}

static const struct {
  void (*fill) (hid_t file);
  const char *words;
} limits[] = {
    {fill_huge_name, "expected names of 1 to 1024 bytes"},
    {fill_long_path, "expected paths of at most 4096 bytes"},
    {fill_deep, "expected groups at most 16 deep"},
};

START_TEST (limit)
{
  g_auto (Content) content = make_content (limits[_i / 2].fill, _i % 2 == 1);

  read_in_small_stack (&content);
  ck_assert_msg (strstr (content.message, limits[_i / 2].words) != NULL, "%s", content.message);
  ck_assert_uint_lt (strlen (content.message), 1000);
  sample_clean ();
}
END_TEST

/* Every array as long as the file, all at one place. */
static void
fill_overlaps (hid_t file)
{
  for (guint i = 0; i < 4; i++) {
    g_autofree char *name = g_strdup_printf ("block1_conv%u", i % 2 + 1);
    hid_t group = i < 2 ? add_group (file, name) : H5Gopen2 (file, name, H5P_DEFAULT);

    add_array (group, i < 2 ? "kernel" : "bias", 4096, 0);
    H5Gclose (group);
  }
}

START_TEST (overlapping_values)
{
  g_auto (Content) content = make_content (fill_overlaps, FALSE);
  const guint8 size[8] = {0, 64}; /* 4096 · 4 bytes, little-endian: the layouts' second number */
  guint n_found = 0;

  for (gsize i = 16; i + 8 <= content.size; i++)
    if (memcmp (content.bytes + i, size, 8) == 0 && content.bytes[i - 9] == 1
        && content.bytes[i - 10] == 3) {
      put_number (&content, i, content.size / 2, 8);
      put_number (&content, i - 8, 0, 8);
      n_found++;
    }
  ck_assert_uint_eq (n_found, 4);
  read_content (&content);
  ck_assert_ptr_nonnull (strstr (content.message, "expected values of its own"));
  sample_clean ();
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"circular group tree", circular_group_tree, 0},
      {"circular chunk tree", circular_chunk_tree, 0},
      {"many chunks", many_chunks, 0},
      {"many paths", many_paths, 4},
      {"group in itself", group_in_itself, 2},
      {"foreign links", foreign_links, 2},
      {"limit", limit, 2 * G_N_ELEMENTS (limits)},
      {"overlapping values", overlapping_values, 0},
  };

  return GBP_TEST_RUN ("hostile HDF5", tests);
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "variants.h"

#include <check.h>

const Variant variants[] = {
    {"earliest", .type = 4},
    {"double", .type = 8},
    {"big-endian", .type = 4, .is_big_endian = TRUE},
    {"big-endian-half", .type = 2, .is_big_endian = TRUE},
    {"user-block", .type = 4, .user_block = 2048},
    {"compact", .type = 4, .chunks = VARIANT_COMPACT},
    {"single", .type = 4, .chunks = VARIANT_SINGLE, .has_filters = TRUE},
    {"halves", .type = 4, .chunks = VARIANT_HALVES, .has_filters = TRUE},
    {"elements", .type = 8, .chunks = VARIANT_ELEMENTS, .has_filters = TRUE},
    {"plain-elements", .type = 4, .chunks = VARIANT_ELEMENTS},
    {"growing", .type = 4, .chunks = VARIANT_HALVES, .n_growing = 4, .has_filters = TRUE},
    {"many-groups", .type = 4, .n_others = 300},
    {"latest", TRUE, .type = 4},
    {"latest-user-block", TRUE, .type = 4, .user_block = 512},
    {"latest-compact", TRUE, .type = 2, .chunks = VARIANT_COMPACT},
    {"latest-single", TRUE, .type = 4, .chunks = VARIANT_SINGLE},
    {"latest-single-packed", TRUE, .type = 4, .chunks = VARIANT_SINGLE, .has_filters = TRUE},
    {"latest-implicit", TRUE, .type = 4, .chunks = VARIANT_EARLY},
    {"latest-fixed", TRUE, .type = 4, .chunks = VARIANT_HALVES},
    {"latest-fixed-packed", TRUE, .type = 4, .chunks = VARIANT_HALVES, .has_filters = TRUE},
    {"latest-pages", TRUE, .type = 8, .chunks = VARIANT_ELEMENTS},
    {"latest-pages-packed", TRUE, .type = 4, .chunks = VARIANT_ELEMENTS, .has_filters = TRUE},
    {"latest-tree", TRUE, .type = 4, .chunks = VARIANT_HALVES, .n_growing = 4},
    {"latest-tree-packed", TRUE, .type = 4, .chunks = VARIANT_ELEMENTS, .n_growing = 4,
        .has_filters = TRUE},
    {"latest-dense", TRUE, .type = 4, .n_others = 20},
    {"latest-very-dense", TRUE, .type = 4, .n_others = 3000},
};
const guint n_variants = G_N_ELEMENTS (variants);

static hid_t
make_type (const Variant *variant)
{
  hid_t type = H5Tcopy (variant->type == 8 ? H5T_IEEE_F64LE : H5T_IEEE_F32LE);

  if (variant->type == 2) {
    H5Tset_fields (type, 15, 10, 5, 0, 10);
    H5Tset_size (type, 2);
    H5Tset_ebias (type, 15);
  }
  if (variant->is_big_endian)
    H5Tset_order (type, H5T_ORDER_BE);
  return type;
}

static void
set_chunks (hid_t creation, const SampleArray *array, const Variant *variant)
{
  hsize_t chunk[4];

  for (guint i = 0; i < array->rank; i++) {
    chunk[i] = array->shape[i];
    if (variant->chunks == VARIANT_HALVES)
      chunk[i] = (array->shape[i] + 1) / 2;
    if (variant->chunks >= VARIANT_ELEMENTS && i + 2 >= array->rank)
      chunk[i] = 1;
  }
  H5Pset_chunk (creation, (int) array->rank, chunk);
  if (variant->chunks == VARIANT_EARLY)
    H5Pset_alloc_time (creation, H5D_ALLOC_TIME_EARLY);
  if (variant->has_filters) {
    H5Pset_shuffle (creation);
    H5Pset_deflate (creation, 6);
    H5Pset_fletcher32 (creation);
  }
}

static void
write_array (hid_t file, const SampleArray *array, const Variant *variant)
{
  hid_t links = H5Pcreate (H5P_LINK_CREATE), creation = H5Pcreate (H5P_DATASET_CREATE);
  hid_t type = make_type (variant), space, dataset;
  hsize_t shape[4], most[4];

  for (guint i = 0; i < array->rank; i++) {
    shape[i] = array->shape[i];
    most[i] = array->rank > 1 && i < variant->n_growing ? H5S_UNLIMITED : shape[i];
  }
  space = H5Screate_simple ((int) array->rank, shape, most);
  H5Pset_create_intermediate_group (links, 1);
  if (variant->chunks == VARIANT_COMPACT)
    H5Pset_layout (creation, H5D_COMPACT);
  else if (variant->chunks != VARIANT_CONTIGUOUS)
    set_chunks (creation, array, variant);
  dataset = H5Dcreate2 (file, array->name, type, space, links, creation, H5P_DEFAULT);
  ck_assert_int_ge (
      H5Dwrite (dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, array->values), 0);
  H5Dclose (dataset);
  H5Sclose (space);
  H5Tclose (type);
  H5Pclose (creation);
  H5Pclose (links);
}

void
variant_write (const char *path, GPtrArray *arrays, const Variant *variant)
{
  hid_t access = H5Pcreate (H5P_FILE_ACCESS), creation = H5Pcreate (H5P_FILE_CREATE), file;

  if (variant->is_latest)
    H5Pset_libver_bounds (access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
  H5Pset_userblock (creation, variant->user_block);
  file = H5Fcreate (path, H5F_ACC_TRUNC, creation, access);
  ck_assert_int_ge (file, 0);
  for (guint i = 0; i < variant->n_others; i++) {
    g_autofree char *name = g_strdup_printf ("other layer with a name of some length %u", i);

    H5Gclose (H5Gcreate2 (file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  }
  for (guint i = 0; i < arrays->len; i++)
    write_array (file, arrays->pdata[i], variant);
  ck_assert_int_ge (H5Fclose (file), 0);
  H5Pclose (creation);
  H5Pclose (access);
}

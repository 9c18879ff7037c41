/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/hdf5_driver.h"

#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

/* What a list of access properties holds for this driver. */
typedef struct {
  const GbpSource *source;
} Info;

/* @base: libhdf5's part, which comes first
 * @allocated: end of what libhdf5 knows as the file's */
typedef struct {
  H5FD_t base;
  const GbpSource *source;
  haddr_t allocated;
} File;

static H5FD_t *
open_source (const char *name, unsigned flags, hid_t access, haddr_t maximum)
{
  const Info *info = H5Pget_driver_info (access);
  File *file;

  if (info == NULL || (flags & H5F_ACC_RDWR) != 0)
    return NULL;
  file = g_new0 (File, 1);
  file->source = info->source;
  return &file->base;
}

static herr_t
close_source (H5FD_t *file)
{
  g_free (file);
  return 0;
}

static haddr_t
get_allocated (const H5FD_t *file, H5FD_mem_t kind)
{
  return ((const File *) file)->allocated;
}

static herr_t
set_allocated (H5FD_t *file, H5FD_mem_t kind, haddr_t end)
{
  ((File *) file)->allocated = end;
  return 0;
}

static haddr_t
get_end (const H5FD_t *file, H5FD_mem_t kind)
{
  return ((const File *) file)->source->size;
}

static herr_t
read_source (
    H5FD_t *file, H5FD_mem_t kind, hid_t transfer, haddr_t offset, size_t size, void *buffer)
{
  return gbp_source_read (((const File *) file)->source, offset, buffer, size, NULL) ? 0 : -1;
}

static herr_t
refuse_write (
    H5FD_t *file, H5FD_mem_t kind, hid_t transfer, haddr_t offset, size_t size, const void *buffer)
{
  return -1;
}

static const H5FD_class_t driver = {
#if H5_VERSION_GE(1, 14, 0)
    .version = H5FD_CLASS_VERSION,
    .value = 300, /* of the range that is free for anyone's drivers */
#endif
    .name = "gbp-source",
    .maxaddr = G_MAXINT64,
    .fc_degree = H5F_CLOSE_STRONG,
    .fapl_size = sizeof (Info),
    .open = open_source,
    .close = close_source,
    .get_eoa = get_allocated,
    .set_eoa = set_allocated,
    .get_eof = get_end,
    .read = read_source,
    .write = refuse_write,
};

hid_t
gbp_hdf5_driver_use (hid_t access, const GbpSource *source)
{
  Info info = {source};
  hid_t id = H5FDregister (&driver);

  H5Pset_driver (access, id, &info);
  return id;
}

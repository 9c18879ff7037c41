/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/hdf5_file.h"

#include "format/hdf5_driver.h"

#include <string.h>

static herr_t
keep_first (unsigned n, const H5E_error2_t *entry, void *text)
{
  if (n == 0 && entry->desc != NULL)
    *(char **) text = g_utf8_make_valid (entry->desc, -1);
  return 0;
}

void
gbp_hdf5_set_error (GError **error, const char *what)
{
  g_autofree char *cause = NULL;

  H5Ewalk2 (H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &cause);
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ, "%s%s%s", what, cause != NULL ? ": " : "",
      cause != NULL ? cause : "");
}

/* libhdf5 tells a file that ends early by its own terms for the sizes. */
static void
set_open_error (GError **error, guint64 size)
{
  g_autofree char *cause = NULL;
  const char *stored;
  guint64 expected = 0;

  H5Ewalk2 (H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &cause);
  stored = cause != NULL ? strstr (cause, "stored_eof = ") : NULL;
  if (stored != NULL)
    expected = g_ascii_strtoull (stored + strlen ("stored_eof = "), NULL, 10);
  if (expected > size)
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "expected %" G_GUINT64_FORMAT " bytes, found %" G_GUINT64_FORMAT ": the file is truncated",
        expected, size);
  else
    gbp_hdf5_set_error (error, "not a readable HDF5 file");
}

GbpHdf5File *
gbp_hdf5_file_open (const GbpSource *source, GError **error)
{
  g_autoptr (GbpHdf5File) file = g_new0 (GbpHdf5File, 1);
  hid_t access;

  H5Eget_auto2 (H5E_DEFAULT, &file->report, &file->report_data);
  H5Eset_auto2 (H5E_DEFAULT, NULL, NULL);
  access = H5Pcreate (H5P_FILE_ACCESS);
  file->size = source->size;
  file->driver = gbp_hdf5_driver_use (access, source);
  file->id = H5Fopen ("weights", H5F_ACC_RDONLY, access);
  if (file->id < 0)
    set_open_error (error, source->size);
  H5Pclose (access);
  return file->id < 0 ? NULL : g_steal_pointer (&file);
}

void
gbp_hdf5_file_close (GbpHdf5File *file)
{
  if (file->id >= 0)
    H5Fclose (file->id);
  H5FDunregister (file->driver);
  H5Eclear2 (H5E_DEFAULT);
  H5Eset_auto2 (H5E_DEFAULT, file->report, file->report_data);
  g_free (file);
}

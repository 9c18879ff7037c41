/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "input.h"

#include "names.h"
#include "picture.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <gst/pbutils/pbutils.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define DEVICES "/dev/"

/* The kernel's number for devices of Video4Linux. */
#define VIDEO_MAJOR 81

/* Pictures one after the other in one file are a film. */
static gboolean
is_film_of_pictures (const char *path)
{
  return g_regex_match_simple ("\\.(mjpg|mjpeg)$", path, G_REGEX_CASELESS, 0);
}

/* Returns: (transfer full) (nullable): the file's type */
static GstCaps *
find_type (const char *path)
{
  g_autofree guint8 *head = g_malloc (PICTURE_HEAD);
  FILE *file = g_fopen (path, "rb");
  gsize size = file != NULL ? fread (head, 1, PICTURE_HEAD, file) : 0;

  if (file != NULL)
    fclose (file);
  return size > 0 ? picture_find_type (head, size, path) : NULL;
}

gboolean
input_is_picture (const char *path)
{
  g_autoptr (GstCaps) type = g_file_test (path, G_FILE_TEST_IS_REGULAR) ? find_type (path) : NULL;

  return type != NULL && picture_is_type (type) && !is_film_of_pictures (path);
}

gboolean
input_is_visual (const char *path)
{
  static const char *const containers[] = {
      "application/ogg", "application/mxf", "application/x-3gp", "application/vnd.rn-realmedia"};
  g_autoptr (GstCaps) type = find_type (path);
  const char *name =
      type != NULL ? gst_structure_get_name (gst_caps_get_structure (type, 0)) : "nothing";

  for (guint i = 0; i < G_N_ELEMENTS (containers); i++)
    if (g_str_equal (name, containers[i]))
      return TRUE;
  return g_str_has_prefix (name, "image/") || g_str_has_prefix (name, "video/");
}

GPtrArray *
input_list_folder (const char *folder, GError **error)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) entries = g_dir_open (folder, 0, error);
  const char *name;

  if (entries == NULL)
    return NULL;
  while ((name = g_dir_read_name (entries)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);

    if (*name != '.' && g_file_test (path, G_FILE_TEST_IS_REGULAR))
      g_ptr_array_add (files, g_steal_pointer (&path));
  }
  g_ptr_array_sort (files, name_compare);
  return g_steal_pointer (&files);
}

static gboolean
take_folder (Input *input, const char *folder, GError **error)
{
  g_autoptr (GPtrArray) files = input_list_folder (folder, error);

  if (files == NULL)
    return FALSE;
  input->pictures = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < files->len; i++)
    if (input_is_picture (files->pdata[i]))
      g_ptr_array_add (input->pictures, g_strdup (files->pdata[i]));
  if (input->pictures->len > 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
      "%s is a folder without pictures; its videos are taken with --output-dir", input->name);
  return FALSE;
}

typedef struct {
  char *path;
  guint number;
} Numbered;

static gint
compare_numbers (gconstpointer a, gconstpointer b)
{
  const Numbered *first = a, *second = b;

  return first->number < second->number ? -1 : first->number > second->number;
}

static void
clear_numbered (gpointer numbered)
{
  g_free (((Numbered *) numbered)->path);
}

/* The files that @pattern means, in the order of their numbers, whichever those are. */
static gboolean
take_pattern (Input *input, const char *pattern, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (pattern);
  g_autofree char *names = g_path_get_basename (pattern);
  g_autoptr (GPtrArray) files = input_list_folder (folder, error);
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (Numbered));

  if (files == NULL)
    return FALSE;
  g_array_set_clear_func (found, clear_numbered);
  for (guint i = 0; i < files->len; i++) {
    g_autofree char *name = g_path_get_basename (files->pdata[i]);
    Numbered numbered = {NULL, 0};

    if (!name_is_of_pattern (name, names, &numbered.number))
      continue;
    numbered.path = g_strdup (files->pdata[i]);
    g_array_append_val (found, numbered);
  }
  g_array_sort (found, compare_numbers);
  input->pictures = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < found->len; i++)
    g_ptr_array_add (input->pictures, g_strdup (g_array_index (found, Numbered, i).path));
  if (found->len > 0)
    return TRUE;
  g_set_error (
      error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "there is no file whose name %s gives", input->name);
  return FALSE;
}

/* Whether @path is a device of Video4Linux, whatever links lead to it and whatever its name is. */
static gboolean
is_camera (const char *path)
{
  GStatBuf device;

  return g_stat (path, &device) == 0 && S_ISCHR (device.st_mode)
         && major (device.st_rdev) == VIDEO_MAJOR;
}

/* A pipe is read as it comes; a camera is opened by its name, and here only to see whether it lets us. */
static gboolean
take_device (Input *input, const char *path, GError **error)
{
  gboolean is_stream = !is_camera (path);
  int descriptor =
      g_open (path, is_stream ? O_RDONLY | O_CLOEXEC : O_RDWR | O_CLOEXEC | O_NONBLOCK, 0);

  if (descriptor < 0) {
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "cannot read %s: %s",
        input->name, g_strerror (errno));
    return FALSE;
  }
  if (is_stream) {
    input->descriptor = descriptor;
    input->uri = g_strdup_printf ("fd://%d", descriptor);
  } else {
    close (descriptor);
    input->uri = g_strdup_printf ("v4l2://%s", path);
  }
  return TRUE;
}

/* Documents, archives and the like, of which GStreamer would say that it lacks a plugin.
 * Returns: (transfer full) (nullable): what @type is */
static char *
find_other_kind (const GstCaps *type)
{
  static const char *const others[] = {"application/pdf", "application/postscript",
      "application/msword", "application/zip", "application/x-gzip", "application/x-bzip",
      "application/x-xz", "application/x-7z", "application/x-rar", "application/x-tar",
      "application/x-executable", "text/html", "text/plain", "text/uri-list"};
  const char *name = gst_structure_get_name (gst_caps_get_structure (type, 0));

  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    if (g_str_equal (others[i], name))
      return g_strdup (name);
  return NULL;
}

static gboolean
take_file (Input *input, const char *path, GError **error)
{
  g_autoptr (GstCaps) type = find_type (path);
  g_autofree char *other = type != NULL ? find_other_kind (type) : NULL;

  input->is_file = TRUE;
  if (other != NULL) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
        "cannot decode %s: it is neither a video nor a picture, but %s", input->name, other);
    return FALSE;
  }
  if (type == NULL || !picture_is_type (type) || is_film_of_pictures (path)) {
    input->uri = gst_filename_to_uri (path, error);
    return input->uri != NULL;
  }
  input->pictures = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (input->pictures, g_strdup (path));
  return TRUE;
}

/* Who may not read a device is often not of its group. */
static void
set_not_readable (GError **error, const char *name, const char *path)
{
  GStatBuf device;
  const struct group *group =
      g_stat (path, &device) == 0 && S_ISCHR (device.st_mode) && (device.st_mode & S_IRGRP) != 0
          ? getgrgid (device.st_gid)
          : NULL;

  if (group != NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
        "the device %s is not readable; who is in the group %s may read it", name, group->gr_name);
  else
    g_set_error (
        error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "the file %s is not readable", name);
}

static gboolean
take_existing (Input *input, const char *path, GError **error)
{
  if (g_access (path, R_OK) != 0) {
    set_not_readable (error, input->name, path);
    return FALSE;
  }
  if (g_file_test (path, G_FILE_TEST_IS_DIR)) {
    input->is_file = TRUE;
    return take_folder (input, path, error);
  }
  return g_file_test (path, G_FILE_TEST_IS_REGULAR) ? take_file (input, path, error)
                                                    : take_device (input, path, error);
}

/* A file's URI is the file, wherever that is there. */
static char *
find_path (const char *name)
{
  g_autofree char *path = NULL;

  if (!g_file_test (name, G_FILE_TEST_EXISTS) && g_ascii_strncasecmp (name, "file:", 5) == 0)
    path = g_filename_from_uri (name, NULL, NULL);
  return path != NULL && g_file_test (path, G_FILE_TEST_EXISTS) ? g_steal_pointer (&path)
                                                                : name_expand (name);
}

gboolean
input_is_pattern (const char *name)
{
  g_autofree char *path = find_path (name);

  return !g_file_test (path, G_FILE_TEST_EXISTS) && !gst_uri_is_valid (name)
         && name_is_pattern (path);
}

/* Says why nothing is found at @path: a loop of links or a closed folder is not an absence. */
static gboolean
refuse_missing (const char *name, const char *path, GError **error)
{
  GStatBuf file;
  int reason = g_stat (path, &file) == 0 ? 0 : errno;

  if (reason != 0 && reason != ENOENT && reason != ENOTDIR)
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (reason), "cannot open %s: %s", name,
        g_strerror (reason));
  else if (g_str_has_prefix (path, DEVICES))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "there is no device %s", name);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
        "there is no file %s, and it is not a URI such as https://host/video.mp4", name);
  return FALSE;
}

gboolean
input_init (Input *input, const char *name, GError **error)
{
  g_autofree char *path = find_path (name);

  *input =
      (Input){.name = g_strdup (name_is_stream (name) ? "standard input" : name), .descriptor = -1};
  if (name_is_stream (name)) {
    input->uri = g_strdup_printf ("fd://%d", STDIN_FILENO);
    return TRUE;
  }
  if (*name == '\0') {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        "INPUT is empty; name an image, a video or a URI");
    return FALSE;
  }
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return take_existing (input, path, error);
  if (gst_uri_is_valid (name)) {
    input->uri = g_strdup (name);
    return TRUE;
  }
  if (input_is_pattern (name)) {
    input->is_file = TRUE;
    return take_pattern (input, path, error);
  }
  return refuse_missing (name, path, error);
}

void
input_clear (Input *input)
{
  if (input->descriptor >= 0)
    close (input->descriptor);
  input->descriptor = -1;
  g_clear_pointer (&input->name, g_free);
  g_clear_pointer (&input->uri, g_free);
  g_clear_pointer (&input->pictures, g_ptr_array_unref);
}

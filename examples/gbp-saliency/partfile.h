/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* PartFile: a file that is written under another name beside its own, and gets its own only when it
 * is whole: a run that fails leaves what was there before. Where the name is a link, the file is the one
 * behind it. */
typedef struct {
  char *name; /* as it was given */
  char *path;
  char *part;
} PartFile;

/* Checks that a file can be made at @path, where there may be one but no device, pipe or folder, and that
 * it is not the same file as @input, a path or a URI. */
gboolean part_file_init (PartFile *file, const char *path, const char *input, GError **error);

/* Whether two names, paths or URIs of files that may not exist yet, mean the same file. */
gboolean part_file_is_same (const char *a, const char *b);

/* Gives the written file its own name. */
gboolean part_file_commit (PartFile *file, GError **error);

/* Removes what is written under the other name, if anything is. */
void part_file_clear (PartFile *file);

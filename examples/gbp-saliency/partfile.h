/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "input.h"

/* PartFile: a file that is written under a hidden name beside its own, and gets its own only when it is whole:
 * a run that fails leaves what was there before. Where the name is a link, the file is the one behind it.
 *
 * The hidden name is random, and is made for this run alone: what others have put there is neither followed
 * nor overwritten, and two runs with one OUTPUT do not meet. Its length does not depend on the file's name,
 * which may have all the 255 bytes that a folder takes. */
typedef struct {
  char *name; /* as it was given */
  char *path; /* behind links */
  char *part; /* NULL while there is none */
} PartFile;

/* Checks that a file can be made at @path, where there may be one but no device, pipe or folder.
 * @input: what it must not be a file of
 * @force: whether a file that is there may be overwritten although somebody else wrote it */
gboolean part_file_init (
    PartFile *file, const char *path, const Input *input, gboolean force, GError **error);

/* Whether @path is a file that @input reads. */
gboolean part_file_is_input (const char *path, const Input *input);

/* Whether two names, paths or URIs of files that may not exist yet, mean the same file. */
gboolean part_file_is_same (const char *a, const char *b);

/* Makes the part, for those who may read and write the file that is there, else for whom the umask allows.
 * Returns: what to write to, which the caller closes; -1 with @error set */
int part_file_create (PartFile *file, GError **error);

/* Gives the part, whole and closed, the file's name. */
gboolean part_file_commit (PartFile *file, GError **error);

/* Removes the part, if there is one; it may still be open. */
void part_file_discard (PartFile *file);
void part_file_clear (PartFile *file);

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "partfile.h"

#include <stdio.h>

/* Table: a text file of rows, which gets its name when it is whole. Zeroed ones are no table.
 * @stream: NULL where there is none */
typedef struct {
  PartFile file;
  FILE *stream;
} Table;

/* @path: a file's, or "-": standard output
 * @heading: its first line; "" for none */
gboolean table_open (Table *table, const char *path, const char *heading, const Input *input,
    gboolean force, GError **error);

/* Writes a field of text as RFC 4180 has it: in quotes where it needs them. */
void table_write_text (Table *table, const char *text);

/* Writes a field of text as JSON has it, in quotes. */
void table_write_json (Table *table, const char *text);

/* Gives the file its name.
 * Returns: FALSE with @error set if any of it could not be written */
gboolean table_commit (Table *table, GError **error);
void table_clear (Table *table);

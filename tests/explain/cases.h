/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A folder of golden cases: cases.json, and the files that it names. What is not as it should be ends the test. */
#pragma once

#include <glib.h>
#include <jansson.h>

/* Returns: (transfer full): what cases.json says */
json_t *cases_load (const char *directory);

/* The bytes of a file, which has as many. Returns: (transfer full) */
gpointer cases_read (const char *directory, const char *name, gsize n_bytes);

/* A member of an object. */
const char *cases_get_string (const json_t *object, const char *member);
double cases_get_number (const json_t *object, const char *member);
int cases_get_int (const json_t *object, const char *member, int otherwise);

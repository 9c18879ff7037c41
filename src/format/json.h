/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * JSON that a file holds, and that may be written to do harm. */
#pragma once

#include <glib.h>
#include <jansson.h>

G_BEGIN_DECLS

G_DEFINE_AUTOPTR_CLEANUP_FUNC (json_t, json_decref)

/* Parses @length bytes of @text as one object in UTF-8.
 *
 * Refuses an object that has a name twice: two readers of it could take it for two things. Refuses what is nested
 * deeper than @max_depth: who reads the result may recurse. The result needs some forty times the text's size.
 *
 * Returns: (transfer full): an object, or NULL with @error set (GBP_ERROR_READ), which begins "expected". */
json_t *gbp_json_parse_object (const char *text, gsize length, guint max_depth, GError **error);

/* What an object has under a name, where it is of that type; NULL or @otherwise where it is not, or there is none. */
const char *gbp_json_get_string (const json_t *object, const char *name);
const json_t *gbp_json_get_object (const json_t *object, const char *name);
const json_t *gbp_json_get_array (const json_t *object, const char *name);
double gbp_json_get_number (const json_t *object, const char *name, double otherwise);
gboolean gbp_json_get_boolean (const json_t *object, const char *name, gboolean otherwise);

/* A value, which may be NULL, where it is of that type; else NULL, or FALSE and @number as it was. */
const json_t *gbp_json_as_object (const json_t *value);
const json_t *gbp_json_as_array (const json_t *value);
gboolean gbp_json_as_number (const json_t *value, double *number);

G_END_DECLS

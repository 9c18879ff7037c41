/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * JSON that a file holds, and that may be written to do harm. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Parses @length bytes of @text, behind which a 0 stands, as one object in UTF-8.
 *
 * Refuses an object that has a name twice: two readers of it could take it for two things. Refuses what is nested
 * deeper than @max_depth: the parser recurses. The parser needs some forty times the text's size.
 *
 * Returns: (transfer full): a node that holds an object, or NULL with @error, which begins "expected". */
JsonNode *gbp_json_parse_object (const char *text, gsize length, guint max_depth, GError **error);

/* What an object has under a name, where it is of that type; NULL or @otherwise where it is not, or there is none. */
const char *gbp_json_get_string (JsonObject *object, const char *name);
JsonObject *gbp_json_get_object (JsonObject *object, const char *name);
JsonArray *gbp_json_get_array (JsonObject *object, const char *name);
double gbp_json_get_number (JsonObject *object, const char *name, double otherwise);
gboolean gbp_json_get_boolean (JsonObject *object, const char *name, gboolean otherwise);

/* The same of a node, which may be NULL. */
const char *gbp_json_node_get_string (JsonNode *node);
JsonObject *gbp_json_node_get_object (JsonNode *node);
JsonArray *gbp_json_node_get_array (JsonNode *node);
gboolean gbp_json_node_get_number (JsonNode *node, double *number);

G_END_DECLS

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

G_END_DECLS

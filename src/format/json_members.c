/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reading values whose types the file decides: JSON-GLib's own functions take a wrong type for the caller's mistake. */
#include "format/json.h"

static GType
get_type (JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node)
                                                      : G_TYPE_INVALID;
}

const char *
gbp_json_node_get_string (JsonNode *node)
{
  return get_type (node) == G_TYPE_STRING ? json_node_get_string (node) : NULL;
}

JsonObject *
gbp_json_node_get_object (JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

JsonArray *
gbp_json_node_get_array (JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

gboolean
gbp_json_node_get_number (JsonNode *node, double *number)
{
  GType type = get_type (node);

  if (type != G_TYPE_INT64 && type != G_TYPE_DOUBLE)
    return FALSE;
  *number = json_node_get_double (node);
  return TRUE;
}

const char *
gbp_json_get_string (JsonObject *object, const char *name)
{
  return gbp_json_node_get_string (json_object_get_member (object, name));
}

JsonObject *
gbp_json_get_object (JsonObject *object, const char *name)
{
  return gbp_json_node_get_object (json_object_get_member (object, name));
}

JsonArray *
gbp_json_get_array (JsonObject *object, const char *name)
{
  return gbp_json_node_get_array (json_object_get_member (object, name));
}

double
gbp_json_get_number (JsonObject *object, const char *name, double otherwise)
{
  gbp_json_node_get_number (json_object_get_member (object, name), &otherwise);
  return otherwise;
}

gboolean
gbp_json_get_boolean (JsonObject *object, const char *name, gboolean otherwise)
{
  JsonNode *node = json_object_get_member (object, name);

  return get_type (node) == G_TYPE_BOOLEAN ? json_node_get_boolean (node) : otherwise;
}

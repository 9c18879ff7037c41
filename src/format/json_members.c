/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reading values whose types the file decides. */
#include "format/json.h"

const json_t *
gbp_json_as_object (const json_t *value)
{
  return json_is_object (value) ? value : NULL;
}

const json_t *
gbp_json_as_array (const json_t *value)
{
  return json_is_array (value) ? value : NULL;
}

gboolean
gbp_json_as_number (const json_t *value, double *number)
{
  if (!json_is_number (value))
    return FALSE;
  *number = json_number_value (value);
  return TRUE;
}

const char *
gbp_json_get_string (const json_t *object, const char *name)
{
  return json_string_value (json_object_get (object, name));
}

const json_t *
gbp_json_get_object (const json_t *object, const char *name)
{
  return gbp_json_as_object (json_object_get (object, name));
}

const json_t *
gbp_json_get_array (const json_t *object, const char *name)
{
  return gbp_json_as_array (json_object_get (object, name));
}

double
gbp_json_get_number (const json_t *object, const char *name, double otherwise)
{
  gbp_json_as_number (json_object_get (object, name), &otherwise);
  return otherwise;
}

gboolean
gbp_json_get_boolean (const json_t *object, const char *name, gboolean otherwise)
{
  const json_t *value = json_object_get (object, name);

  return json_is_boolean (value) ? json_is_true (value) : otherwise;
}

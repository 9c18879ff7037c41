/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network/class_labels.h"

#include "network/words.h"

/* @layer: (nullable): NULL: the network has none for classes */
static gboolean
refuse_class_names (
    const GbpNetworkParts *parts, const GbpLayer *layer, guint n_names, GError **error)
{
  g_autofree char *origin =
      gbp_words_clean (parts->class_origin != NULL ? parts->class_origin : "", GBP_WORDS_MAX_PATH);
  const char *before = *origin != '\0' ? "class names of \"" : "", *behind = *before ? "\": " : "";

  if (layer == NULL)
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "%s%s%sexpected a network that ends with a layer of classes, found none for the %u names",
        before, origin, behind, n_names);
  else
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "%s%s%slayer %s: expected one class name for each of its %u channels, found %u", before,
        origin, behind, layer->name, layer->channels, n_names);
  return FALSE;
}

gboolean
gbp_classes_take (
    const GbpNetworkParts *parts, const GbpLayer *layer, char ***names, GError **error)
{
  guint n_names = parts->class_names == NULL ? 0 : g_strv_length (parts->class_names);

  if (n_names == 0 || (layer == NULL && !parts->must_have_classes))
    return TRUE;
  if (layer == NULL || n_names != layer->channels)
    return refuse_class_names (parts, layer, n_names, error);
  *names = g_new0 (char *, n_names + 1);
  for (guint i = 0; i < n_names; i++)
    (*names)[i] = gbp_words_clean (parts->class_names[i], GBP_WORDS_MAX_NAME);
  return TRUE;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "messages.h"

#include <string.h>

void
gst_gbp_post_error (GstElement *element, const GError *error)
{
  if (g_error_matches (error, GBP_ERROR, GBP_ERROR_NOT_FOUND))
    GST_ELEMENT_ERROR (element, RESOURCE, NOT_FOUND, ("%s", error->message), (NULL));
  else if (g_error_matches (error, GBP_ERROR, GBP_ERROR_READ))
    GST_ELEMENT_ERROR (element, RESOURCE, READ, ("%s", error->message), (NULL));
  else if (g_error_matches (error, GBP_ERROR, GBP_ERROR_MEMORY))
    GST_ELEMENT_ERROR (element, RESOURCE, FAILED, ("%s", error->message), (NULL));
  else
    GST_ELEMENT_ERROR (element, LIBRARY, SETTINGS, ("%s", error->message), (NULL));
}

void
gst_gbp_post_refusal (GstElement *element, const char *message)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (element);

  if (bus == NULL)
    g_warning ("%s: %s", GST_OBJECT_NAME (element), message);
  else
    GST_ELEMENT_WARNING (element, LIBRARY, SETTINGS, ("%s", message), (NULL));
}

/* gst-launch-1.0 prints only the debug part of an INFO message, so the text stands in both. */
static void
post_notice (GstElement *element, const GbpNetwork *network)
{
  g_autofree char *text = g_strdup_printf ("The network (%s) is not all that its file has: %s",
      gbp_network_get_description (network), gbp_network_get_notice (network));

  GST_ELEMENT_INFO (element, LIBRARY, SETTINGS, ("%s", text), ("%s", text));
}

static void
post_untrained (GstElement *element, const char *description)
{
  g_autofree char *text = g_strdup_printf (
      "The network is untrained (%s): its pictures show what an untrained network shows. Set "
      "weights to a trained one, such as vgg19.",
      description);

  GST_ELEMENT_INFO (element, LIBRARY, SETTINGS, ("%s", text), ("%s", text));
}

void
gst_gbp_post_network (GstElement *element, const GbpNetwork *network)
{
  const char *description = gbp_network_get_description (network);
  gboolean is_trained = gbp_network_is_trained (network);
  GstStructure *content = gst_structure_new ("gbpsaliency-network", "description", G_TYPE_STRING,
      description, "trained", G_TYPE_BOOLEAN, is_trained, NULL);

  if (gbp_network_get_notice (network) != NULL)
    gst_structure_set (content, "notice", G_TYPE_STRING, gbp_network_get_notice (network), NULL);
  gst_element_post_message (element, gst_message_new_element (GST_OBJECT (element), content));
  if (!is_trained)
    post_untrained (element, description);
  if (gbp_network_get_notice (network) != NULL)
    post_notice (element, network);
}

void
gst_gbp_post_overflow (GstElement *element, const char *layer)
{
  GST_ELEMENT_WARNING (element, LIBRARY, FAILED,
      ("Layer %s: expected a finite sum of its outputs, found that it overflows: the weights are too "
       "large for 32 bits, and the pictures mean nothing. Set weights to a trained network's.",
          layer),
      (NULL));
}

void
gst_gbp_post_silence (GstElement *element, const GbpTarget *target)
{
  GST_ELEMENT_WARNING (element, LIBRARY, SETTINGS,
      ("With noise=%g all %u samples of a frame have no gradient, and the picture shows nothing: the network does not bear "
       "so much noise. Set noise to less, such as %.2g.",
          target->noise, target->samples, target->noise / 3),
      (NULL));
}

/* The name of class @channel, where @layer has classes and their names are known; else NULL. */
static const char *
find_class (const GbpNetwork *network, const char *layer, int channel)
{
  const char *const *names = gbp_network_get_class_names (network);

  if (names == NULL || g_strcmp0 (layer, gbp_network_get_class_layer (network)) != 0
      || channel >= (int) g_strv_length ((char **) names))
    return NULL;
  return names[channel];
}

void
gst_gbp_post_channel (GstElement *element, const GbpNetwork *network, const char *layer,
    const GbpResult *result, const GstGbpMapTimes *times)
{
  const char *class_name = find_class (network, layer, result->channel);
  GstStructure *content = gst_structure_new ("gbpsaliency-channel", "layer", G_TYPE_STRING, layer,
      "channel", G_TYPE_INT, result->channel, "value", G_TYPE_DOUBLE, result->value, NULL);

  if (class_name != NULL)
    gst_structure_set (content, "class", G_TYPE_STRING, class_name, NULL);
  gst_gbp_map_times_describe (times, content);
  gst_element_post_message (element, gst_message_new_element (GST_OBJECT (element), content));
}

void
gst_gbp_post_class (GstElement *element, const GbpNetwork *network, const GstGbpFound *found,
    const GstGbpMapTimes *times)
{
  GstStructure *content =
      gst_structure_new ("gbpsaliency-class", "value", G_TYPE_DOUBLE, found->result.value, NULL);

  gst_gbp_found_describe_class (found, network, content);
  gst_gbp_map_times_describe (times, content);
  gst_element_post_message (element, gst_message_new_element (GST_OBJECT (element), content));
}

void
gst_gbp_post_scores (GstElement *element, const GbpNetwork *network, const GstGbpFound *found,
    guint n, guint64 number, const GstGbpMapTimes *times)
{
  GstStructure *content =
      gst_structure_new ("gbpsaliency-scores", "frame", G_TYPE_UINT64, number, NULL);

  gst_gbp_found_describe_scores (found, n, network, content);
  gst_gbp_found_describe_class (found, network, content);
  gst_gbp_map_times_describe (times, content);
  gst_element_post_message (element, gst_message_new_element (GST_OBJECT (element), content));
}

void
gst_gbp_post_map (GstElement *element, const GstStructure *description)
{
  gst_element_post_message (
      element, gst_message_new_element (GST_OBJECT (element), gst_structure_copy (description)));
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "properties.h"

#include "gstgbpsaliency.h"
#include "messages.h"
#include "propertyspecs.h"

/* A value as it can be given; free with g_free(). GLib and GStreamer print an enumeration's by its long
 * name. */
static char *
print (const GValue *value)
{
  const GEnumValue *choice;

  if (!G_VALUE_HOLDS_ENUM (value))
    return g_strdup_value_contents (value);
  choice = g_enum_get_value (g_type_class_peek (G_VALUE_TYPE (value)), g_value_get_enum (value));
  return g_strdup (choice->value_nick);
}

/* Why a property that the network is loaded with cannot change now; free with g_free().
 * Returns: NULL if it does not change */
static char *
refuse (const GstGbpSettings *settings, guint id, const GValue *value, GParamSpec *pspec)
{
  g_auto (GValue) old = G_VALUE_INIT;
  g_autofree char *given = NULL, *kept = NULL;

  g_value_init (&old, G_PARAM_SPEC_VALUE_TYPE (pspec));
  gst_gbp_property_read (settings, id, &old);
  if (g_param_values_cmp (pspec, &old, value) == 0)
    return NULL;
  given = print (value);
  kept = print (&old);
  return g_strdup_printf (
      "%s=%s is refused while a network is loaded, and %s stays: it can change in the states NULL "
      "and READY",
      pspec->name, given, kept);
}

/* What the target's properties say is stored as it comes and judged in dispatch_properties_changed(). */
static void
set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstGbpSaliency *self = GST_GBP_SALIENCY (object);
  gboolean showed_colour, must_renegotiate;
  g_autofree char *refusal = NULL;

  GST_OBJECT_LOCK (self);
  showed_colour = gst_gbp_settings_get_seen (&self->settings).colour;
  if (self->is_running && gst_gbp_property_is_of_network (id))
    refusal = refuse (&self->settings, id, value, pspec);
  else
    gst_gbp_property_store (&self->settings, id, value);
  must_renegotiate =
      self->is_grey && showed_colour != gst_gbp_settings_get_seen (&self->settings).colour;
  GST_OBJECT_UNLOCK (self);
  if (refusal != NULL)
    gst_gbp_post_refusal (GST_ELEMENT (self), refusal);
  if (must_renegotiate)
    gst_base_transform_reconfigure_src (GST_BASE_TRANSFORM (self));
}

/* Of the last network that was loaded; before that of the built-in one. */
static char **
copy_names (GstGbpSaliency *self, gboolean of_classes)
{
  g_autoptr (GbpNetwork) builtin = NULL;
  gboolean has_network;
  char **names;

  GST_OBJECT_LOCK (self);
  has_network = self->layers != NULL;
  names = g_strdupv (of_classes ? self->classes : self->layers);
  GST_OBJECT_UNLOCK (self);
  if (has_network)
    return names;
  builtin = gbp_network_load (NULL, GBP_PREPROCESS_AUTO, NULL);
  return g_strdupv ((char **) (of_classes ? gbp_network_get_class_names (builtin)
                                          : gbp_network_get_layer_names (builtin)));
}

static GstStructure *
copy_stats (GstGbpSaliency *self)
{
  GstStructure *stats;

  GST_OBJECT_LOCK (self);
  stats = gst_gbp_stats_to_structure (&self->stats, &self->timing);
  GST_OBJECT_UNLOCK (self);
  return stats;
}

static void
get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstGbpSaliency *self = GST_GBP_SALIENCY (object);

  if (G_VALUE_HOLDS (value, GST_TYPE_STRUCTURE)) {
    g_value_take_boxed (value, copy_stats (self));
    return;
  }
  if (!gst_gbp_property_is_setting (id)) {
    g_value_take_boxed (value, copy_names (self, g_str_equal (pspec->name, "classes")));
    return;
  }
  GST_OBJECT_LOCK (self);
  gst_gbp_property_read (&self->settings, id, value);
  GST_OBJECT_UNLOCK (self);
}

/* Takes the target that the properties say, if the loaded network has it, else takes back what they say.
 * Returns: why it is refused; free with g_free() */
static char *
judge_target (GstGbpSaliency *self)
{
  g_autoptr (GError) error = NULL;
  g_auto (GstGbpAim) aim = {0};
  g_autofree char *kept = NULL;
  char *refusal = NULL;

  GST_OBJECT_LOCK (self);
  if (self->network != NULL && !gst_gbp_aim_is_equal (&self->settings.aim, &self->aim)) {
    gst_gbp_aim_copy (&aim, &self->settings.aim);
    if (gst_gbp_aim_resolve (&aim, self->network, &error)) {
      gst_gbp_aim_copy (&self->aim, &aim);
      self->n_target++;
    } else {
      gst_gbp_aim_copy (&self->settings.aim, &self->aim);
      kept = gst_gbp_aim_describe (&self->aim);
      refusal =
          g_strdup_printf ("Refused: %s. What was set before stays: %s", error->message, kept);
    }
  }
  GST_OBJECT_UNLOCK (self);
  return refusal;
}

/* GObject calls this once for all properties that one g_object_set() changed, or that were changed between
 * g_object_freeze_notify() and g_object_thaw_notify(). So a layer and a channel that belong together are
 * judged together, and those who are told of a change read what it came to. */
static void
dispatch_properties_changed (GObject *object, guint n_pspecs, GParamSpec **pspecs)
{
  GstGbpSaliency *self = GST_GBP_SALIENCY (object);
  g_autofree char *refusal = judge_target (self);

  if (refusal != NULL)
    gst_gbp_post_refusal (GST_ELEMENT (self), refusal);
  G_OBJECT_CLASS (g_type_class_peek (GST_TYPE_VIDEO_FILTER))
      ->dispatch_properties_changed (object, n_pspecs, pspecs);
}

void
gst_gbp_properties_init (GObjectClass *object_class)
{
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->dispatch_properties_changed = dispatch_properties_changed;
  gst_gbp_property_specs_install (object_class);
}

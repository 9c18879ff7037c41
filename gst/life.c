/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "life.h"

#include "messages.h"

/* Makes the network that was loaded known to all threads, if it has the target that is set.
 * @target: (out): a copy of that target */
static gboolean
take_network (GstGbpSaliency *self, GbpNetwork *network, GbpTarget *target, GError **error)
{
  gboolean has_target;

  GST_OBJECT_LOCK (self);
  has_target = gbp_target_check (&self->settings.target, network, error);
  if (has_target) {
    self->network = gbp_network_ref (network);
    g_strfreev (self->layers);
    self->layers = g_strdupv ((char **) gbp_network_get_layer_names (network));
    gst_gbp_target_copy (&self->target, &self->settings.target);
    gst_gbp_target_copy (target, &self->target);
    self->n_in_force = self->n_target;
  }
  GST_OBJECT_UNLOCK (self);
  return has_target;
}

static gboolean
load (GstGbpSaliency *self, GError **error)
{
  g_autofree char *weights = NULL;
  g_autoptr (GbpNetwork) network = NULL;
  GbpPreprocess preprocess;
  guint threads;

  GST_OBJECT_LOCK (self);
  self->is_running = TRUE;
  weights = g_strdup (self->settings.weights);
  preprocess = self->settings.preprocess;
  threads = self->settings.threads;
  GST_OBJECT_UNLOCK (self);

  network = gbp_network_load (weights, preprocess, error);
  if (network == NULL || !take_network (self, network, &self->in_force, error))
    return FALSE;
  self->explainer = gst_gbp_explainer_new (network, threads, &self->in_force, error);
  if (self->explainer == NULL)
    return FALSE;
  GST_INFO_OBJECT (self, "loaded %s", gbp_network_get_description (network));
  gst_gbp_post_network (GST_ELEMENT (self), network);
  return TRUE;
}

/* The locks keep out a flush and a frame that came in before the pads were closed. */
void
gst_gbp_life_stop (GstGbpSaliency *self)
{
  GstBaseTransform *trans = GST_BASE_TRANSFORM (self);

  GST_PAD_STREAM_LOCK (trans->srcpad);
  GST_PAD_STREAM_LOCK (trans->sinkpad);
  g_clear_pointer (&self->explainer, gst_gbp_explainer_free);
  g_clear_pointer (&self->frames, gst_gbp_frames_free);
  gst_gbp_target_clear (&self->in_force);
  self->is_same = FALSE;
  GST_OBJECT_LOCK (self);
  g_clear_pointer (&self->network, gbp_network_unref);
  gst_gbp_target_clear (&self->target);
  self->is_running = FALSE;
  self->is_grey = FALSE;
  self->latency = (GstGbpLatency){0};
  GST_OBJECT_UNLOCK (self);
  gst_base_transform_set_passthrough (trans, FALSE);
  GST_PAD_STREAM_UNLOCK (trans->sinkpad);
  GST_PAD_STREAM_UNLOCK (trans->srcpad);
}

gboolean
gst_gbp_life_start (GstGbpSaliency *self)
{
  g_autoptr (GError) error = NULL;

  self->computed = GST_CLOCK_TIME_NONE;
  self->reported = -1;
  if (load (self, &error))
    return TRUE;
  gst_gbp_life_stop (self);
  gst_gbp_post_error (GST_ELEMENT (self), error);
  return FALSE;
}

/* A pad takes data from before its activation begins, and GstBaseTransform starts the element in the midst
 * of it. What arrives on the pad waits for its end here: for the network to be loaded, and for what
 * GstBaseTransform then sets to the state before any stream. */
static gboolean
activate_mode (GstPad *pad, GstObject *parent, GstPadMode mode, gboolean active)
{
  GstGbpSaliency *self = GST_GBP_SALIENCY (parent);
  GstBaseTransform *trans = GST_BASE_TRANSFORM (self);
  GstPadActivateModeFunction activate =
      GST_PAD_IS_SINK (pad) ? self->activate_sink_mode : self->activate_src_mode;
  gboolean has_succeeded;

  if (!active)
    return activate (pad, parent, mode, FALSE);
  GST_PAD_STREAM_LOCK (trans->srcpad);
  GST_PAD_STREAM_LOCK (trans->sinkpad);
  has_succeeded = activate (pad, parent, mode, TRUE);
  GST_PAD_STREAM_UNLOCK (trans->sinkpad);
  GST_PAD_STREAM_UNLOCK (trans->srcpad);
  return has_succeeded;
}

void
gst_gbp_life_hold_early_data (GstGbpSaliency *self)
{
  GstBaseTransform *trans = GST_BASE_TRANSFORM (self);

  self->activate_sink_mode = GST_PAD_ACTIVATEMODEFUNC (trans->sinkpad);
  self->activate_src_mode = GST_PAD_ACTIVATEMODEFUNC (trans->srcpad);
  gst_pad_set_activatemode_function (trans->sinkpad, activate_mode);
  gst_pad_set_activatemode_function (trans->srcpad, activate_mode);
}

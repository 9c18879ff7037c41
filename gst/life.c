/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "life.h"

#include <stdio.h>
#include <string.h>

#include "drain.h"
#include "messages.h"
#include "process.h"
#include "setup.h"

/* Makes the network that was loaded known to all threads, if it has the target that is set. */
static gboolean
take_network (GstGbpSaliency *self, GbpNetwork *network, GError **error)
{
  g_auto (GstGbpAim) aim = {0};
  gboolean has_target;

  GST_OBJECT_LOCK (self);
  gst_gbp_aim_copy (&aim, &self->settings.aim);
  has_target = gst_gbp_aim_resolve (&aim, network, error);
  if (has_target) {
    self->network = gbp_network_ref (network);
    gbp_network_get_input_size (network, &self->input_size.height, &self->input_size.width);
    g_strfreev (self->layers);
    g_strfreev (self->classes);
    self->classes = g_strdupv ((char **) gbp_network_get_class_names (network));
    self->layers = g_strdupv ((char **) gbp_network_get_layer_names (network));
    gst_gbp_aim_copy (&self->aim, &aim);
    self->in_force = gst_gbp_shared_target_new (&self->aim.target, ++self->n_target);
  }
  GST_OBJECT_UNLOCK (self);
  return has_target;
}

static gboolean
allocate_pictures (GstGbpSaliency *self, GError **error)
{
  const GstGbpInputSize *size = &self->input_size;

  self->picture = gst_gbp_picture_new (size);
  self->blank = gst_gbp_picture_new (size);
  if (self->picture != NULL && self->blank != NULL)
    return TRUE;
  g_set_error (error, GBP_ERROR, GBP_ERROR_MEMORY, "not enough memory for a picture of %u x %u",
      size->width, size->height);
  return FALSE;
}

/* @size: (nullable): WIDTHxHEIGHT */
static gboolean
parse_input_size (const char *size, GbpLoadOptions *options, GError **error)
{
  int length = 0;

  if (size == NULL || *size == '\0')
    return TRUE;
  if (strspn (size, "0123456789x") == strlen (size) && strlen (size) < 16
      && sscanf (size, "%7ux%7u%n", &options->input_width, &options->input_height, &length) == 2
      && size[length] == '\0')
    return TRUE;
  g_set_error (error, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_SETTINGS,
      "input-size \"%s\" is not WIDTHxHEIGHT in pixels, such as 320x240", size);
  return FALSE;
}

static GbpNetwork *
load_network (GstGbpSaliency *self, GError **error)
{
  g_autofree char *weights = NULL, *class_names = NULL, *input_size = NULL;
  GbpLoadOptions options = GBP_LOAD_OPTIONS_INIT;

  GST_OBJECT_LOCK (self);
  options.weights = weights = g_strdup (self->settings.weights);
  options.class_names = class_names = g_strdup (self->settings.class_names);
  options.preprocess = self->settings.preprocess;
  options.scoring = self->settings.scoring;
  input_size = g_strdup (self->settings.input_size);
  GST_OBJECT_UNLOCK (self);
  if (!parse_input_size (input_size, &options, error))
    return NULL;
  return gbp_network_load_full (&options, error);
}

static gboolean
load (GstGbpSaliency *self, GError **error)
{
  g_autoptr (GbpNetwork) network = NULL;

  GST_OBJECT_LOCK (self);
  self->is_running = TRUE;
  self->is_flushing = FALSE;
  self->position = GST_CLOCK_TIME_NONE;
  gst_gbp_process_copy_settings (self);
  GST_OBJECT_UNLOCK (self);

  network = load_network (self, error);
  if (network == NULL || !take_network (self, network, error) || !allocate_pictures (self, error)
      || !gst_gbp_setup_choose (self, 0, error))
    return FALSE;
  GST_INFO_OBJECT (self, "loaded %s", gbp_network_get_description (network));
  gst_gbp_post_network (GST_ELEMENT (self), network);
  return TRUE;
}

static void
drop_network (GstGbpSaliency *self)
{
  GST_OBJECT_LOCK (self);
  g_clear_pointer (&self->network, gbp_network_unref);
  gst_gbp_aim_clear (&self->aim);
  self->is_running = FALSE;
  self->is_grey = FALSE;
  self->is_live = FALSE;
  self->upstream = 0;
  self->position = GST_CLOCK_TIME_NONE;
  self->timing = (GstGbpTiming){0};
  self->stats = (GstGbpStats){.age = GST_CLOCK_TIME_NONE};
  GST_OBJECT_UNLOCK (self);
}

/* The locks keep out a flush and a frame that came in before the pads were closed. */
void
gst_gbp_life_stop (GstGbpSaliency *self)
{
  GstBaseTransform *trans = GST_BASE_TRANSFORM (self);

  gst_gbp_pusher_stop (self->pusher);
  GST_PAD_STREAM_LOCK (trans->srcpad);
  GST_PAD_STREAM_LOCK (trans->sinkpad);
  gst_gbp_setup_clear (self);
  g_clear_pointer (&self->pusher, gst_gbp_pusher_free);
  g_clear_pointer (&self->frames, gst_gbp_frames_free);
  g_clear_pointer (&self->in_force, gst_gbp_shared_target_unref);
  g_clear_pointer (&self->description, gst_structure_free);
  gst_clear_buffer (&self->map);
  g_clear_pointer (&self->picture, gst_gbp_picture_free);
  g_clear_pointer (&self->blank, gst_gbp_picture_free);
  self->single = self->full = self->spent = 0;
  self->past = (GstGbpCounts){0};
  self->is_same = self->has_failed = self->is_new = FALSE;
  drop_network (self);
  gst_base_transform_set_passthrough (trans, FALSE);
  GST_PAD_STREAM_UNLOCK (trans->sinkpad);
  GST_PAD_STREAM_UNLOCK (trans->srcpad);
}

gboolean
gst_gbp_life_start (GstGbpSaliency *self)
{
  g_autoptr (GError) error = NULL;

  self->reported = -1;
  self->pushed = GST_FLOW_OK;
  self->pusher = gst_gbp_pusher_new (gst_gbp_drain_ready, self);
  if (load (self, &error))
    return TRUE;
  gst_gbp_life_stop (self);
  gst_gbp_post_error (GST_ELEMENT (self), error);
  return FALSE;
}

/* A pad takes data from before its activation begins, and GstBaseTransform starts the element in the midst
 * of it. Nobody can pull: GstBaseTransform then takes for granted that a frame goes out for each that comes in, and
 * here several are in flight. What arrives on the pad waits for its end here: for the network to be loaded, and for
 * what GstBaseTransform then sets to the state before any stream. */
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
  if (mode == GST_PAD_MODE_PULL)
    return FALSE;
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

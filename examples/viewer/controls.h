/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What keys and clicks change of the element while it plays. */
#pragma once

#include <gbp/gbp.h>
#include <gst/gst.h>
#include <gst/video/video.h>

/* Controls
 * @saliency: (transfer none): the element
 * @network: the one that the element loads too, which shares it: it knows how large the layers' maps are */
typedef struct {
  GstElement *saliency;
  GbpNetwork *network;
} Controls;

/* Loads the network that the element's properties name. */
gboolean controls_init (Controls *controls, GstElement *saliency, GError **error);
void controls_clear (Controls *controls);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Controls, controls_clear)

/* Sets a property of the element by its name and a text.
 * Returns: FALSE with @error set if there is no such property or it does not take @value */
gboolean controls_set (GstElement *saliency, const char *name, const char *value, GError **error);

/* @key: a character, or the name that X has for a key
 * Returns: FALSE if it changes nothing */
gboolean controls_press (Controls *controls, const char *key);

/* Explains the unit of the layer's map at a place of the frame.
 * @x, @y: in pixels of the frame */
void controls_click (Controls *controls, const GstVideoInfo *info, double x, double y);

/* One line for each key. */
void controls_print_help (void);

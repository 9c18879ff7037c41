/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "aim.h"

void
gst_gbp_aim_init (GstGbpAim *aim)
{
  const GbpTarget target = GBP_TARGET_INIT;

  *aim = (GstGbpAim){.layer = g_strdup (target.layer)};
  gst_gbp_target_copy (&aim->target, &target);
}

void
gst_gbp_aim_copy (GstGbpAim *to, const GstGbpAim *from)
{
  char *class_name = g_strdup (from->class_name), *layer = g_strdup (from->layer),
       *randomize = g_strdup (from->randomize);

  gst_gbp_target_copy (&to->target, &from->target);
  g_free (to->layer);
  to->layer = layer;
  g_free (to->class_name);
  to->class_name = class_name;
  g_free (to->randomize);
  to->randomize = randomize;
  to->n_scores = from->n_scores;
}

void
gst_gbp_aim_clear (GstGbpAim *aim)
{
  gst_gbp_target_clear (&aim->target);
  g_clear_pointer (&aim->layer, g_free);
  g_clear_pointer (&aim->class_name, g_free);
  g_clear_pointer (&aim->randomize, g_free);
  aim->n_scores = 0;
}

gboolean
gst_gbp_aim_is_equal (const GstGbpAim *a, const GstGbpAim *b)
{
  const GbpTarget *target = &a->target, *other = &b->target;

  return g_strcmp0 (a->layer, b->layer) == 0 && target->method == other->method
         && target->channel == other->channel && target->unit_x == other->unit_x
         && target->unit_y == other->unit_y && g_strcmp0 (a->class_name, b->class_name) == 0
         && g_strcmp0 (a->randomize, b->randomize) == 0 && a->n_scores == b->n_scores
         && target->samples == other->samples && target->noise == other->noise
         && target->steps == other->steps && target->baseline == other->baseline;
}

static gboolean
is_set (const char *text)
{
  return text != NULL && *text != '\0';
}

/* Whether a method is of a class in any case: of the top one where none is said. */
static gboolean
is_cam (GbpMethod method)
{
  return method == GBP_METHOD_GRAD_CAM || method == GBP_METHOD_GUIDED_GRAD_CAM;
}

static const char *
find_layer (const GstGbpAim *aim, const GbpNetwork *network)
{
  const GbpTarget usual = GBP_TARGET_INIT;
  const char *last_map = gbp_network_get_last_map (network);

  if (last_map == NULL || !g_str_equal (aim->layer, usual.layer)
      || gbp_network_get_layer_shape (network, aim->layer, NULL, NULL, NULL, NULL))
    return aim->layer;
  return last_map;
}

gboolean
gst_gbp_aim_resolve (GstGbpAim *aim, const GbpNetwork *network, GError **error)
{
  GbpTarget target = aim->target;

  target.layer = find_layer (aim, network);
  target.class_index = GBP_CLASS_NONE;
  target.wants_scores = aim->n_scores > 0;
  target.randomize = is_set (aim->randomize) ? aim->randomize : NULL;
  if (is_set (aim->class_name)) {
    target.class_index = gbp_network_find_class (network, aim->class_name, error);
    if (target.class_index == GBP_CLASS_NONE)
      return FALSE;
  }
  if (target.class_index == GBP_CLASS_NONE && is_cam (target.method))
    target.class_index = GBP_CLASS_TOP;
  if (!gbp_target_check (&target, network, error))
    return FALSE;
  gst_gbp_target_copy (&aim->target, &target);
  return TRUE;
}

char *
gst_gbp_aim_describe (const GstGbpAim *aim)
{
  const GbpTarget *target = &aim->target;

  return g_strdup_printf ("layer %s, channel %d, unit %d,%d, class %s, scores %u%s%s", aim->layer,
      target->channel, target->unit_x, target->unit_y,
      is_set (aim->class_name) ? aim->class_name : "none", aim->n_scores,
      is_set (aim->randomize) ? ", random down to " : "",
      is_set (aim->randomize) ? aim->randomize : "");
}

void
gst_gbp_target_copy (GbpTarget *to, const GbpTarget *from)
{
  GbpTarget copy = *from;

  copy.layer = g_strdup (from->layer);
  copy.randomize = g_strdup (from->randomize);
  gst_gbp_target_clear (to);
  *to = copy;
}

void
gst_gbp_target_clear (GbpTarget *target)
{
  g_free ((gpointer) target->layer);
  g_free ((gpointer) target->randomize);
  *target = (GbpTarget){0};
}

guint
gst_gbp_target_count_images (const GbpTarget *target)
{
  guint steps = target->steps > 0 ? target->steps : GBP_DEFAULT_STEPS;

  return MAX (target->samples, 1) * (target->method == GBP_METHOD_INTEGRATED_GRADIENTS ? steps : 1);
}

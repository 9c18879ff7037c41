/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain/target.h"

#include <math.h>
#include <string.h>

#include "explain/method.h"
#include "kernel/kernels.h"

static gboolean
check_channel (const GbpLayer *layer, int channel, GError **error)
{
  if (channel >= GBP_CHANNEL_STRONGEST && channel < (int) layer->channels)
    return TRUE;
  g_set_error (error, GBP_ERROR, GBP_ERROR_CHANNEL,
      "no channel %d in layer %s; valid are 0 to %u, -1 for all and -2 for the strongest", channel,
      layer->name, layer->channels - 1);
  return FALSE;
}

static gboolean
check_unit (const GbpLayer *layer, int x, int y, GError **error)
{
  if (x >= GBP_UNIT_ALL && x < (int) layer->width && y >= GBP_UNIT_ALL && y < (int) layer->height)
    return TRUE;
  g_set_error (error, GBP_ERROR, GBP_ERROR_UNIT,
      "no unit %d,%d in layer %s; valid are x from 0 to %u and y from 0 to %u, and -1 for all", x,
      y, layer->name, layer->width - 1, layer->height - 1);
  return FALSE;
}

/* A class is a channel of the class layer, and the strongest channel the top class. */
static gboolean
select_class (
    GbpSelection *selection, const GbpNetwork *network, const GbpTarget *target, GError **error)
{
  G_STATIC_ASSERT ((int) GBP_CLASS_TOP == (int) GBP_CHANNEL_STRONGEST);

  if (!gbp_network_check_class (network, target->class_index, error))
    return FALSE;
  *selection = (GbpSelection){
      .cut = (guint) gbp_network_find_class_layer (network, NULL),
      .end = (guint) gbp_network_find_class_layer (network, NULL),
      .inner = -1,
      .method = target->method,
      .channel = target->class_index,
      .unit_x = GBP_UNIT_ALL,
      .unit_y = GBP_UNIT_ALL,
      .is_class = TRUE,
  };
  return TRUE;
}

/* The layer whose maps a class activation map is of. */
static int
find_inner (const GbpNetwork *network, const char *name, GError **error)
{
  const char *wanted = name != NULL ? name : gbp_network_get_last_map (network);
  g_autofree char *valid = NULL;
  int index = -1;

  if (wanted != NULL) {
    index = gbp_network_find_layer (network, wanted, error);
    if (index < 0 || gbp_network_is_inner_map (network, (guint) index))
      return index;
  }
  valid = gbp_network_list_inner_maps (network);
  g_set_error (error, GBP_ERROR, GBP_ERROR_LAYER,
      "no Grad-CAM at layer %s: it needs a map of more than one pixel on the way to the classes; valid layers are %s",
      wanted != NULL ? wanted : "none", *valid != '\0' ? valid : "none");
  return -1;
}

/* Of a class, the strongest where none is given. */
static gboolean
select_cam (
    GbpSelection *selection, const GbpNetwork *network, const GbpTarget *target, GError **error)
{
  GbpTarget of_class = *target;
  int inner;

  if (target->class_index == GBP_CLASS_NONE)
    of_class.class_index = GBP_CLASS_TOP;
  if (!select_class (selection, network, &of_class, error))
    return FALSE;
  inner = find_inner (network, target->layer, error);
  selection->inner = inner;
  selection->is_repeated = gbp_method_get (target->method)->has_gradient;
  return inner >= 0;
}

static gboolean
select_outputs (
    GbpSelection *selection, const GbpNetwork *network, const GbpTarget *target, GError **error)
{
  guint n_layers;
  const GbpLayer *layers = gbp_network_get_layers (network, &n_layers);
  int cut = gbp_network_find_layer (network, target->layer, error);
  int end = target->wants_scores && cut >= 0 ? gbp_network_find_class_layer (network, error) : cut;

  if (cut < 0 || end < 0 || !check_channel (&layers[cut], target->channel, error)
      || !check_unit (&layers[cut], target->unit_x, target->unit_y, error))
    return FALSE;
  *selection = (GbpSelection){
      .cut = (guint) cut,
      .end = (guint) end,
      .inner = -1,
      .method = target->method,
      .channel = target->channel,
      .unit_x = target->unit_x,
      .unit_y = target->unit_y,
  };
  return TRUE;
}

static gboolean
refuse_value (GError **error, const char *name, double value, double least, double most)
{
  g_set_error (error, GBP_ERROR, GBP_ERROR_VALUE, "no %s of %g; valid are %g to %g", name, value,
      least, most);
  return FALSE;
}

/* NaN is in no range. */
static gboolean
check_values (const GbpTarget *target, GError **error)
{
  if (target->samples > GBP_MAX_SAMPLES)
    return refuse_value (error, "samples", target->samples, 0, GBP_MAX_SAMPLES);
  if (!(target->noise >= 0 && target->noise <= 1))
    return refuse_value (error, "noise", target->noise, 0, 1);
  if (target->steps > GBP_MAX_STEPS)
    return refuse_value (error, "steps", target->steps, 0, GBP_MAX_STEPS);
  if (!(target->baseline >= 0 && target->baseline <= 255))
    return refuse_value (error, "baseline", target->baseline, 0, 255);
  return TRUE;
}

static gboolean
select_layers (
    GbpSelection *selection, const GbpNetwork *network, const GbpTarget *target, GError **error)
{
  if (gbp_method_get (target->method)->has_cam)
    return select_cam (selection, network, target, error);
  if (target->class_index != GBP_CLASS_NONE)
    return select_class (selection, network, target, error);
  return select_outputs (selection, network, target, error);
}

gboolean
gbp_selection_init (
    GbpSelection *selection, const GbpNetwork *network, const GbpTarget *target, GError **error)
{
  const GbpMethodEntry *method = gbp_method_get (target->method);

  if (!check_values (target, error) || !select_layers (selection, network, target, error))
    return FALSE;
  selection->samples = MAX (target->samples, 1);
  selection->noise = target->noise;
  selection->steps = target->steps > 0 ? target->steps : GBP_DEFAULT_STEPS;
  selection->baseline = target->baseline;
  selection->has_images = selection->samples > 1 || method->times_input || method->is_integrated;
  return TRUE;
}

gboolean
gbp_target_check (const GbpTarget *target, const GbpNetwork *network, GError **error)
{
  GbpSelection selection;

  g_return_val_if_fail (target != NULL && network != NULL, FALSE);
  g_return_val_if_fail (gbp_method_is_valid (target->method), FALSE);
  if (!gbp_selection_init (&selection, network, target, error))
    return FALSE;
  if (target->randomize == NULL || gbp_network_check_randomized (network, target->randomize, error))
    return TRUE;
  g_prefix_error (error, "randomize: ");
  return FALSE;
}

GbpRegion
gbp_selection_get_region (const GbpSelection *selection, const GbpLayer *layer)
{
  GbpRegion region = {0, 0, layer->height, layer->width};

  if (selection->unit_y != GBP_UNIT_ALL) {
    region.top = (guint) selection->unit_y;
    region.bottom = region.top + 1;
  }
  if (selection->unit_x != GBP_UNIT_ALL) {
    region.left = (guint) selection->unit_x;
    region.right = region.left + 1;
  }
  return region;
}

/* Sums over the selected positions, by channel. */
static void
sum_positions (
    const GbpSelection *selection, const GbpLayer *layer, const float *output, double *sums)
{
  GbpRegion region = gbp_selection_get_region (selection, layer);
  gsize stride = gbp_pad_channels (layer->channels);

  memset (sums, 0, stride * sizeof *sums);
  for (gsize y = region.top; y < region.bottom; y++)
    for (gsize x = region.left; x < region.right; x++) {
      const float *pixel = output + (y * layer->width + x) * stride;

      for (gsize c = 0; c < stride; c++)
        sums[c] += pixel[c];
    }
}

GbpResult
gbp_selection_sum (
    const GbpSelection *selection, const GbpLayer *layer, const float *output, double *sums)
{
  GbpResult result = {.channel = selection->channel};

  sum_positions (selection, layer, output, sums);
  if (selection->channel == GBP_CHANNEL_STRONGEST) {
    result.channel = 0;
    for (guint channel = 1; channel < layer->channels && !isnan (sums[result.channel]); channel++)
      if (!(sums[channel] <= sums[result.channel]))
        result.channel = (int) channel;
  }
  result.class_index = selection->is_class ? result.channel : GBP_CLASS_NONE;
  if (result.channel != GBP_CHANNEL_ALL)
    result.value = sums[result.channel];
  else
    for (guint channel = 0; channel < layer->channels; channel++)
      result.value += sums[channel];
  return result;
}

void
gbp_selection_seed (const GbpSelection *selection, const GbpLayer *layer, int channel, float *seed)
{
  GbpRegion region = gbp_selection_get_region (selection, layer);
  gsize stride = gbp_pad_channels (layer->channels);

  for (gsize y = region.top; y < region.bottom; y++)
    for (gsize x = region.left; x < region.right; x++) {
      float *pixel = seed + (y * layer->width + x) * stride;

      for (gsize c = 0; c < stride; c++)
        pixel[c] = c < layer->channels && (channel == GBP_CHANNEL_ALL || (gsize) channel == c);
    }
}

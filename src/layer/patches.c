/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/patches.h"

#include "kernel/memory.h"

void
gbp_patch_matrices_clear (GbpPatchMatrices *matrices)
{
  g_clear_pointer (&matrices->reach, gbp_reach_free);
  gbp_memory_free (matrices->offsets);
  gbp_memory_free (matrices->values);
}

/* Returns: floats of all matrices */
static gsize
find_offsets (GbpPatchMatrices *matrices)
{
  const GbpReach *reach = matrices->reach;
  gsize n = 0;

  for (guint i = 0; i < reach->n_phases_y * reach->n_phases_x; i++) {
    matrices->offsets[i] = n;
    n += gbp_patch_matrices_get_depth (matrices, i) * matrices->columns * matrices->n_bundles;
  }
  return n;
}

/* Of one group, of the source and of the target. */
static void
count_channels (const GbpNode *node, gboolean is_backward, guint *n_from, guint *n_to)
{
  guint n_inputs = node->inputs->channels / node->operation->window.groups;
  guint n_outputs = node->output.channels / node->operation->window.groups;

  *n_from = is_backward ? n_outputs : n_inputs;
  *n_to = is_backward ? n_inputs : n_outputs;
}

guint
gbp_patch_matrices_find_bundle (const GbpNode *node, gboolean is_backward)
{
  const GbpWindow *window = &node->operation->window;
  gsize n_taps = (gsize) window->rows * window->columns, least = G_MAXSIZE;
  guint n_from, n_to, best = 1;

  count_channels (node, is_backward, &n_from, &n_to);
  for (guint n = 1; n <= window->groups && (n == 1 || n * n_to <= GBP_PANEL); n++) {
    gsize size = n * n_taps * n_from * gbp_pad_channels (n * n_to);

    if (window->groups % n == 0 && window->groups / n * size <= least) {
      least = window->groups / n * size;
      best = n;
    }
  }
  return best;
}

/* The weights by which channel @from of a bundle's part of the source counts at place @number of the window, for all
 * channels of that bundle's part of the target: zero but for those of the same group.
 * @row: (out): [n_to] */
static void
copy_row (const GbpPatchMatrices *matrices, const GbpNode *node, gboolean is_backward, guint number,
    guint bundle, guint from, float *row)
{
  const float *kernel = node->operation->tensors[0]->values;
  gsize n_outputs = node->output.channels;
  guint n_from, n_to, first, group;
  const float *place;

  count_channels (node, is_backward, &n_from, &n_to);
  first = from / n_from * n_to;
  group = bundle * (matrices->n_to / n_to) + from / n_from;
  from %= n_from;
  place = kernel + number * (is_backward ? n_to : n_from) * n_outputs
          + group * (is_backward ? n_from : n_to);
  memset (row, 0, matrices->n_to * sizeof *row);
  for (guint to = 0; to < n_to; to++)
    row[first + to] = is_backward ? place[to * n_outputs + from] : place[from * n_outputs + to];
}

/* @row: zeros, [columns] */
static void
pack_matrix (const GbpPatchMatrices *matrices, const GbpNode *node, gboolean is_backward,
    gsize panel, guint phase, guint bundle, float *row)
{
  const GbpPhase *taps = &matrices->reach->phases[phase];
  gsize depth = gbp_patch_matrices_get_depth (matrices, phase), k = 0;
  float *packed = matrices->values + matrices->offsets[phase] + bundle * depth * matrices->columns;

  for (guint t = 0; t < taps->n_taps; t++)
    for (guint from = 0; from < matrices->n_from; from++, k++) {
      copy_row (matrices, node, is_backward, taps->taps[t].number, bundle, from, row);
      gbp_pack_row (panel, depth, matrices->columns, k, row, packed);
    }
}

gboolean
gbp_patch_matrices_init (
    GbpPatchMatrices *matrices, const GbpNode *node, gboolean is_backward, gsize panel)
{
  const GbpWindow *window = &node->operation->window;
  guint n = gbp_patch_matrices_find_bundle (node, is_backward), n_from, n_to;
  float *row;

  count_channels (node, is_backward, &n_from, &n_to);
  *matrices = (GbpPatchMatrices){
      .n_bundles = window->groups / n,
      .n_from = n * n_from,
      .n_to = n * n_to,
      .columns = gbp_pad_channels (n * n_to),
  };
  matrices->reach = (is_backward ? gbp_reach_new_backward : gbp_reach_new_forward) (
      window, node->inputs, &node->output);
  if (matrices->reach == NULL)
    return FALSE;
  matrices->offsets = gbp_memory_new (
      matrices->reach->n_phases_y * matrices->reach->n_phases_x, sizeof *matrices->offsets);
  if (matrices->offsets == NULL)
    return FALSE;
  matrices->values = gbp_memory_new (find_offsets (matrices), sizeof *matrices->values);
  row = gbp_memory_new (matrices->columns, sizeof *row);
  if (matrices->values != NULL && row != NULL)
    for (guint i = 0; i < matrices->reach->n_phases_y * matrices->reach->n_phases_x; i++)
      for (guint g = 0; g < matrices->n_bundles; g++)
        pack_matrix (matrices, node, is_backward, panel, i, g, row);
  gbp_memory_free (row);
  return matrices->values != NULL && row != NULL;
}

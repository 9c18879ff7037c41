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
    n += gbp_patch_matrices_get_depth (matrices, i) * matrices->columns * matrices->n_groups;
  }
  return n;
}

/* The weights by which channel @from of the source counts at place @number of the window, in a group, for all the
 * target's channels.
 * @row: (out): [n_to] */
static void
copy_row (const GbpPatchMatrices *matrices, const GbpNode *node, gboolean is_backward, guint number,
    guint group, guint from, float *row)
{
  const float *kernel = node->operation->tensors[0]->values;
  gsize n_outputs = node->output.channels, n_inputs = node->inputs->channels / matrices->n_groups;
  gsize per_group = n_outputs / matrices->n_groups;
  const float *place = kernel + number * n_inputs * n_outputs + group * per_group;

  for (guint to = 0; to < matrices->n_to; to++)
    row[to] = is_backward ? place[to * n_outputs + from] : place[from * n_outputs + to];
}

/* @row: zeros, [columns] */
static void
pack_matrix (const GbpPatchMatrices *matrices, const GbpNode *node, gboolean is_backward,
    gsize panel, guint phase, guint group, float *row)
{
  const GbpPhase *taps = &matrices->reach->phases[phase];
  gsize depth = gbp_patch_matrices_get_depth (matrices, phase), k = 0;
  float *packed = matrices->values + matrices->offsets[phase] + group * depth * matrices->columns;

  for (guint t = 0; t < taps->n_taps; t++)
    for (guint from = 0; from < matrices->n_from; from++, k++) {
      copy_row (matrices, node, is_backward, taps->taps[t].number, group, from, row);
      gbp_pack_row (panel, depth, matrices->columns, k, row, packed);
    }
}

gboolean
gbp_patch_matrices_init (
    GbpPatchMatrices *matrices, const GbpNode *node, gboolean is_backward, gsize panel)
{
  const GbpWindow *window = &node->operation->window;
  guint inputs = node->inputs->channels / window->groups;
  guint outputs = node->output.channels / window->groups;
  float *row;

  *matrices = (GbpPatchMatrices){
      .n_groups = window->groups,
      .n_from = is_backward ? outputs : inputs,
      .n_to = is_backward ? inputs : outputs,
      .columns = gbp_pad_channels (is_backward ? inputs : outputs),
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
      for (guint g = 0; g < matrices->n_groups; g++)
        pack_matrix (matrices, node, is_backward, panel, i, g, row);
  gbp_memory_free (row);
  return matrices->values != NULL && row != NULL;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "values.h"

#include <check.h>
#include <math.h>

#include "kernel/memory.h"
#include "layer/kind.h"

double
values_input (int y, int x, int c)
{
  return y >= 0 && y < VALUES_HEIGHT && x >= 0 && x < VALUES_WIDTH ? 100 * y + 10 * x + c + 1 : 0;
}

/* Padded, as passes have maps. */
static float *
new_map (const GbpShape *shape)
{
  return gbp_memory_new (
      (gsize) shape->height * shape->width * gbp_pad_channels (shape->channels), sizeof (float));
}

static gsize
find_place (const GbpShape *shape, guint y, guint x, guint c)
{
  return ((gsize) y * shape->width + x) * gbp_pad_channels (shape->channels) + c;
}

static float *
new_input (const GbpShape *shape)
{
  float *map = new_map (shape);

  for (guint y = 0; y < shape->height; y++)
    for (guint x = 0; x < shape->width; x++)
      for (guint c = 0; c < shape->channels; c++)
        map[find_place (shape, y, x, c)] = (float) values_input ((int) y, (int) x, (int) c);
  return map;
}

/* Of one operation by itself.
 * @maps: of the values before */
static float *
compute (const GbpGraph *graph, const GbpOperation *operation, const GbpShape *output, float **maps)
{
  g_autoptr (GbpTeam) team = gbp_team_new (1);
  g_autofree GbpShape *shapes = g_new (GbpShape, operation->n_inputs);
  g_autofree const float **inputs = g_new (const float *, operation->n_inputs);
  GbpNode node = {operation, NULL, operation->n_inputs, shapes, *output};
  const GbpKindClass *kind = gbp_kind_get (operation->kind);
  GbpNodePass pass = {.kernels = gbp_kernels_get (), .team = team, .rows = gbp_rows_of (output)};
  float *map = new_map (output);
  gpointer prepared;

  for (guint i = 0; i < operation->n_inputs; i++) {
    shapes[i] = *gbp_graph_get_shape (graph, operation->inputs[i]);
    inputs[i] = maps[operation->inputs[i]];
  }
  prepared = kind->prepare != NULL ? kind->prepare (&node, pass.kernels) : NULL;
  pass.inputs = inputs;
  pass.output = map;
  pass.saved = gbp_memory_new (kind->get_saved_size != NULL ? kind->get_saved_size (&node) : 0, 1);
  pass.workspace = gbp_memory_new (
      kind->get_workspace_size != NULL ? kind->get_workspace_size (&node, 1) : 0, 1);
  kind->forward (&node, prepared, &pass);
  if (kind->prepare != NULL)
    kind->free (prepared);
  gbp_memory_free (pass.saved);
  gbp_memory_free (pass.workspace);
  return map;
}

static void
compare (const GbpShape *shape, const float *map, ValuesFunction expected)
{
  for (guint y = 0; y < shape->height; y++)
    for (guint x = 0; x < shape->width; x++)
      for (guint c = 0; c < shape->channels; c++) {
        double value = expected ((int) y, (int) x, (int) c);
        double found = map[find_place (shape, y, x, c)];

        ck_assert_msg (fabs (found - value) <= 1e-5 * fabs (value) + 1e-6,
            "row %u, column %u, channel %u: %g, found %g", y, x, c, value, found);
      }
}

void
values_assert (const GbpDescription *description, const GbpShape *shape, ValuesFunction expected)
{
  const GbpGraph *graph = description->graph;
  guint n;
  const GbpOperation *operations = gbp_graph_get_operations (graph, &n);
  g_autofree float **maps = g_new (float *, n + 1);

  ck_assert_msg (description->refusal == NULL, "%s", description->refusal);
  ck_assert_mem_eq (gbp_graph_get_shape (graph, n), shape, sizeof *shape);
  maps[0] = new_input (gbp_graph_get_shape (graph, 0));
  for (guint i = 0; i < n; i++)
    maps[i + 1] = compute (graph, &operations[i], gbp_graph_get_shape (graph, i + 1), maps);
  compare (shape, maps[n], expected);
  for (guint i = 0; i <= n; i++)
    gbp_memory_free (maps[i]);
}

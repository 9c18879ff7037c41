/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Zeros around a map, or its border off. Each is the other's way back. */
#include "layer/kinds.h"

/* A smaller map in a larger one, whose first pixel is at row @top and column @left of that.
 * @first: of the rows that are made */
typedef struct {
  const GbpShape *smaller;
  const GbpShape *larger;
  guint top;
  guint left;
  guint first;
  const float *from;
  float *to;
} Border;

static Border
make_border (const GbpNode *node, const float *from, float *to)
{
  const GbpPadding *padding = &node->operation->window.padding;
  gboolean is_larger = node->operation->kind == GBP_KIND_PAD;

  return (Border){
      .smaller = is_larger ? node->inputs : &node->output,
      .larger = is_larger ? &node->output : node->inputs,
      .top = padding->top,
      .left = padding->left,
      .from = from,
      .to = to,
  };
}

/* A row of the larger map. */
static void
surround_row (gpointer data, guint part, guint worker)
{
  const Border *border = data;
  guint y = border->first + part;
  gsize stride = gbp_pad_channels (border->smaller->channels);
  gsize n_row = border->larger->width * stride, n_inside = border->smaller->width * stride;
  float *row = border->to + y * n_row, *inside = row + border->left * stride;

  if (y < border->top || y - border->top >= border->smaller->height) {
    memset (row, 0, n_row * sizeof *row);
    return;
  }
  memset (row, 0, border->left * stride * sizeof *row);
  memcpy (inside, border->from + (y - border->top) * n_inside, n_inside * sizeof *row);
  memset (inside + n_inside, 0, (n_row - border->left * stride - n_inside) * sizeof *row);
}

/* A row of the smaller map. */
static void
cut_row (gpointer data, guint part, guint worker)
{
  const Border *border = data;
  gsize y = border->first + part;
  gsize stride = gbp_pad_channels (border->smaller->channels);
  gsize n_row = border->larger->width * stride, n_inside = border->smaller->width * stride;

  memcpy (border->to + y * n_inside,
      border->from + (y + border->top) * n_row + border->left * stride,
      n_inside * sizeof *border->to);
}

static void
surround (GbpTeam *team, Border border, GbpRows rows)
{
  border.first = rows.first;
  gbp_team_run (team, surround_row, &border, gbp_rows_count (rows));
}

static void
cut (GbpTeam *team, Border border, GbpRows rows)
{
  border.first = rows.first;
  gbp_team_run (team, cut_row, &border, gbp_rows_count (rows));
}

static GbpRows
find_smaller_rows (const GbpNode *node, guint input, GbpRows rows, gboolean is_backward)
{
  return gbp_rows_shift (rows, node->operation->window.padding.top, node->inputs->height);
}

static GbpRows
find_larger_rows (const GbpNode *node, guint input, GbpRows rows, gboolean is_backward)
{
  guint top = node->operation->window.padding.top;

  return (GbpRows){rows.first + top, rows.end + top};
}

static void
forward_pad (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  surround (pass->team, make_border (node, pass->inputs[0], pass->output), pass->rows);
}

static void
backward_pad (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  cut (pass->team, make_border (node, pass->gradient, pass->input_gradients[0]),
      pass->input_rows[0]);
}

static void
forward_crop (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  cut (pass->team, make_border (node, pass->inputs[0], pass->output), pass->rows);
}

static void
backward_crop (const GbpNode *node, gconstpointer prepared, const GbpNodePass *pass)
{
  surround (pass->team, make_border (node, pass->gradient, pass->input_gradients[0]),
      pass->input_rows[0]);
}

static char *
infer_pad (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  const GbpPadding *padding = &operation->window.padding;

  if (MAX (MAX (padding->top, padding->bottom), MAX (padding->left, padding->right)) > GBP_MAX_SIZE)
    return g_strdup_printf ("expected at most %u pixels of padding, found %u, %u, %u, %u",
        GBP_MAX_SIZE, padding->top, padding->left, padding->bottom, padding->right);
  output->height += padding->top + padding->bottom;
  output->width += padding->left + padding->right;
  return NULL;
}

static char *
infer_crop (const GbpOperation *operation, const GbpShape *inputs, GbpShape *output)
{
  const GbpPadding *border = &operation->window.padding;

  if ((guint64) border->top + border->bottom >= inputs->height
      || (guint64) border->left + border->right >= inputs->width)
    return g_strdup_printf (
        "expected to leave some of the %u×%u pixels, found a border of %u, %u, %u, %u",
        inputs->height, inputs->width, border->top, border->left, border->bottom, border->right);
  output->height -= border->top + border->bottom;
  output->width -= border->left + border->right;
  return NULL;
}

const GbpKindClass gbp_kind_pad = {
    .name = "padding",
    .infer = infer_pad,
    .find_rows = find_smaller_rows,
    .forward = forward_pad,
    .backward = backward_pad,
};

const GbpKindClass gbp_kind_crop = {
    .name = "cropping",
    .infer = infer_crop,
    .find_rows = find_larger_rows,
    .forward = forward_crop,
    .backward = backward_crop,
};

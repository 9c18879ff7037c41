/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/reach.h"

#include <string.h>

#include "kernel/memory.h"

void
gbp_reach_free (GbpReach *reach)
{
  gbp_memory_free (reach->phases);
  gbp_memory_free (reach->taps);
  gbp_memory_free (reach);
}

static gboolean
allocate_reach (GbpReach *reach, gsize n_window)
{
  reach->phases =
      gbp_memory_new ((gsize) reach->n_phases_y * reach->n_phases_x, sizeof *reach->phases);
  reach->taps = gbp_memory_new (n_window, sizeof *reach->taps);
  return reach->phases != NULL && reach->taps != NULL;
}

GbpReach *
gbp_reach_new_forward (const GbpWindow *window, const GbpShape *input, const GbpShape *output)
{
  GbpReach *reach = gbp_memory_new (1, sizeof *reach);
  gsize n_window = (gsize) window->rows * window->columns;

  if (reach == NULL)
    return NULL;
  *reach = (GbpReach){output->height, output->width, input->height, input->width, 1, 1,
      window->stride_y, window->stride_x, 1, 1, n_window, NULL, NULL};
  if (!allocate_reach (reach, n_window)) {
    gbp_reach_free (reach);
    return NULL;
  }
  for (guint i = 0; i < n_window; i++)
    reach->taps[i] =
        (GbpReachTap){(int) (i / window->columns * window->dilation_y) - (int) window->padding.top,
            (int) (i % window->columns * window->dilation_x) - (int) window->padding.left, i};
  reach->phases[0] = (GbpPhase){reach->taps, (guint) n_window};
  return reach;
}

/* The outputs that the input at row, or column, @first of its phase goes to by the window's place at @offset from the
 * padding's edge. Returns: whether there are such, of every @stride-th input */
static gboolean
find_source (guint first, guint offset, guint padding, guint stride, int *source)
{
  int distance = (int) first + (int) padding - (int) offset;

  if (distance % (int) stride != 0)
    return FALSE;
  *source = distance / (int) stride;
  return TRUE;
}

/* The taps of the phase that begins at the input's pixel (@y, @x). Returns: how many */
static guint
find_taps (const GbpWindow *window, guint y, guint x, GbpReachTap *taps)
{
  guint n = 0;

  for (guint i = 0; i < window->rows * window->columns; i++) {
    guint down = i / window->columns * window->dilation_y;
    guint right = i % window->columns * window->dilation_x;
    GbpReachTap *tap = &taps[n];

    if (find_source (y, down, window->padding.top, window->stride_y, &tap->row)
        && find_source (x, right, window->padding.left, window->stride_x, &tap->column)) {
      tap->number = i;
      n++;
    }
  }
  return n;
}

GbpReach *
gbp_reach_new_backward (const GbpWindow *window, const GbpShape *input, const GbpShape *output)
{
  GbpReach *reach = gbp_memory_new (1, sizeof *reach);
  gsize n_window = (gsize) window->rows * window->columns;
  GbpReachTap *taps;

  if (reach == NULL)
    return NULL;
  *reach = (GbpReach){input->height, input->width, output->height, output->width, window->stride_y,
      window->stride_x, 1, 1, MIN (window->stride_y, input->height),
      MIN (window->stride_x, input->width), n_window, NULL, NULL};
  if (!allocate_reach (reach, n_window + 1)) { /* find_taps() looks one further */
    gbp_reach_free (reach);
    return NULL;
  }
  taps = reach->taps;
  for (guint i = 0; i < reach->n_phases_y * reach->n_phases_x; i++) {
    guint n = find_taps (window, i / reach->n_phases_x, i % reach->n_phases_x, taps);

    reach->phases[i] = (GbpPhase){taps, n};
    taps += n;
  }
  return reach;
}

static const GbpPhase *
get_phase (const GbpReachWalk *walk)
{
  const GbpReach *reach = walk->reach;

  return &reach->phases[walk->y % reach->step_y * reach->n_phases_x + walk->phase];
}

static int
get_source_row (const GbpReachWalk *walk, const GbpReachTap *tap)
{
  return (int) (walk->y / walk->reach->step_y * walk->reach->source_step_y) + tap->row;
}

static gboolean
is_row_inside (const GbpReachWalk *walk, const GbpReachTap *tap)
{
  int row = get_source_row (walk, tap);

  return row >= 0 && row < (int) walk->reach->source_height;
}

/* Between which of the phase's @n_columns columns, counted in steps, all taps lie in the source. */
static void
find_inside (
    const GbpReachWalk *walk, const GbpPhase *phase, guint n_columns, guint *begin, guint *end)
{
  int step = (int) walk->reach->source_step_x, least = 0, most = 0, room;
  gboolean has_taps = FALSE;

  for (guint i = 0; i < phase->n_taps; i++)
    if (is_row_inside (walk, &phase->taps[i])) {
      int column = phase->taps[i].column;

      least = has_taps ? MIN (least, column) : column;
      most = has_taps ? MAX (most, column) : column;
      has_taps = TRUE;
    }
  room = (int) walk->reach->source_width - 1 - most;
  *begin = least < 0 ? (guint) ((step - 1 - least) / step) : 0;
  *end = room < 0 ? 0 : MIN ((guint) (room / step) + 1, n_columns);
  if (!has_taps)
    *end = n_columns;
}

/* The taps that lie in the source for column @i of the phase, into the walk's scratch. Returns: how many */
static gsize
collect_taps (const GbpReachWalk *walk, const GbpPhase *phase, guint i)
{
  const GbpReach *reach = walk->reach;
  gsize n = 0;

  for (guint k = 0; k < phase->n_taps; k++) {
    const GbpReachTap *tap = &phase->taps[k];
    int row = get_source_row (walk, tap), column = (int) (i * reach->source_step_x) + tap->column;

    if (is_row_inside (walk, tap) && column >= 0 && column < (int) reach->source_width)
      walk->taps[n++] = (GbpTap){
          ((gsize) row * reach->source_width + (gsize) column) * walk->stride, tap->number};
  }
  return n;
}

static void
fill_stencil (const GbpReachWalk *walk, const GbpPhase *phase, guint n_pixels, GbpStencil *stencil)
{
  const GbpReach *reach = walk->reach;
  gsize x = walk->phase + (gsize) walk->next * reach->step_x;

  *stencil = (GbpStencil){
      .taps = walk->taps,
      .n_taps = collect_taps (walk, phase, walk->next),
      .source = walk->source,
      .source_step = reach->source_step_x * walk->stride,
      .target = walk->target + ((gsize) walk->y * reach->width + x) * walk->stride,
      .target_step = reach->step_x * walk->stride,
      .n_pixels = n_pixels,
      .n_channels = walk->stride,
  };
}

gboolean
gbp_reach_walk (GbpReachWalk *walk, GbpStencil *stencil)
{
  const GbpReach *reach = walk->reach;

  for (; walk->phase < reach->n_phases_x; walk->phase++) {
    const GbpPhase *phase = get_phase (walk);
    guint n_columns = (reach->width - walk->phase + reach->step_x - 1) / reach->step_x;

    if (walk->next < n_columns) {
      guint begin, end, n;

      find_inside (walk, phase, n_columns, &begin, &end);
      n = walk->next >= begin && walk->next < end ? end - walk->next : 1;
      fill_stencil (walk, phase, n, stencil);
      walk->next += n;
      return TRUE;
    }
    walk->next = 0;
  }
  return FALSE;
}

void
gbp_reach_find_rows (
    const GbpWindow *window, gsize top, gsize bottom, gsize height, gsize *first, gsize *end)
{
  gsize extent = (gsize) (window->rows - 1) * window->dilation_y;
  gsize reached = top + window->padding.top;

  *first = reached > extent ? (reached - extent + window->stride_y - 1) / window->stride_y : 0;
  *end = MIN ((bottom - 1 + window->padding.top) / window->stride_y + 1, height);
}

GbpRows
gbp_reach_find_seen (const GbpWindow *window, GbpRows rows, guint height)
{
  guint extent = (window->rows - 1) * window->dilation_y + 1;
  GbpRows padded = {rows.first * window->stride_y, (rows.end - 1) * window->stride_y + extent};

  return gbp_rows_shift (padded, window->padding.top, height);
}

void
gbp_reach_clear_around (
    const GbpWindow *window, GbpRows seen, GbpRows rows, const GbpShape *output, float *map)
{
  gsize n_row = output->width * gbp_pad_channels (output->channels), first, end;

  gbp_reach_find_rows (window, seen.first, seen.end, output->height, &first, &end);
  for (gsize y = first; y < end; y++)
    if (!gbp_rows_contain (rows, y))
      memset (map + y * n_row, 0, n_row * sizeof *map);
}

guint
gbp_reach_count (guint i, guint size, guint stride, guint dilation, guint padding_before, guint n)
{
  guint count = 0;

  for (guint k = 0; k < size; k++) {
    int place = (int) (i * stride + k * dilation) - (int) padding_before;

    count += place >= 0 && place < (int) n;
  }
  return count;
}

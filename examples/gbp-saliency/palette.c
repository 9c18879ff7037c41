/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "palette.h"

#include <string.h>

/* Colours are counted, and looked up, by the upper five bits of each component. */
#define BITS   5
#define N_BINS (1 << (3 * BITS))

/* Colours of which there are few: a hash table with open addresses, that is never more than half full. */
#define N_SLOTS 1024

/* @n: pixels
 * @sums: of their components */
typedef struct {
  guint n;
  guint64 sums[3];
} Bin;

/* Some of the bins that are not empty: @first … @first + @n − 1.
 * @error: the sum of the squares by which the pixels differ from their mean, along @axis, where it is largest */
typedef struct {
  guint first, n;
  double mean[3];
  double error;
  guint axis;
} Box;

static guint
find_bin (const int *colour)
{
  guint bin = 0;

  for (guint c = 0; c < 3; c++)
    bin = bin << BITS | (guint) colour[c] >> (8 - BITS);
  return bin;
}

/* Returns: @colour's place in @slots, of which each holds one more than the number of one of @colours, or 0 */
static guint
find_slot (const guint16 *slots, const Colour *colours, const guint8 *colour)
{
  guint slot = (colour[0] * 7u + colour[1] * 61u + colour[2] * 523u) % N_SLOTS;

  while (slots[slot] != 0 && memcmp (colours[slots[slot] - 1], colour, sizeof (Colour)) != 0)
    slot = (slot + 1) % N_SLOTS;
  return slot;
}

/* Returns: FALSE if there are more colours than a palette has */
static gboolean
take_all (const guint8 *pixels, gsize n_pixels, Colour *colours, guint8 *indices)
{
  guint16 slots[N_SLOTS] = {0};
  guint16 n_colours = 0;

  for (gsize i = 0; i < n_pixels; i++) {
    guint slot = find_slot (slots, colours, pixels + 3 * i);

    if (slots[slot] == 0) {
      if (n_colours == PALETTE_SIZE)
        return FALSE;
      memcpy (colours[n_colours], pixels + 3 * i, sizeof (Colour));
      slots[slot] = ++n_colours;
    }
    indices[i] = (guint8) (slots[slot] - 1);
  }
  return TRUE;
}

/* Returns: (transfer full): [@n_bins]: those that are not empty */
static Bin *
count_colours (const guint8 *pixels, gsize n_pixels, guint *n_bins)
{
  Bin *bins = g_new0 (Bin, N_BINS);

  for (gsize i = 0; i < n_pixels; i++) {
    const int colour[3] = {pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]};
    Bin *bin = &bins[find_bin (colour)];

    bin->n++;
    for (guint c = 0; c < 3; c++)
      bin->sums[c] += (guint64) colour[c];
  }
  *n_bins = 0;
  for (guint i = 0; i < N_BINS; i++)
    if (bins[i].n > 0)
      bins[(*n_bins)++] = bins[i];
  return bins;
}

static double
get_value (const Bin *bin, guint c)
{
  return (double) bin->sums[c] / bin->n;
}

static void
measure (Box *box, const Bin *bins)
{
  double n = 0, sums[3] = {0}, squares[3] = {0};

  for (guint i = box->first; i < box->first + box->n; i++) {
    n += bins[i].n;
    for (guint c = 0; c < 3; c++) {
      double value = get_value (&bins[i], c);

      sums[c] += bins[i].n * value;
      squares[c] += bins[i].n * value * value;
    }
  }
  box->error = -1;
  for (guint c = 0; c < 3; c++) {
    double error = squares[c] - sums[c] * sums[c] / n;

    box->mean[c] = sums[c] / n;
    if (error > box->error) {
      box->error = error;
      box->axis = c;
    }
  }
}

/* What lies above the mean becomes @upper. */
static void
split (Box *box, Box *upper, Bin *bins)
{
  guint end = box->first + box->n, at = box->first;

  for (guint i = box->first; i < end; i++)
    if (get_value (&bins[i], box->axis) <= box->mean[box->axis]) {
      Bin bin = bins[i];

      bins[i] = bins[at];
      bins[at++] = bin;
    }
  *upper = (Box){.first = at, .n = end - at};
  box->n = at - box->first;
  measure (box, bins);
  measure (upper, bins);
}

/* The means of boxes, of which the one whose colours differ most is divided until there are enough. */
static void
choose_colours (const guint8 *pixels, gsize n_pixels, Colour *colours)
{
  guint n_bins, n_boxes = 1;
  g_autofree Bin *bins = count_colours (pixels, n_pixels, &n_bins);
  Box boxes[PALETTE_SIZE];

  boxes[0] = (Box){.n = n_bins};
  measure (&boxes[0], bins);
  while (n_boxes < PALETTE_SIZE) {
    Box *worst = &boxes[0];

    for (guint i = 1; i < n_boxes; i++)
      if (boxes[i].error > worst->error)
        worst = &boxes[i];
    if (worst->n < 2 || worst->error <= 0)
      break;
    split (worst, &boxes[n_boxes++], bins);
  }
  for (guint i = 0; i < n_boxes; i++)
    for (guint c = 0; c < 3; c++)
      colours[i][c] = (guint8) (boxes[i].mean[c] + 0.5);
}

/* The one that is nearest to the middle of @bin. */
static guint16
find_nearest (const Colour *colours, guint bin)
{
  int least = G_MAXINT;
  guint16 nearest = 0;

  for (guint16 i = 0; i < PALETTE_SIZE; i++) {
    int distance = 0;

    for (guint c = 0; c < 3; c++) {
      int value = (int) (bin >> (2 - c) * BITS & ((1 << BITS) - 1)) << (8 - BITS);
      int difference = value + (1 << (7 - BITS)) - colours[i][c];

      distance += difference * difference;
    }
    if (distance < least) {
      least = distance;
      nearest = i;
    }
  }
  return nearest;
}

/* A row.
 * @known: [N_BINS]: one more than the number of the colour for a bin; 0: not looked up yet
 * @errors: [@width + 2][3], from one pixel before the row on: what this row is to make up for, in sixteenths
 * @below: likewise, of the next one: zero before */
static void
dither_row (const guint8 *pixels, guint width, const Colour *colours, guint16 *known,
    int (*errors)[3], int (*below)[3], guint8 *indices)
{
  for (guint x = 0; x < width; x++) {
    int wanted[3];
    guint bin;

    for (guint c = 0; c < 3; c++)
      wanted[c] = CLAMP (pixels[3 * x + c] + errors[x + 1][c] / 16, 0, 255);
    bin = find_bin (wanted);
    if (known[bin] == 0)
      known[bin] = find_nearest (colours, bin) + 1;
    indices[x] = (guint8) (known[bin] - 1);
    for (guint c = 0; c < 3; c++) {
      int error = wanted[c] - colours[indices[x]][c];

      errors[x + 2][c] += 7 * error;
      below[x][c] += 3 * error;
      below[x + 1][c] += 5 * error;
      below[x + 2][c] += error;
    }
  }
}

static void
dither (const guint8 *pixels, guint width, guint height, const Colour *colours, guint8 *indices)
{
  g_autofree guint16 *known = g_new0 (guint16, N_BINS);
  gsize n_bytes = (width + 2) * sizeof (int[3]);
  int (*errors)[3] = g_malloc0 (n_bytes), (*below)[3] = g_malloc0 (n_bytes);

  for (guint y = 0; y < height; y++) {
    int (*done)[3] = errors;

    dither_row (pixels + 3 * (gsize) y * width, width, colours, known, errors, below,
        indices + (gsize) y * width);
    errors = below;
    below = done;
    memset (below, 0, n_bytes);
  }
  g_free (errors);
  g_free (below);
}

void
palette_reduce (const guint8 *pixels, guint width, guint height, Colour *colours, guint8 *indices)
{
  gsize n_pixels = (gsize) width * height;

  memset (colours, 0, PALETTE_SIZE * sizeof *colours);
  if (take_all (pixels, n_pixels, colours, indices))
    return;
  choose_colours (pixels, n_pixels, colours);
  dither (pixels, width, height, (const Colour *) colours, indices);
}

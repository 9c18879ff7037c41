/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Pictures in 256 colours. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../examples/gbp-saliency/palette.h"

#include "harness.h"

#define SIDE  128
#define BLOCK 16

static guint8 picture[SIDE * SIDE][3], indices[SIDE * SIDE];
static Colour colours[PALETTE_SIZE];

static const struct {
  guint width, height, n_colours;
} few[] = {{1, 1, 1}, {1, 128, 128}, {128, 1, 3}, {128, 128, 256}, {31, 17, 255}};

/* A picture of as many colours as there are keeps them, however near they are. */
START_TEST (test_few)
{
  guint n_pixels = few[_i].width * few[_i].height;

  for (guint i = 0; i < n_pixels; i++)
    for (guint c = 0; c < 3; c++)
      picture[i][c] = (guint8) (100 + i * 7 % few[_i].n_colours / (c + 1));
  palette_reduce (picture[0], few[_i].width, few[_i].height, colours, indices);
  for (guint i = 0; i < n_pixels; i++)
    ck_assert_mem_eq (colours[indices[i]], picture[i], 3);
}
END_TEST

/* A colour more than there is room for, of which two are near: these become their mean, in whole numbers the nearest,
 * and the others stay, each at the end of what is taken for alike. */
START_TEST (test_one_more)
{
  const guint n_near = 6, n_pixels = n_near + PALETTE_SIZE - 1;

  for (guint i = 0; i < n_near; i++)
    memset (picture[i], i == 0 ? 96 : 99, 3); /* 98.5 */
  for (guint i = n_near; i < n_pixels; i++) {
    picture[i][0] = (guint8) ((i - n_near) % 32 * 8 + 7);
    picture[i][1] = (guint8) ((i - n_near) / 32 * 8 + 7);
    picture[i][2] = 7;
  }
  palette_reduce (picture[0], n_pixels, 1, colours, indices);
  for (guint c = 0; c < 3; c++)
    ck_assert_int_eq (colours[indices[0]][c], 99);
  for (guint i = n_near; i < n_pixels; i++)
    ck_assert_mem_eq (colours[indices[i]], picture[i], 3);
}
END_TEST

/* Red rises from the left to the right, green from the top to the bottom, and blue goes up and down: thousands of
 * colours, in all directions. */
static void
draw_sky (void)
{
  for (guint y = 0; y < SIDE; y++)
    for (guint x = 0; x < SIDE; x++) {
      picture[y * SIDE + x][0] = (guint8) (2 * x);
      picture[y * SIDE + x][1] = (guint8) (60 + y);
      picture[y * SIDE + x][2] = (guint8) abs ((int) (5 * x + 3 * y) % 400 - 200);
    }
}

/* The mean of a block's difference to the picture. */
static double
compare_block (guint x, guint y, guint c)
{
  double sum = 0;

  for (guint i = 0; i < BLOCK * BLOCK; i++) {
    guint at = (y + i / BLOCK) * SIDE + x + i % BLOCK;

    sum += colours[indices[at]][c] - picture[at][c];
  }
  return fabs (sum) / (BLOCK * BLOCK);
}

/* Beside much else, which takes the colours, a grey that hardly changes does so without steps. */
START_TEST (test_smooth)
{
  double worst = 0, sum = 0;
  guint n = 0;

  draw_sky ();
  for (guint y = 0; y < SIDE; y++)
    memset (picture[y * SIDE + SIDE / 2], 100 + (int) y / 8, 3 * SIDE / 2);
  palette_reduce (picture[0], SIDE, SIDE, colours, indices);
  for (guint y = 0; y < SIDE; y += BLOCK)
    for (guint x = SIDE / 2 + BLOCK; x < SIDE; x += BLOCK)
      for (guint c = 0; c < 3; c++, n++) {
        double difference = compare_block (x, y, c);

        worst = MAX (worst, difference);
        sum += difference * difference;
      }
  ck_assert_double_le (worst, 2); /* 3.5 with nothing spread */
  ck_assert_double_le (
      sqrt (sum / n), 0.6); /* more where some of an error is lost, of which all is spread */
}
END_TEST

/* A small thing in other colours keeps them: a red lamp in the sky. */
START_TEST (test_lamp)
{
  draw_sky ();
  for (guint i = 0; i < 16; i++) {
    guint8 *lamp = picture[(40 + i / 4) * SIDE + 80 + i % 4];

    lamp[0] = 250;
    lamp[1] = lamp[2] = 0;
  }
  palette_reduce (picture[0], SIDE, SIDE, colours, indices);
  for (guint i = 0; i < 16; i++) {
    const guint8 *found = colours[indices[(40 + i / 4) * SIDE + 80 + i % 4]];

    ck_assert_int_ge (found[0], 230);
    ck_assert_int_le (MAX (found[1], found[2]), 20);
  }
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"few", test_few, G_N_ELEMENTS (few)},
      {"one more", test_one_more, 0},
      {"smooth", test_smooth, 0},
      {"lamp", test_lamp, 0},
  };

  return GBP_TEST_RUN ("palette", tests);
}

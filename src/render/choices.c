/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gbp/registry.h>

#include "render/choices.h"

/* @entry: as gbp_list_looks() has it; the first member, so that it leads to the row
 * @softness: what a style without its own gets, in pixels: a spotlight is so wide that it leaves no dark spots on a
 *     face */
typedef struct {
  GbpEntry entry;
  double softness;
} Look;

#define LOOK(...) &((const Look){__VA_ARGS__}).entry

static const GbpEntry *const looks[] = {
    LOOK ({GBP_LOOK_OVER, "over", "Over", "The picture over the video, evenly"}, 1),
    LOOK ({GBP_LOOK_STRENGTH, "strength", "Strength",
              "The picture over the video as far as it is strong"},
        1.5),
    LOOK ({GBP_LOOK_SPOTLIGHT, "spotlight", "Spotlight", "The video, dark where there is nothing"},
        9),
    LOOK ({GBP_LOOK_SCREEN, "screen", "Screen", "The video, lightened by the picture"}, 1),
    LOOK ({GBP_LOOK_SIDE_BY_SIDE, "side-by-side", "Side by side",
              "The video on the left, the picture on the right, at half the size"},
        1),
    NULL,
};

static const GbpEntry *const reductions[] = {
    &(const GbpEntry){GBP_REDUCE_MAX_ABS, "max-abs", "Largest",
        "The largest absolute value of the three channels"},
    &(const GbpEntry){GBP_REDUCE_SUM_ABS, "sum-abs", "Sum", "The sum of the absolute values"},
    &(const GbpEntry){GBP_REDUCE_POSITIVE, "positive", "Positive", "The largest positive value"},
    &(const GbpEntry){
        GBP_REDUCE_NEGATIVE, "negative", "Negative", "The largest absolute value below zero"},
    NULL,
};

static const GbpEntry *const normalizations[] = {
    &(const GbpEntry){GBP_NORMALIZE_AUTO, "auto", "Automatic",
        "frame for rgb alone, as the article has it; else percentile"},
    &(const GbpEntry){
        GBP_NORMALIZE_FRAME, "frame", "Frame", "From each frame's smallest value to its largest"},
    &(const GbpEntry){GBP_NORMALIZE_ZERO_CENTRED, "zero-centred", "Zero-centred",
        "By the largest absolute value: zero keeps its colour"},
    &(const GbpEntry){GBP_NORMALIZE_PERCENTILE, "percentile", "Percentile",
        "By a percentile of the absolute values, see clip"},
    &(const GbpEntry){
        GBP_NORMALIZE_FIXED, "fixed", "Fixed", "By the same value for all frames, see range"},
    NULL,
};

const GbpEntry *const *
gbp_list_looks (void)
{
  return looks;
}

const GbpEntry *const *
gbp_list_reductions (void)
{
  return reductions;
}

const GbpEntry *const *
gbp_list_normalizations (void)
{
  return normalizations;
}

double
gbp_look_get_softness (GbpLook look)
{
  const Look *row = (const Look *) gbp_entry_get (looks, look);

  return row != NULL ? row->softness : 0;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Whatever can be chosen is listed, once, by a nick that properties and options can have, and means what it says. */
#include <gbp/gbp.h>
#include <string.h>

#include "explain/method.h"
#include "harness.h"
#include "render/colormap.h"

#define CONSTANTS(...) ((const int[]){__VA_ARGS__, -1})

/* @constants: what the header's enumeration has, in the order of the list, before what a row without one has */
static const struct {
  const GbpEntry *const *(*list) (void);
  const int *constants;
  const char *nicks;
} lists[] = {
    {gbp_list_methods, CONSTANTS (GBP_METHOD_GUIDED, GBP_METHOD_GRADIENT, GBP_METHOD_DECONVNET),
        "guided gradient deconvnet"},
    {gbp_list_colormaps,
        CONSTANTS (GBP_COLORMAP_RGB, GBP_COLORMAP_GRAY, GBP_COLORMAP_VIRIDIS, GBP_COLORMAP_INFERNO,
            GBP_COLORMAP_TURBO, GBP_COLORMAP_MAGMA, GBP_COLORMAP_DIVERGING),
        "rgb gray viridis inferno turbo magma diverging"},
    {gbp_list_looks,
        CONSTANTS (GBP_LOOK_OVER, GBP_LOOK_STRENGTH, GBP_LOOK_SPOTLIGHT, GBP_LOOK_SCREEN,
            GBP_LOOK_SIDE_BY_SIDE),
        "over strength spotlight screen side-by-side"},
    {gbp_list_reductions,
        CONSTANTS (
            GBP_REDUCE_MAX_ABS, GBP_REDUCE_SUM_ABS, GBP_REDUCE_POSITIVE, GBP_REDUCE_NEGATIVE),
        "max-abs sum-abs positive negative"},
    {gbp_list_normalizations,
        CONSTANTS (GBP_NORMALIZE_AUTO, GBP_NORMALIZE_FRAME, GBP_NORMALIZE_ZERO_CENTRED,
            GBP_NORMALIZE_PERCENTILE, GBP_NORMALIZE_FIXED),
        "auto frame zero-centred percentile fixed"},
    {gbp_list_preprocessings,
        CONSTANTS (GBP_PREPROCESS_AUTO, GBP_PREPROCESS_NONE, GBP_PREPROCESS_UNIT, GBP_PREPROCESS_TF,
            GBP_PREPROCESS_CAFFE, GBP_PREPROCESS_TORCH),
        "auto none unit tf caffe torch"},
    {gbp_list_scorings,
        CONSTANTS (GBP_SCORING_AUTO, GBP_SCORING_NONE, GBP_SCORING_SOFTMAX, GBP_SCORING_SIGMOID),
        "auto none softmax sigmoid"},
};

/* The header's constants have the nicks that are theirs. A list may have more. */
START_TEST (constants)
{
  g_auto (GStrv) nicks = g_strsplit (lists[_i].nicks, " ", -1);
  const GbpEntry *const *entries = lists[_i].list ();

  for (guint i = 0; nicks[i] != NULL; i++) {
    ck_assert_ptr_nonnull (entries[i]);
    ck_assert_str_eq (entries[i]->nick, nicks[i]);
    ck_assert_int_eq (entries[i]->value, lists[_i].constants[i]);
  }
}
END_TEST

static gboolean
is_one_line (const char *text)
{
  return *text != '\0' && strchr (text, '\n') == NULL && !g_str_has_suffix (text, ".")
         && g_utf8_strlen (text, -1) <= 80;
}

/* An entry is found by its nick and its number, which are its own, and is described. */
START_TEST (each_entry)
{
  const GbpEntry *const *entries = lists[_i].list ();

  for (guint i = 0; entries[i] != NULL; i++) {
    ck_assert_ptr_eq (gbp_entry_find (entries, entries[i]->nick), entries[i]);
    ck_assert_ptr_eq (gbp_entry_get (entries, entries[i]->value), entries[i]);
    ck_assert (g_regex_match_simple ("^[a-z][a-z0-9-]*$", entries[i]->nick, 0, 0));
    ck_assert (is_one_line (entries[i]->name) && is_one_line (entries[i]->description));
  }
  ck_assert_ptr_null (gbp_entry_find (entries, ""));
  ck_assert_ptr_null (gbp_entry_find (entries, "AUTO"));
  ck_assert_ptr_null (gbp_entry_get (entries, -1));
  ck_assert_ptr_null (gbp_entry_get (entries, 99));
}
END_TEST

/* A row is where its number says; a number that is none counts as grey. */
START_TEST (rows)
{
  const GbpEntry *const *colormaps = gbp_list_colormaps ();
  const GbpEntry *const *methods = gbp_list_methods ();

  for (int i = 0; colormaps[i] != NULL; i++)
    ck_assert_int_eq (colormaps[i]->value, i);
  for (int i = 0; methods[i] != NULL; i++)
    ck_assert_ptr_eq (&gbp_method_get ((GbpMethod) i)->entry, methods[i]);
  ck_assert_int_eq (gbp_map_get_kind (GBP_COLORMAP_DIVERGING), GBP_MAP_SIGNED);
  ck_assert_int_eq (gbp_map_get_kind (GBP_COLORMAP_RGB), GBP_MAP_CHANNELS);
  ck_assert_int_eq (gbp_map_get_kind (GBP_COLORMAP_MAGMA), GBP_MAP_STRENGTH);
  ck_assert_uint_eq (gbp_colormap_look_up (GBP_COLORMAP_GRAY, 7), 0x070707);
  ck_assert_uint_eq (gbp_colormap_look_up ((GbpColormap) 99, 7), 0x070707);
  ck_assert_uint_eq (gbp_colormap_look_up ((GbpColormap) -1, 7), 0x070707);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"constants", constants, G_N_ELEMENTS (lists)},
      {"entries", each_entry, G_N_ELEMENTS (lists)},
      {"rows", rows, 0},
  };

  return GBP_TEST_RUN ("render/registry", tests);
}

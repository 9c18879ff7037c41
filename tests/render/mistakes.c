/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One convention for NULL: freed, it is nothing; where it may not be, one critical message, no result, nothing written
 * and nothing harmed. */
#include <gbp/gbp.h>
#include <string.h>

#include "harness.h"

#define SIDE 8
#define ROW  (3 * SIDE)

static GbpNetwork *network;
static GbpRenderer *renderer;
static guint8 bytes[4 * SIDE * SIDE], others[4 * SIDE * SIDE];
static guint16 words[SIDE], more[SIDE], shares[SIDE];
static float gradient[3 * SIDE * SIDE];
static const float weights[4];
static const GbpStyle style = GBP_STYLE_INIT;
static const GbpTarget target = GBP_TARGET_INIT;
static const GbpLoadOptions such_scoring = {.scoring = (GbpScoring) 99};
static GbpScale scale;
static guint out = 77;

static guint n_criticals;

static void
count_critical (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
  ck_assert_str_eq (domain, "gbpsaliency");
  n_criticals++;
}

#define MISTAKE(name, statement)                                                                   \
  static void name (void)                                                                          \
  {                                                                                                \
    statement;                                                                                     \
  }

/* clang-format off */
MISTAKE (find_in_no_list, ck_assert_ptr_null (gbp_entry_find (NULL, "auto")))
MISTAKE (find_no_nick, ck_assert_ptr_null (gbp_entry_find (gbp_list_looks (), NULL)))
MISTAKE (get_in_no_list, ck_assert_ptr_null (gbp_entry_get (NULL, 0)))
MISTAKE (load_without_such_preprocessing, ck_assert_ptr_null (gbp_network_load (NULL, (GbpPreprocess) 99, NULL)))
MISTAKE (load_without_such_scoring, ck_assert_ptr_null (gbp_network_load_full (&such_scoring, NULL)))
MISTAKE (load_without_options, ck_assert_ptr_null (gbp_network_load_full (NULL, NULL)))
MISTAKE (notice_of_no_network, ck_assert_ptr_null (gbp_network_get_notice (NULL)))
MISTAKE (ref_no_network, ck_assert_ptr_null (gbp_network_ref (NULL)))
MISTAKE (describe_no_network, ck_assert_ptr_null (gbp_network_get_description (NULL)))
MISTAKE (preprocess_of_no_network, ck_assert_int_eq (gbp_network_get_preprocess (NULL), GBP_PREPROCESS_AUTO))
MISTAKE (size_of_no_network, gbp_network_get_input_size (NULL, &out, &out))
MISTAKE (training_of_no_network, ck_assert (!gbp_network_is_trained (NULL)))
MISTAKE (layers_of_no_network, ck_assert_ptr_null (gbp_network_get_layer_names (NULL)))
MISTAKE (class_layer_of_no_network, ck_assert_ptr_null (gbp_network_get_class_layer (NULL)))
MISTAKE (classes_of_no_network, ck_assert_ptr_null (gbp_network_get_class_names (NULL)))
MISTAKE (last_map_of_no_network, ck_assert_ptr_null (gbp_network_get_last_map (NULL)))
MISTAKE (scoring_of_no_network, ck_assert_int_eq (gbp_network_get_scoring (NULL), GBP_SCORING_NONE))
MISTAKE (class_of_no_network, ck_assert_int_eq (gbp_network_find_class (NULL, "top", NULL), GBP_CLASS_NONE))
MISTAKE (class_without_a_name, ck_assert_int_eq (gbp_network_find_class (network, NULL, NULL), GBP_CLASS_NONE))
MISTAKE (explain_no_network, ck_assert_ptr_null (gbp_explanation_new (NULL, 1)))
MISTAKE (check_no_target, ck_assert (!gbp_target_check (NULL, network, NULL)))
MISTAKE (aim_no_explanation, ck_assert (!gbp_explanation_set_target (NULL, &target, NULL)))
MISTAKE (threads_of_no_explanation, ck_assert_uint_eq (gbp_explanation_get_threads (NULL), 0))
MISTAKE (seed_no_explanation, gbp_explanation_set_seed (NULL, 1))
MISTAKE (choose_for_no_explanation, gbp_explanation_set_class_chooser (NULL, NULL, NULL, NULL))
MISTAKE (stop_no_explanation, gbp_explanation_set_stop_function (NULL, NULL, NULL))
MISTAKE (compute_by_no_explanation, gbp_explanation_compute (NULL, others, ROW, gradient, NULL))
MISTAKE (scores_of_no_explanation, ck_assert_ptr_null (gbp_explanation_get_scores (NULL, &out)))
MISTAKE (shape_in_no_network, ck_assert (!gbp_network_get_layer_shape (NULL, "fc1", &out, &out, &out, NULL)))
MISTAKE (shape_of_no_layer, ck_assert (!gbp_network_get_layer_shape (network, NULL, &out, &out, &out, NULL)))
MISTAKE (render_no_gradient, gbp_picture_render (GBP_COLORMAP_RGB, NULL, SIDE, SIDE, bytes, ROW))
MISTAKE (render_to_nowhere, gbp_picture_render (GBP_COLORMAP_RGB, gradient, SIDE, SIDE, NULL, ROW))
MISTAKE (render_overlapping_rows, gbp_picture_render (GBP_COLORMAP_RGB, gradient, SIDE, SIDE, bytes, ROW - 1))
MISTAKE (blend_no_frame, gbp_blend_u8 (NULL, SIDE, others, SIDE, SIDE, 1, weights))
MISTAKE (blend_no_picture, gbp_blend_u8 (bytes, SIDE, NULL, SIDE, SIDE, 1, weights))
MISTAKE (blend_by_nothing, gbp_blend_u16 (words, SIDE, more, SIDE, SIDE, 1, NULL))
MISTAKE (blend_each_by_nothing, gbp_blend_each_u8 (bytes, SIDE, others, SIDE, NULL, SIDE, SIDE, 1))
MISTAKE (blend_each_of_no_range, gbp_blend_each_u16 (words, SIDE, more, SIDE, shares, SIDE, SIDE, 1, 0))
MISTAKE (compose_nothing, gbp_compose_over_grey (NULL, 4 * SIDE, SIDE, SIDE))
MISTAKE (spread_nothing, gbp_opacity_spread (NULL, SIDE, SIDE, SIDE, 1, 1, 255, bytes, SIDE, 1))
MISTAKE (spread_in_no_steps, gbp_opacity_spread (others, SIDE, SIDE, SIDE, 0, 1, 255, bytes, SIDE, 1))
MISTAKE (renderer_without_rows, ck_assert_ptr_null (gbp_renderer_new (0, SIDE)))
MISTAKE (reset_no_renderer, gbp_renderer_reset (NULL))
MISTAKE (watch_by_no_renderer, ck_assert (!gbp_renderer_watch (NULL, bytes, ROW)))
MISTAKE (watch_nothing, ck_assert (!gbp_renderer_watch (renderer, NULL, ROW)))
MISTAKE (render_by_no_renderer, gbp_renderer_render (NULL, &style, gradient, 0, bytes, ROW, NULL, 0, &scale))
MISTAKE (render_in_no_style, gbp_renderer_render (renderer, NULL, gradient, 0, bytes, ROW, NULL, 0, &scale))
MISTAKE (render_narrow_opacity, gbp_renderer_render (renderer, &style, gradient, 0, bytes, ROW, others, 1, &scale))
MISTAKE (zero_of_no_scale, gbp_style_get_zero (&style, NULL, bytes, bytes + 3))
/* clang-format on */

static void (*const mistakes[]) (void) = {find_in_no_list, find_no_nick, get_in_no_list,
    load_without_such_preprocessing, load_without_such_scoring, load_without_options,
    notice_of_no_network, ref_no_network, describe_no_network, preprocess_of_no_network,
    size_of_no_network, training_of_no_network, layers_of_no_network, class_layer_of_no_network,
    classes_of_no_network, last_map_of_no_network, scoring_of_no_network, class_of_no_network,
    class_without_a_name, explain_no_network, check_no_target, aim_no_explanation,
    threads_of_no_explanation, seed_no_explanation, choose_for_no_explanation, stop_no_explanation,
    compute_by_no_explanation, scores_of_no_explanation, shape_in_no_network, shape_of_no_layer,
    render_no_gradient, render_to_nowhere, render_overlapping_rows, blend_no_frame,
    blend_no_picture, blend_by_nothing, blend_each_by_nothing, blend_each_of_no_range,
    compose_nothing, spread_nothing, spread_in_no_steps, renderer_without_rows, reset_no_renderer,
    watch_by_no_renderer, watch_nothing, render_by_no_renderer, render_in_no_style,
    render_narrow_opacity, zero_of_no_scale};

START_TEST (mistake)
{
  guint handler = g_log_set_handler ("gbpsaliency", G_LOG_LEVEL_CRITICAL, count_critical, NULL);

  network = gbp_network_load (NULL, GBP_PREPROCESS_AUTO, NULL);
  renderer = gbp_renderer_new (SIDE, SIDE);
  memset (bytes, 5, sizeof bytes);
  mistakes[_i]();
  g_log_remove_handler ("gbpsaliency", handler);
  ck_assert_uint_eq (n_criticals, 1);
  ck_assert_uint_eq (out, 77);
  for (guint i = 0; i < sizeof bytes; i++)
    ck_assert_uint_eq (bytes[i], 5);
  ck_assert_ptr_nonnull (gbp_network_get_description (network));
  gbp_renderer_render (renderer, &style, gradient, 0, bytes, ROW, NULL, 0, &scale);
  ck_assert_uint_eq (bytes[0], 128);
  gbp_renderer_free (renderer);
  gbp_network_unref (network);
}
END_TEST

START_TEST (freed_null)
{
  gbp_network_unref (NULL);
  gbp_explanation_free (NULL);
  gbp_renderer_free (NULL);
}
END_TEST

/* What is (optional) is left out, and an error that nobody wants is not told. */
START_TEST (optional)
{
  g_autoptr (GbpNetwork) loaded = gbp_network_load (NULL, GBP_PREPROCESS_AUTO, NULL);

  gbp_get_version (NULL, NULL, NULL);
  gbp_network_get_input_size (loaded, NULL, NULL);
  ck_assert (gbp_network_get_layer_shape (loaded, "fc1", NULL, NULL, NULL, NULL));
  ck_assert (!gbp_network_get_layer_shape (loaded, "fc3", &out, &out, &out, NULL));
  ck_assert_uint_eq (out, 77);
  ck_assert_ptr_null (gbp_network_load ("/nonexistent", GBP_PREPROCESS_AUTO, NULL));
}
END_TEST

/* Sizes whose product is beyond all memory, or beyond what a number holds, are a lack of memory. */
START_TEST (sizes_beyond_memory)
{
  ck_assert_ptr_null (gbp_renderer_new (G_MAXUINT, G_MAXUINT));
  ck_assert_ptr_null (gbp_renderer_new (1u << 31, 1u << 31));
  ck_assert_ptr_null (gbp_renderer_new (1, (1u << 28) + 1));
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"mistake", mistake, G_N_ELEMENTS (mistakes)},
      {"freed NULL", freed_null, 0},
      {"optional", optional, 0},
      {"sizes beyond memory", sizes_beyond_memory, 0},
  };

  return GBP_TEST_RUN ("render/mistakes", tests);
}

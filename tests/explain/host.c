/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a host has set for itself: how its threads round, and how many threads OpenBLAS takes. It changes no result,
 * and is afterwards as it was. */
#define _GNU_SOURCE /* feenableexcept() */
#include <dlfcn.h>
#include <fenv.h>
#include <math.h>
#include <string.h>

#include "harness.h"
#include "network/random_weights.h"

#include <gbp/explanation.h>
#include <gbp/picture.h>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#define N_COMPONENTS (3 * GBP_TEST_SIZE * GBP_TEST_SIZE)

static guint8 image[N_COMPONENTS];

/* All that comes out of one frame. */
typedef struct {
  float gradient[N_COMPONENTS];
  guint8 picture[N_COMPONENTS];
  GbpResult result;
} Output;

static Output outputs[2];

/* @scale: of every kernel and bias */
static GbpNetwork *
new_network (float scale)
{
  const guint widths[GBP_N_BLOCKS] = {8, 12, 20, 24, 24};
  guint n_layers;
  const GbpLayerEntry *entries = gbp_architecture_get_layers (GBP_ARCHITECTURE_VGG16, &n_layers);
  GbpWeights weights = {.height = GBP_TEST_SIZE, .width = GBP_TEST_SIZE};

  gbp_weights_init_random (&weights, GBP_ARCHITECTURE_VGG16, widths, 20, 7, 5);
  for (guint i = 0; i < n_layers; i++) {
    GbpLayerWeights *layer = &weights.layers[i];
    gsize n_taps = entries[i].kind == GBP_LAYER_CONVOLUTION ? 9 : 1;

    for (gsize j = 0; j < n_taps * layer->n_inputs * layer->n_outputs; j++)
      layer->kernel[j] *= scale;
    for (gsize j = 0; j < layer->n_outputs; j++)
      layer->bias[j] *= scale;
  }
  return gbp_network_new_take (&weights, NULL);
}

static void
fill_image (void)
{
  guint32 seed = 1;

  for (guint i = 0; i < N_COMPONENTS; i++)
    image[i] = (guint8) gbp_test_random (&seed, 0, 256);
}

/* From the weights on: what is prepared of them is part of it. */
static void
explain (float scale, const char *layer, guint threads, Output *output)
{
  g_autoptr (GbpNetwork) network = new_network (scale);
  g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, threads);
  GbpTarget target = {.layer = layer,
      .method = GBP_METHOD_GUIDED,
      .channel = GBP_CHANNEL_ALL,
      .unit_x = -1,
      .unit_y = -1,
      .class_index = GBP_CLASS_NONE};

  memset (output, 0xaa, sizeof *output);
  ck_assert (gbp_explanation_set_target (explanation, &target, NULL));
  gbp_explanation_compute (
      explanation, image, 3 * GBP_TEST_SIZE, output->gradient, &output->result);
  gbp_picture_render (GBP_COLORMAP_VIRIDIS, output->gradient, GBP_TEST_SIZE, GBP_TEST_SIZE,
      output->picture, 3 * GBP_TEST_SIZE);
}

static void
assert_equal (const Output *expected, const Output *found)
{
  ck_assert_mem_eq (expected->gradient, found->gradient, sizeof expected->gradient);
  ck_assert_mem_eq (expected->picture, found->picture, sizeof expected->picture);
  ck_assert_mem_eq (&expected->result.value, &found->result.value, sizeof expected->result.value);
}

/* The whole word, flags and all, where we know its name. */
static guint
get_word (void)
{
#if defined(__SSE2__)
  return _mm_getcsr ();
#else
  return (guint) fegetround () << 16 | (guint) fetestexcept (FE_ALL_EXCEPT);
#endif
}

/* Rounding down, every exception a signal, and a flag raised; rounding up with denormal numbers as zero. */
static guint
set_word (int i)
{
  if (i == 0) {
    fesetround (FE_DOWNWARD);
    feraiseexcept (FE_INEXACT);
    feenableexcept (FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW | FE_UNDERFLOW | FE_INEXACT);
  } else {
    fesetround (FE_UPWARD);
#if defined(__SSE2__)
    _mm_setcsr (_mm_getcsr () | 0x8040);
#endif
  }
  return get_word ();
}

START_TEST (rounding)
{
  const float scales[] = {1, 1e-20f, 1e20f};
  guint before, after;
  fenv_t own;

  fill_image ();
  for (guint i = 0; i < (GBP_TEST_SANITIZED ? 1 : G_N_ELEMENTS (scales)); i++) {
    g_autoptr (GbpNetwork) network = new_network (scales[i]);
    g_autoptr (GbpNetwork) loaded = NULL;
    g_autoptr (GbpExplanation) explanation = NULL;
    GbpTarget target = {.layer = "block4_conv2",
        .method = GBP_METHOD_GUIDED,
        .channel = GBP_CHANNEL_ALL,
        .unit_x = -1,
        .unit_y = -1,
        .class_index = GBP_CLASS_NONE};

    explain (scales[i], "block4_conv2", 2, &outputs[0]);
    fegetenv (&own);
    before = set_word (_i);
    loaded = gbp_network_load (NULL, GBP_PREPROCESS_TORCH, NULL);
    explanation = gbp_explanation_new (network, 2);
    gbp_explanation_set_target (explanation, &target, NULL);
    gbp_explanation_compute (
        explanation, image, 3 * GBP_TEST_SIZE, outputs[1].gradient, &outputs[1].result);
    gbp_picture_render (GBP_COLORMAP_VIRIDIS, outputs[1].gradient, GBP_TEST_SIZE, GBP_TEST_SIZE,
        outputs[1].picture, 3 * GBP_TEST_SIZE);
    after = get_word ();
    fesetenv (&own);
    ck_assert_ptr_nonnull (loaded);
    ck_assert_uint_eq (after, before);
    assert_equal (&outputs[0], &outputs[1]);
  }
}
END_TEST

/* Weights whose products are denormal numbers, or no numbers: every thread has to make the same of them, in the
 * preparation too, and again each time. */
START_TEST (far_from_one)
{
  const float scales[] = {1e-20f, 1e-13f, 1e20f};
  const char *layers[] = {"block1_conv2", "block3_conv3", "predictions"};

  fill_image ();
  for (guint i = 0; i < G_N_ELEMENTS (layers); i++) {
    explain (scales[_i], layers[i], 1, &outputs[0]);
    for (guint threads = GBP_TEST_SANITIZED ? 4 : 1; threads < 5; threads++) {
      explain (scales[_i], layers[i], threads, &outputs[1]);
      assert_equal (&outputs[0], &outputs[1]);
    }
  }
}
END_TEST

typedef struct {
  int (*get_count) (void);
  gint quit;     /* atomic */
  gint n_others; /* atomic: how often the count was not the host's */
} Watch;

static gpointer
watch_count (gpointer data)
{
  Watch *watch = data;

  while (!g_atomic_int_get (&watch->quit)) {
    if (watch->get_count () != 3)
      g_atomic_int_inc (&watch->n_others);
    g_usleep (50);
  }
  return NULL;
}

/* OpenBLAS takes as many threads as the host has told it, before, meanwhile and after. */
static void
explain_beside_host (const char *layer, Watch *watch, void (*set_count) (int))
{
  GThread *thread;

  set_count (1);
  explain (1, layer, 2, &outputs[0]);
  set_count (3);
  g_atomic_int_set (&watch->quit, FALSE);
  thread = g_thread_new ("watch", watch_count, watch);
  explain (1, layer, 2, &outputs[1]);
  g_atomic_int_set (&watch->quit, TRUE);
  g_thread_join (thread);
  ck_assert_int_eq (g_atomic_int_get (&watch->n_others), 0);
  ck_assert_int_eq (watch->get_count (), 3);
  assert_equal (&outputs[0], &outputs[1]);
}

START_TEST (threads_of_openblas)
{
  const char *algorithms[] = {NULL, "blas"};
  void *library = dlopen ("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
  void (*set_count) (int) = library != NULL ? dlsym (library, "openblas_set_num_threads") : NULL;
  Watch watch = {.get_count = library != NULL ? dlsym (library, "openblas_get_num_threads") : NULL};

  if (set_count == NULL || watch.get_count == NULL) {
    g_print ("skipped: there is no OpenBLAS\n");
    return;
  }
  fill_image ();
  for (guint i = 0; i < G_N_ELEMENTS (algorithms); i++) {
    if (algorithms[i] != NULL)
      g_setenv ("GBP_CONVOLUTION", algorithms[i], TRUE);
    explain_beside_host ("predictions", &watch, set_count);
  }
  g_unsetenv ("GBP_CONVOLUTION");
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"rounding", rounding, 2},
      {"far from one", far_from_one, 3},
      {"threads of OpenBLAS", threads_of_openblas, 0},
  };

  return GBP_TEST_RUN ("host", tests);
}

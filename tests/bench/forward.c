/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * This library's side of forward.sh: computes the forward pass alone, as inference engines do, or a whole guided map,
 * as it is told on standard input by the words that peers/peer.py describes. The target is the strongest class, or of a
 * network without classes all of its last map. The forward pass is that of an explanation: it notes for the way back
 * which units are active, and what it saves is the output of the target's layer.
 * usage: bench-forward forward|guided THREADS WEIGHTS PREPROCESS IMAGE; IMAGE is 8-bit RGB of the network's size */
#include <gbp/gbp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "explain/explanation.h"
#include "explain/passes.h"
#include "kernel/floating_point.h"
#include "layer/equivalence.h"

/* @values: [n_values]: the layer's output, [channels][height][width], or the map */
typedef struct {
  gboolean is_guided;
  GbpExplanation *explanation;
  guint8 *rgb;
  gsize stride;
  float *values;
  gsize n_values;
} Peer;

static GbpExplanation *
open_explanation (GbpNetwork *network, guint threads)
{
  g_autoptr (GError) error = NULL;
  GbpExplanation *explanation = gbp_explanation_new (network, threads);
  GbpTarget target = GBP_TARGET_INIT;

  target.layer = gbp_network_get_last_map (network);
  if (gbp_network_get_class_layer (network) != NULL)
    target.class_index = GBP_CLASS_TOP;
  if (explanation == NULL || !gbp_explanation_set_target (explanation, &target, &error))
    g_error ("%s", error != NULL ? error->message : "no memory");
  return explanation;
}

static gsize
count_outputs (const GbpLayer *layer)
{
  return (gsize) layer->height * layer->width * layer->channels;
}

static void
open_peer (Peer *peer, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GbpNetwork) network = NULL;
  const GbpEntry *preprocess = gbp_entry_find (gbp_list_preprocessings (), argv[4]);
  guint height, width;
  gsize size, n_pixels;

  if (preprocess == NULL)
    g_error ("no preprocessing %s", argv[4]);
  network = gbp_network_load (argv[3], (GbpPreprocess) preprocess->value, &error);
  if (network == NULL)
    g_error ("%s", error->message);
  gbp_network_get_input_size (network, &height, &width);
  n_pixels = (gsize) height * width;
  if (!g_file_get_contents (argv[5], (char **) &peer->rgb, &size, &error) || size != 3 * n_pixels)
    g_error ("%s is no image of %u x %u", argv[5], width, height);
  peer->is_guided = strcmp (argv[1], "guided") == 0;
  peer->stride = 3 * width;
  peer->explanation = open_explanation (network, (guint) atoi (argv[2]));
  peer->n_values =
      peer->is_guided ? 3 * n_pixels : count_outputs (peer->explanation->own.plan.layer);
  peer->values = g_new (float, peer->n_values);
}

static void
take_output (const GbpPlan *plan, float *values)
{
  gsize n_channels = plan->layer->channels, n_pixels = count_outputs (plan->layer) / n_channels;
  const float *output = gbp_plan_get_target (plan);

  for (gsize i = 0; i < n_pixels; i++)
    for (gsize c = 0; c < n_channels; c++)
      values[c * n_pixels + i] = output[i * gbp_pad_channels (n_channels) + c];
}

/* As gbp_explanation_compute() begins. */
static void
compute_forward (Peer *peer)
{
  GbpExplanation *explanation = peer->explanation;
  GbpPlan *plan = &explanation->own.plan;
  GbpPasses passes = {plan, explanation->kernels, explanation->team};
  GbpFloatEnvironment environment;

  gbp_workplace_enter (&explanation->own);
  environment = gbp_float_environment_begin (GBP_DENORMALS_ZERO);
  gbp_pixels_forward (&explanation->pixels, peer->rgb, peer->stride, gbp_plan_get_map (plan, -1));
  if (plan->n_steps > 0)
    gbp_equivalence_init (
        plan->equivalence[0], peer->rgb, peer->stride, plan->input.height, plan->input.width);
  gbp_plan_select (plan, &explanation->selection);
  gbp_passes_forward (&passes);
  take_output (plan, peer->values);
  gbp_float_environment_end (environment);
  gbp_workplace_leave (&explanation->own);
}

static void
compute (Peer *peer)
{
  if (peer->is_guided)
    gbp_explanation_compute (peer->explanation, peer->rgb, peer->stride, peer->values, NULL);
  else
    compute_forward (peer);
}

static void
answer (Peer *peer, const char *question)
{
  double begin = bench_now ();

  if (strcmp (question, "run") == 0) {
    compute (peer);
    printf ("%.6f\n", bench_now () - begin);
  } else if (strcmp (question, "memory") == 0) {
    printf ("%.1f\n", bench_get_peak_memory ());
  } else if (g_str_has_prefix (question, "save ")) {
    g_file_set_contents (question + strlen ("save "), (const char *) peer->values,
        (gssize) (peer->n_values * sizeof *peer->values), NULL);
    printf ("saved\n");
  } else {
    printf ("what is '%s'?\n", question);
  }
  fflush (stdout);
}

int
main (int argc, char **argv)
{
  Peer peer = {0};
  char question[4096];

  if (argc != 6)
    g_error ("usage: bench-forward forward|guided THREADS WEIGHTS PREPROCESS IMAGE");
  open_peer (&peer, argv);
  compute (&peer);
  printf ("ready\n");
  fflush (stdout);
  while (fgets (question, sizeof question, stdin) != NULL)
    answer (&peer, g_strchomp (question));
  gbp_explanation_free (peer.explanation);
  g_free (peer.rgb);
  g_free (peer.values);
  return EXIT_SUCCESS;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * This library's side of networks/comparison.py: explains an image by any network, as it is told on standard input, and
 * answers on standard output: "class": guided, of the strongest class, "map": of all of the last map, and "unit LAYER":
 * of the one in the middle of that: the seconds that took; "plain": the gradient of the strongest class, likewise;
 * "which": the class and the layer that were explained; "save FILE": the last gradient is written, float32.
 * usage: bench-network THREADS WEIGHTS PREPROCESS IMAGE; IMAGE is 8-bit RGB of the network's size */
#include <gbp/gbp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

typedef struct {
  GbpNetwork *network;
  GbpExplanation *explanations[3]; /* of the class, of the map, of a unit or plain */
  GbpResult result;
  guint8 *rgb;
  float *gradient;
  gsize n_values;
  guint width;
} Peer;

static GbpExplanation *
open_explanation (Peer *peer, guint threads, gboolean of_class)
{
  g_autoptr (GError) error = NULL;
  GbpExplanation *explanation = gbp_explanation_new (peer->network, threads);
  GbpTarget target = GBP_TARGET_INIT;

  target.layer = gbp_network_get_last_map (peer->network);
  target.class_index = of_class ? GBP_CLASS_TOP : GBP_CLASS_NONE;
  if (explanation == NULL || !gbp_explanation_set_target (explanation, &target, &error))
    g_error ("%s", error != NULL ? error->message : "no memory");
  return explanation;
}

static void
open_peer (Peer *peer, char **argv)
{
  g_autoptr (GError) error = NULL;
  const GbpEntry *preprocess = gbp_entry_find (gbp_list_preprocessings (), argv[3]);
  guint height, threads = (guint) atoi (argv[1]);
  gsize size;

  if (preprocess == NULL)
    g_error ("no preprocessing %s", argv[3]);
  peer->network = gbp_network_load (argv[2], (GbpPreprocess) preprocess->value, &error);
  if (peer->network == NULL)
    g_error ("%s", error->message);
  gbp_network_get_input_size (peer->network, &height, &peer->width);
  peer->n_values = 3 * (gsize) height * peer->width;
  if (!g_file_get_contents (argv[4], (char **) &peer->rgb, &size, &error) || size != peer->n_values)
    g_error ("%s is no image of %u x %u", argv[4], peer->width, height);
  peer->gradient = g_new (float, peer->n_values);
  for (guint i = 0; i < G_N_ELEMENTS (peer->explanations); i++)
    peer->explanations[i] = open_explanation (peer, threads, i == 0);
}

static void
select_unit (Peer *peer, const char *layer)
{
  g_autoptr (GError) error = NULL;
  GbpTarget target = GBP_TARGET_INIT;
  guint height = 0, width = 0;

  gbp_network_get_layer_shape (peer->network, layer, &height, &width, NULL, NULL);
  target.layer = layer;
  target.unit_y = (int) height / 2;
  target.unit_x = (int) width / 2;
  if (!gbp_explanation_set_target (peer->explanations[2], &target, &error))
    g_error ("%s", error->message);
}

static void
select_plain (Peer *peer)
{
  g_autoptr (GError) error = NULL;
  GbpTarget target = GBP_TARGET_INIT;

  target.layer = gbp_network_get_last_map (peer->network);
  target.method = GBP_METHOD_GRADIENT;
  target.class_index = GBP_CLASS_TOP;
  if (!gbp_explanation_set_target (peer->explanations[2], &target, &error))
    g_error ("%s", error->message);
}

static void
explain (Peer *peer, guint which)
{
  double began = bench_now ();

  gbp_explanation_compute (
      peer->explanations[which], peer->rgb, 3 * peer->width, peer->gradient, &peer->result);
  printf ("%.6f\n", bench_now () - began);
}

static void
answer (Peer *peer, const char *question)
{
  if (strcmp (question, "class") == 0 || strcmp (question, "map") == 0) {
    explain (peer, *question == 'm');
  } else if (g_str_has_prefix (question, "unit ")) {
    select_unit (peer, question + strlen ("unit "));
    explain (peer, 2);
  } else if (strcmp (question, "plain") == 0) {
    select_plain (peer);
    explain (peer, 2);
  } else if (strcmp (question, "which") == 0) {
    printf ("%d %s\n", peer->result.class_index, gbp_network_get_last_map (peer->network));
  } else if (g_str_has_prefix (question, "save ")) {
    g_file_set_contents (question + strlen ("save "), (const char *) peer->gradient,
        (gssize) (peer->n_values * sizeof *peer->gradient), NULL);
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

  if (argc != 5)
    g_error ("usage: bench-network THREADS WEIGHTS PREPROCESS IMAGE");
  open_peer (&peer, argv);
  while (fgets (question, sizeof question, stdin) != NULL) {
    question[strcspn (question, "\n")] = '\0';
    answer (&peer, question);
  }
  for (guint i = 0; i < G_N_ELEMENTS (peer.explanations); i++)
    gbp_explanation_free (peer.explanations[i]);
  gbp_network_unref (peer.network);
  g_free (peer.rgb);
  g_free (peer.gradient);
  return EXIT_SUCCESS;
}

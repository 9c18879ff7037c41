/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "batch.h"
#include "gif.h"
#include "settings.h"
#include "voices.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <unistd.h>

static gboolean
list_layers (const Options *options, GError **error)
{
  g_autoptr (GbpNetwork) network = settings_load_network (options, error);

  if (network == NULL)
    return FALSE;
  for (const char *const *layer = gbp_network_get_layer_names (network); *layer; layer++) {
    guint height, width, channels;
    gbp_network_get_layer_shape (network, *layer, &height, &width, &channels, NULL);
    printf ("%-13s %u x %u x %u\n", *layer, height, width, channels);
  }
  if (!options->quiet && gbp_network_get_notice (network) != NULL)
    fprintf (stderr, "note: %s\n", gbp_network_get_notice (network));
  return TRUE;
}

static gboolean
list_classes (const Options *options, GError **error)
{
  g_autoptr (GbpNetwork) network = settings_load_network (options, error);
  const char *const *names = network != NULL ? gbp_network_get_class_names (network) : NULL;

  if (network != NULL && names == NULL)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
        "the network's file does not name its classes: %s", gbp_network_get_description (network));
  if (names == NULL)
    return FALSE;
  for (guint i = 0; names[i] != NULL; i++)
    printf ("%3u  %s\n", i, names[i]);
  return TRUE;
}

static int
process (const Options *options, Signals *signals, GError **error)
{
  g_auto (Settings) settings;

  if (!settings_init (&settings, options, error) || !settings_check_target (&settings, error))
    return 1;
  gif_register ();
  return batch_run (&settings, signals);
}

/* A descriptor that is closed would be given to the next file that is opened, and what is said on stderr would be
 * written into it. */
static void
open_standard_streams (void)
{
  int descriptor;

  do
    descriptor = open ("/dev/null", O_RDWR);
  while (descriptor >= 0 && descriptor <= STDERR_FILENO);
  if (descriptor > STDERR_FILENO)
    close (descriptor);
}

/* Returns: the exit status; with @error set, if that is still to be said */
static int
run (const Options *options, Signals *signals, GError **error)
{
  if (options->version)
    return printf ("gbp-saliency %s\n", VERSION) < 0;
  if (options->list_layers)
    return !list_layers (options, error);
  if (options->list_classes)
    return !list_classes (options, error);
  return process (options, signals, error);
}

int
main (int argc, char **argv)
{
  g_auto (Options) options;
  g_autoptr (GError) error = NULL;
  Signals signals;
  int status = 1;

  open_standard_streams ();
  signals_init (&signals);
  setlocale (LC_ALL, "");
  setlocale (LC_NUMERIC, "C"); /* what is said is English, and options mean the same everywhere */
  if (options_parse (&options, argc, argv, &error))
    status = run (&options, &signals, &error);
  if (error != NULL)
    voices_print_error (error->message);
  if (fclose (stdout) != 0 && error == NULL && status == 0) {
    fprintf (stderr, "gbp-saliency: cannot write standard output: %s\n", g_strerror (errno));
    status = 1;
  }
  if (signals_get_number (&signals) != 0)
    status = 128 + signals_get_number (&signals);
  signals_clear (&signals);
  return status;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What methods of explanation are good for, measured on scenes whose object is known: docs/honest.md. --help lists the
 * options. */
#include <gst/gst.h>
#include <stdlib.h>

#include "network/network.h"
#include "study.h"

/* What the command line asks for. */
typedef struct {
  int n_scenes, n_points;
  char *layers;
  char *methods;
  gboolean scenes_alone;
  char *fault;
  char *output;
  char *picture;
  char **bounds;
  char **sheets;
} Options;

/* The network's layers that have weights, from the top down: after the others nothing more is random. */
static char **
list_layers (const GbpNetwork *network)
{
  GPtrArray *names = g_ptr_array_new ();
  guint n_layers;
  const GbpLayer *layers = gbp_network_get_layers (network, &n_layers);

  for (guint i = n_layers; i-- > 0;)
    if (layers[i].kind == GBP_KIND_CONVOLUTION || layers[i].kind == GBP_KIND_DENSE)
      g_ptr_array_add (names, g_strdup (layers[i].name));
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

/* @layers: (nullable): to go through; NULL: none */
static void
run_experiments (GbpStudy *study, const char *const *layers)
{
  study->maps = g_new (float, (gsize) study->n_methods * study->n_scenes * GBP_HONEST_PIXELS);
  gbp_study_scenes (study);
  if (layers != NULL) {
    gbp_study_cascade (study, layers);
    gbp_study_convergence (study, layers);
  }
  g_free (study->maps);
}

/* Returns: (transfer full): of at most @n_most scenes; they are the sheet's */
static GArray *
take_scenes (const GbpSheet *sheet, guint n_most)
{
  GArray *scenes = g_array_new (FALSE, FALSE, sizeof (GbpScene));

  for (guint i = 0; i < MIN (gbp_sheet_get_n_scenes (sheet), n_most); i++) {
    GbpScene scene = gbp_sheet_get_scene (sheet, i);

    g_array_append_val (scenes, scene);
  }
  return scenes;
}

static gboolean
write_results (const GbpResults *results, const char *path, GError **error)
{
  FILE *file = path != NULL ? fopen (path, "w") : stdout;

  if (file != NULL)
    gbp_results_write (results, file);
  if (file != NULL && (path == NULL || fclose (file) == 0))
    return TRUE;
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "cannot write %s", path);
  return FALSE;
}

static gboolean
check_results (const GbpResults *results, char **paths, GError **error)
{
  gboolean good = TRUE;

  for (; paths != NULL && *paths != NULL; paths++) {
    g_autofree char *bounds = NULL;

    if (!g_file_get_contents (*paths, &bounds, NULL, error))
      return FALSE;
    good = gbp_results_check (results, bounds) && good;
  }
  if (!good)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "not within the bounds");
  return good;
}

static gboolean
check_layers (const GbpNetwork *network, char **layers, GError **error)
{
  for (; layers != NULL && *layers != NULL; layers++)
    if (gbp_network_find_layer (network, *layers, error) < 0)
      return FALSE;
  return TRUE;
}

/* Returns: (transfer full): of GbpHonestMethod: the rows of the table with these names, or all; NULL with @error set */
static GArray *
choose_methods (const char *names, GError **error)
{
  g_auto (GStrv) wanted = names != NULL ? g_strsplit (names, ",", -1) : NULL;
  g_autoptr (GArray) chosen = g_array_new (FALSE, FALSE, sizeof (GbpHonestMethod));
  guint n_methods;
  const GbpHonestMethod *methods = gbp_honest_get_methods (&n_methods);

  for (guint i = 0; i < n_methods; i++)
    if (wanted == NULL || g_strv_contains ((const char *const *) wanted, methods[i].name))
      g_array_append_val (chosen, methods[i]);
  if (wanted == NULL || chosen->len == g_strv_length (wanted))
    return g_steal_pointer (&chosen);
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
      "found only %u of the methods \"%s\"; tests/honest/methods.c has their table", chosen->len,
      names);
  return NULL;
}

/* With a gallery where a picture of the maps is asked for. */
static gboolean
run_and_draw (GbpStudy *study, const char *const *layers, const char *path, GError **error)
{
  guint n_columns = 1 + g_strv_length ((char **) gbp_study_get_hung ());
  g_autoptr (GbpGallery) gallery = NULL;

  if (path != NULL)
    gallery = gbp_gallery_new (study->n_methods, n_columns, GBP_SCENE_SIZE);
  study->gallery = gallery;
  run_experiments (study, layers);
  return gallery == NULL || gbp_gallery_write (gallery, path, error);
}

static gboolean
run_study (const Options *options, GError **error)
{
  g_autoptr (GArray) methods = choose_methods (options->methods, error);
  g_autoptr (GbpSheet) sheet = methods != NULL ? gbp_sheet_read (options->sheets[0], error) : NULL;
  g_autoptr (GbpNetwork) network =
      sheet != NULL ? gbp_network_load (NULL, GBP_PREPROCESS_AUTO, error) : NULL;
  g_autoptr (GbpResults) results = gbp_results_new ();
  GbpStudy study = {.network = network, .results = results};
  g_auto (GStrv) layers = NULL;
  g_autoptr (GArray) scenes = NULL;

  if (network == NULL)
    return FALSE;
  if (options->fault != NULL && !gbp_fault_parse (options->fault, &study.fault)) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "no fault \"%s\"; valid are none, edges, sign and class", options->fault);
    return FALSE;
  }
  scenes = take_scenes (sheet, (guint) options->n_scenes);
  study.scenes = (const GbpScene *) (gpointer) scenes->data;
  study.n_scenes = scenes->len;
  study.methods = (const GbpHonestMethod *) (gpointer) methods->data;
  study.n_methods = methods->len;
  study.n_points = (guint) options->n_points;
  if (!options->scenes_alone)
    layers =
        options->layers != NULL ? g_strsplit (options->layers, ",", -1) : list_layers (network);
  return check_layers (network, layers, error)
         && run_and_draw (&study, (const char *const *) layers, options->picture, error)
         && write_results (results, options->output, error)
         && check_results (results, options->bounds, error);
}

static gboolean
parse_options (Options *options, int argc, char **argv, GError **error)
{
  const GOptionEntry entries[] = {
      {"scenes", 0, 0, G_OPTION_ARG_INT, &options->n_scenes, "scenes to look at; default: 24", "N"},
      {"points", 0, 0, G_OPTION_ARG_INT, &options->n_points,
          "points of each curve of insertion and deletion; default: 11", "N"},
      {"methods", 0, 0, G_OPTION_ARG_STRING, &options->methods, "methods to compare; default: all",
          "METHOD,..."},
      {"layers", 0, 0, G_OPTION_ARG_STRING, &options->layers,
          "layers to go through, from the top down to the first; default: all that have weights",
          "LAYER,..."},
      {"scenes-alone", 0, 0, G_OPTION_ARG_NONE, &options->scenes_alone,
          "leave out what goes through layers", NULL},
      {"fault", 0, 0, G_OPTION_ARG_STRING, &options->fault,
          "spoil every method: edges, sign, class", "FAULT"},
      {"output", 0, 0, G_OPTION_ARG_FILENAME, &options->output,
          "where the results go, a JSON object a line; default: the terminal", "FILE"},
      {"picture", 0, 0, G_OPTION_ARG_FILENAME, &options->picture,
          "where a picture of the first scene's maps goes, as PGM", "FILE"},
      {"bounds", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->bounds,
          "fail if a result is not within this file's bounds; may be given again", "FILE"},
      {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->sheets, NULL, "SHEET"},
      G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, &argc, &argv, error))
    return FALSE;
  if (options->sheets != NULL && options->n_scenes > 0 && options->n_points > 1)
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
      "expected a sheet of scenes, at least one of them, and at least two points");
  return FALSE;
}

int
main (int argc, char **argv)
{
  Options options = {.n_scenes = 24, .n_points = 11};
  g_autoptr (GError) error = NULL;
  gboolean good = parse_options (&options, argc, argv, &error) && run_study (&options, &error);

  if (!good)
    fprintf (stderr, "honest: %s\n", error->message);
  g_free (options.layers);
  g_free (options.methods);
  g_free (options.fault);
  g_free (options.output);
  g_free (options.picture);
  g_strfreev (options.bounds);
  g_strfreev (options.sheets);
  gst_deinit ();
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Measures a network on scenes whose object is known: does it name the object, and does the explanation
 * of the object's class lie on it? --help lists the options. */
#include <gst/gst.h>
#include <stdio.h>
#include <stdlib.h>

#include "measures.h"

/* The explanations that are measured. The predictions' channel is the object's class. */
static const struct {
  const char *name;
  const char *layer;
  GbpMethod method;
} targets[] = {
    {"guided", "predictions", GBP_METHOD_GUIDED},
    {"gradient", "predictions", GBP_METHOD_GRADIENT},
    {"deconvnet", "predictions", GBP_METHOD_DECONVNET},
    {"block5-guided", "block5_conv4", GBP_METHOD_GUIDED},
    {"block5-gradient", "block5_conv4", GBP_METHOD_GRADIENT},
};
#define N_TARGETS G_N_ELEMENTS (targets)

#define SMALLEST_AREA 0.05
#define LARGEST_AREA  0.25

/* What is found for a scene.
 * @counts: it is one of those that localisation is measured on: the mask is 5 to 25 % of the image,
 *     and the ground's mean edge energy is at least the object's */
typedef struct {
  int label;
  gboolean is_right;
  gboolean counts;
  GbpOutline outline;
  GbpFocus focus[N_TARGETS];
} Finding;

/* What the command line asks for. */
typedef struct {
  char *weights;
  char *csv;
  char *logits;
  char *maps;
  int n_most;
  char **least;
  char **sheets;
} Options;

/* @findings: of Finding */
typedef struct {
  const Options *options;
  GbpNetwork *network;
  GbpExplanation *explanation;
  GArray *findings;
  FILE *logits;
  FILE *maps;
  float gradient[GBP_SCENE_SIZE * GBP_SCENE_SIZE * 3];
} Evaluation;

static GbpResult
explain (
    Evaluation *evaluation, const GbpScene *scene, const char *layer, GbpMethod method, int channel)
{
  GbpTarget target = {.layer = layer,
      .method = method,
      .channel = channel,
      .unit_x = GBP_UNIT_ALL,
      .unit_y = GBP_UNIT_ALL,
      .class_index = GBP_CLASS_NONE};
  g_autoptr (GError) error = NULL;
  GbpResult result;

  if (!gbp_explanation_set_target (evaluation->explanation, &target, &error))
    g_error ("%s", error->message);
  gbp_explanation_compute (
      evaluation->explanation, scene->rgb, scene->stride, evaluation->gradient, &result);
  return result;
}

/* float64 [scenes][classes] */
static void
write_logits (Evaluation *evaluation, const GbpScene *scene)
{
  guint n_classes;

  gbp_network_get_layer_shape (evaluation->network, "predictions", NULL, NULL, &n_classes, NULL);
  for (guint i = 0; i < n_classes; i++) {
    double value = explain (evaluation, scene, "predictions", GBP_METHOD_GRADIENT, (int) i).value;

    fwrite (&value, sizeof value, 1, evaluation->logits);
  }
}

static void
evaluate_scene (Evaluation *evaluation, const GbpScene *scene)
{
  Finding finding = {.label = scene->label};
  GbpOutline *outline = &finding.outline;

  gbp_scene_outline (scene, outline);
  finding.counts = outline->area >= SMALLEST_AREA && outline->area <= LARGEST_AREA
                   && outline->ground_edges >= outline->object_edges;
  finding.is_right =
      explain (evaluation, scene, "predictions", GBP_METHOD_GRADIENT, GBP_CHANNEL_STRONGEST).channel
      == scene->label;
  for (guint i = 0; i < N_TARGETS; i++) {
    gboolean has_class = g_str_equal (targets[i].layer, "predictions");

    explain (evaluation, scene, targets[i].layer, targets[i].method,
        has_class ? scene->label : GBP_CHANNEL_ALL);
    gbp_scene_focus (scene, evaluation->gradient, &finding.focus[i]);
    if (evaluation->maps != NULL)
      fwrite (evaluation->gradient, sizeof evaluation->gradient, 1, evaluation->maps);
  }
  if (evaluation->logits != NULL)
    write_logits (evaluation, scene);
  g_array_append_val (evaluation->findings, finding);
}

static gboolean
evaluate_sheet (Evaluation *evaluation, const char *path, GError **error)
{
  g_autoptr (GbpSheet) sheet = gbp_sheet_read (path, error);
  guint n_scenes = sheet != NULL ? gbp_sheet_get_n_scenes (sheet) : 0;
  guint n_most = (guint) evaluation->options->n_most;

  for (guint i = 0; i < n_scenes && (n_most == 0 || evaluation->findings->len < n_most); i++) {
    GbpScene scene = gbp_sheet_get_scene (sheet, i);

    evaluate_scene (evaluation, &scene);
  }
  return sheet != NULL;
}

static gboolean
write_csv (const GArray *findings, const char *path, GError **error)
{
  g_autoptr (GString) text = g_string_new ("label,right,counts,area,object_edges,ground_edges");

  for (guint i = 0; i < N_TARGETS; i++)
    g_string_append_printf (text, ",%s,%s-points", targets[i].name, targets[i].name);
  for (guint s = 0; s < findings->len; s++) {
    const Finding *finding = &g_array_index (findings, Finding, s);

    g_string_append_printf (text, "\n%d,%d,%d,%.6f,%.6g,%.6g", finding->label, finding->is_right,
        finding->counts, finding->outline.area, finding->outline.object_edges,
        finding->outline.ground_edges);
    for (guint i = 0; i < N_TARGETS; i++)
      g_string_append_printf (text, ",%.6g,%g", finding->focus[i].ratio, finding->focus[i].points);
  }
  g_string_append_c (text, '\n');
  return g_file_set_contents (path, text->str, (gssize) text->len, error);
}

/* The median ratio, or the mean of the points, of one explanation over the scenes that count. */
static double
summarize (const GArray *findings, guint target, gboolean points)
{
  g_autofree double *numbers = g_new (double, findings->len);
  double sum = 0;
  guint n = 0;

  for (guint s = 0; s < findings->len; s++) {
    const Finding *finding = &g_array_index (findings, Finding, s);
    const GbpFocus *focus = &finding->focus[target];

    if (!finding->counts)
      continue;
    numbers[n] = points ? focus->points : focus->ratio;
    sum += numbers[n++];
  }
  return points ? sum / MAX (n, 1) : gbp_median (numbers, n);
}

/* @measures: (inout): by name, pointers to double */
static void
add_measure (GHashTable *measures, const char *name, double value)
{
  double *copy = g_new (double, 1);

  *copy = value;
  g_hash_table_insert (measures, g_strdup (name), copy);
  printf ("%-24s %8.4f\n", name, value);
}

static GHashTable *
collect_measures (const GArray *findings)
{
  GHashTable *measures = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  guint n_right = 0, n_counting = 0;

  for (guint s = 0; s < findings->len; s++) {
    n_right += (guint) g_array_index (findings, Finding, s).is_right;
    n_counting += (guint) g_array_index (findings, Finding, s).counts;
  }
  printf ("%u scenes, localisation on %u of them\n", findings->len, n_counting);
  add_measure (measures, "accuracy", (double) n_right / MAX (findings->len, 1));
  for (guint i = 0; i < N_TARGETS; i++) {
    g_autofree char *points = g_strconcat (targets[i].name, "-points", NULL);

    add_measure (measures, targets[i].name, summarize (findings, i, FALSE));
    add_measure (measures, points, summarize (findings, i, TRUE));
  }
  return measures;
}

/* Each of @least is "MEASURE=NUMBER". */
static gboolean
reaches (GHashTable *measures, char **least)
{
  gboolean good = TRUE;

  for (char **entry = least; entry != NULL && *entry != NULL; entry++) {
    g_auto (GStrv) parts = g_strsplit (*entry, "=", 2);
    const double *value = g_hash_table_lookup (measures, parts[0]);

    if (value != NULL && parts[1] != NULL && *value >= g_ascii_strtod (parts[1], NULL))
      continue;
    printf ("FAILED: %s is wanted\n", *entry);
    good = FALSE;
  }
  return good;
}

static FILE *
open_output (const char *path)
{
  FILE *file = path != NULL ? fopen (path, "wb") : NULL;

  if (path != NULL && file == NULL)
    g_error ("cannot write %s", path);
  return file;
}

static void
close_output (FILE *file)
{
  if (file != NULL && fclose (file) != 0)
    g_error ("cannot write the output");
}

static gboolean
evaluate (const Options *options, GError **error)
{
  g_autoptr (GbpNetwork) network = gbp_network_load (options->weights, GBP_PREPROCESS_AUTO, error);
  g_autoptr (GbpExplanation) explanation =
      network != NULL ? gbp_explanation_new (network, 0) : NULL;
  g_autoptr (GArray) findings = g_array_new (FALSE, FALSE, sizeof (Finding));
  g_autofree Evaluation *evaluation = g_new (Evaluation, 1);
  g_autoptr (GHashTable) measures = NULL;

  if (network == NULL)
    return FALSE;
  if (explanation == NULL)
    g_error ("not enough memory for an explanation");
  evaluation->options = options;
  evaluation->network = network;
  evaluation->explanation = explanation;
  evaluation->findings = findings;
  evaluation->logits = open_output (options->logits);
  evaluation->maps = open_output (options->maps);
  printf ("network: %s\n", gbp_network_get_description (network));
  for (char **sheet = options->sheets; *sheet != NULL; sheet++)
    if (!evaluate_sheet (evaluation, *sheet, error))
      return FALSE;
  close_output (evaluation->logits);
  close_output (evaluation->maps);
  measures = collect_measures (findings);
  if (options->csv != NULL && !write_csv (findings, options->csv, error))
    return FALSE;
  if (reaches (measures, options->least))
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "the network does not reach it");
  return FALSE;
}

static gboolean
parse (Options *options, int argc, char **argv, GError **error)
{
  const GOptionEntry entries[] = {
      {"weights", 0, 0, G_OPTION_ARG_FILENAME, &options->weights,
          "weight file; default: the built-in network", "FILE"},
      {"csv", 0, 0, G_OPTION_ARG_FILENAME, &options->csv, "write what was found, by scene", "FILE"},
      {"logits", 0, 0, G_OPTION_ARG_FILENAME, &options->logits,
          "write every class' value, float64 [scenes][classes]", "FILE"},
      {"maps", 0, 0, G_OPTION_ARG_FILENAME, &options->maps,
          "write the gradients, float32 [scenes][explanations][224][224][3]", "FILE"},
      {"most", 0, 0, G_OPTION_ARG_INT, &options->n_most, "scenes to look at; default: all", "N"},
      {"at-least", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->least,
          "fail if a measure is below a number", "MEASURE=NUMBER"},
      {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->sheets, NULL, "SHEET..."},
      G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, &argc, &argv, error))
    return FALSE;
  if (options->sheets == NULL)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "name a sheet of scenes");
  return options->sheets != NULL;
}

int
main (int argc, char **argv)
{
  Options options = {0};
  g_autoptr (GError) error = NULL;
  gboolean good = parse (&options, argc, argv, &error) && evaluate (&options, &error);

  if (!good)
    fprintf (stderr, "evaluate: %s\n", error->message);
  g_free (options.weights);
  g_free (options.csv);
  g_free (options.logits);
  g_free (options.maps);
  g_strfreev (options.least);
  g_strfreev (options.sheets);
  gst_deinit ();
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

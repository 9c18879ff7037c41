/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "found.h"

#include <math.h>

#ifdef HAVE_ANALYTICS
#include <gst/analytics/analytics.h>
#endif

void
gst_gbp_found_take (GstGbpFound *found, const GbpExplanation *explanation, const GbpResult *result)
{
  guint n_classes;
  const double *scores = gbp_explanation_get_scores (explanation, &n_classes);

  found->result = *result;
  found->class_score = NAN;
  if (result->class_index >= 0 && (guint) result->class_index < n_classes)
    found->class_score = scores[result->class_index];
  found->n_scores = gbp_explanation_find_top (explanation, found->classes, GST_GBP_MOST_SCORES);
  for (guint i = 0; i < found->n_scores; i++)
    found->scores[i] = scores[found->classes[i]];
}

void
gst_gbp_found_describe_class (
    const GstGbpFound *found, const GbpNetwork *network, GstStructure *structure)
{
  const char *const *names = gbp_network_get_class_names (network);
  int class_index = found->result.class_index;

  if (class_index < 0)
    return;
  gst_structure_set (structure, "class", G_TYPE_INT, class_index, NULL);
  if (!isnan (found->class_score))
    gst_structure_set (structure, "class-score", G_TYPE_DOUBLE, found->class_score, NULL);
  if (names != NULL)
    gst_structure_set (structure, "class-name", G_TYPE_STRING, names[class_index], NULL);
}

static void
append_double (GValue *array, double number)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_DOUBLE);
  g_value_set_double (&value, number);
  gst_value_array_append_and_take_value (array, &value);
}

static void
append_int (GValue *array, int number)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_INT);
  g_value_set_int (&value, number);
  gst_value_array_append_and_take_value (array, &value);
}

static void
append_string (GValue *array, const char *text)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_STRING);
  g_value_set_string (&value, text);
  gst_value_array_append_and_take_value (array, &value);
}

void
gst_gbp_found_describe_scores (
    const GstGbpFound *found, guint n, const GbpNetwork *network, GstStructure *structure)
{
  const char *const *all_names = gbp_network_get_class_names (network);
  GValue classes = G_VALUE_INIT, names = G_VALUE_INIT, scores = G_VALUE_INIT;

  g_value_init (&classes, GST_TYPE_ARRAY);
  g_value_init (&names, GST_TYPE_ARRAY);
  g_value_init (&scores, GST_TYPE_ARRAY);
  for (guint i = 0; i < MIN (n, found->n_scores); i++) {
    append_int (&classes, (int) found->classes[i]);
    append_double (&scores, found->scores[i]);
    if (all_names != NULL)
      append_string (&names, all_names[found->classes[i]]);
  }
  gst_structure_take_value (structure, "classes", &classes);
  gst_structure_take_value (structure, "scores", &scores);
  if (all_names != NULL)
    gst_structure_take_value (structure, "names", &names);
  else
    g_value_unset (&names);
}

#ifdef HAVE_ANALYTICS
/* A class without a name is called by its number. */
static GQuark
name_class (const GbpNetwork *network, guint class_index)
{
  const char *const *names = gbp_network_get_class_names (network);
  g_autofree char *number = g_strdup_printf ("%u", class_index);

  return g_quark_from_string (names != NULL ? names[class_index] : number);
}

void
gst_gbp_found_attach_scores (
    const GstGbpFound *found, guint n, const GbpNetwork *network, GstBuffer **frame)
{
  GstAnalyticsRelationMeta *relations;
  gfloat levels[GST_GBP_MOST_SCORES];
  GQuark names[GST_GBP_MOST_SCORES];
  GstAnalyticsClsMtd classes;

  n = MIN (n, found->n_scores);
  if (n == 0)
    return;
  for (guint i = 0; i < n; i++) {
    levels[i] = (gfloat) found->scores[i];
    names[i] = name_class (network, found->classes[i]);
  }
  *frame = gst_buffer_make_writable (*frame);
  relations = gst_buffer_get_analytics_relation_meta (*frame);
  if (relations == NULL)
    relations = gst_buffer_add_analytics_relation_meta (*frame);
  gst_analytics_relation_meta_add_cls_mtd (relations, n, levels, names, &classes);
}
#else
void
gst_gbp_found_attach_scores (
    const GstGbpFound *found, guint n, const GbpNetwork *network, GstBuffer **frame)
{
}
#endif

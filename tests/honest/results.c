/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "results.h"

#include <math.h>

#include "metrics.h"

enum {
  EXPERIMENT,
  METHOD,
  LAYER,
  MEASURE,
  N_WORDS
};

/* @numbers: of double */
typedef struct {
  char *words[N_WORDS];
  GArray *numbers;
} Question;

/* @questions: of Question
 * @places: "experiment method layer measure" → index of the question */
struct _GbpResults {
  GPtrArray *questions;
  GHashTable *places;
};

static void
free_question (gpointer data)
{
  Question *question = data;

  for (guint i = 0; i < N_WORDS; i++)
    g_free (question->words[i]);
  g_array_unref (question->numbers);
  g_free (question);
}

GbpResults *
gbp_results_new (void)
{
  GbpResults *results = g_new (GbpResults, 1);

  results->questions = g_ptr_array_new_with_free_func (free_question);
  results->places = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return results;
}

void
gbp_results_free (GbpResults *results)
{
  g_ptr_array_unref (results->questions);
  g_hash_table_unref (results->places);
  g_free (results);
}

static Question *
add_question (GbpResults *results, const char *const words[N_WORDS])
{
  Question *question = g_new (Question, 1);

  for (guint i = 0; i < N_WORDS; i++)
    question->words[i] = g_strdup (words[i]);
  question->numbers = g_array_new (FALSE, FALSE, sizeof (double));
  g_ptr_array_add (results->questions, question);
  return question;
}

void
gbp_results_add (GbpResults *results, const char *experiment, const char *method, const char *layer,
    const char *measure, double number)
{
  const char *const words[N_WORDS] = {experiment, method, layer, measure};
  g_autofree char *key = g_strjoin (" ", experiment, method, layer, measure, NULL);
  Question *question = g_hash_table_lookup (results->places, key);

  if (question == NULL) {
    question = add_question (results, words);
    g_hash_table_insert (results->places, g_steal_pointer (&key), question);
  }
  g_array_append_val (question->numbers, number);
}

static double
get_mean (const Question *question, double *deviation)
{
  double mean;

  gbp_mean_and_deviation ((const double *) (gpointer) question->numbers->data,
      question->numbers->len, &mean, deviation);
  return mean;
}

void
gbp_results_write (const GbpResults *results, FILE *file)
{
  static const char *const names[] = {"experiment", "method", "layer", "measure"};

  for (guint i = 0; i < results->questions->len; i++) {
    const Question *question = results->questions->pdata[i];
    double deviation, mean = get_mean (question, &deviation);

    for (guint j = 0; j < N_WORDS; j++)
      fprintf (file, "%s\"%s\": \"%s\"", j == 0 ? "{" : ", ", names[j], question->words[j]);
    fprintf (file, ", \"mean\": %.4f, \"deviation\": %.4f, \"n\": %u}\n", mean, deviation,
        question->numbers->len);
  }
}

/* @line: seven words or more are a mistake in the file. */
static gboolean
check_line (const GbpResults *results, const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", -1);
  g_autofree char *key = NULL;
  const Question *question;
  double lowest, highest, mean, deviation;

  if (g_strv_length (words) != N_WORDS + 2) {
    printf ("FAILED: expected \"experiment method layer measure lowest highest\", found \"%s\"\n",
        line);
    return FALSE;
  }
  lowest = g_ascii_strtod (words[N_WORDS], NULL);
  highest = g_ascii_strtod (words[N_WORDS + 1], NULL);
  key = g_strjoin (" ", words[EXPERIMENT], words[METHOD], words[LAYER], words[MEASURE], NULL);
  question = g_hash_table_lookup (results->places, key);
  mean = question != NULL ? get_mean (question, &deviation) : NAN;
  if (mean >= lowest && mean <= highest)
    return TRUE;
  printf ("FAILED: %s: expected %g to %g, found %.4f\n", key, lowest, highest, mean);
  return FALSE;
}

gboolean
gbp_results_check (const GbpResults *results, const char *bounds)
{
  g_auto (GStrv) lines = g_strsplit (bounds, "\n", -1);
  gboolean good = TRUE;

  for (char **line = lines; *line != NULL; line++)
    if (**line != '\0' && **line != '#' && !check_line (results, *line))
      good = FALSE;
  return good;
}

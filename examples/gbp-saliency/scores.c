/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scores.h"

#define MESSAGE   "gbpsaliency-scores"
#define HEADING   "frame,time,rank,class,name,score\n"
#define MOST_SAID 5 /* in one line */

/* One class of a frame.
 * @name: "" where the network names none */
typedef struct {
  int class_index;
  const char *name;
  double score;
} Score;

gboolean
scores_open (Scores *scores, const char *path, const Input *input, gboolean force, GError **error)
{
  scores->is_json = g_str_has_suffix (path, ".jsonl");
  return table_open (&scores->table, path, scores->is_json ? "" : HEADING, input, force, error);
}

static guint
count_scores (const GstStructure *content)
{
  const GValue *scores = gst_structure_get_value (content, "scores");

  return scores != NULL && GST_VALUE_HOLDS_ARRAY (scores) ? gst_value_array_get_size (scores) : 0;
}

static Score
get_score (const GstStructure *content, guint rank)
{
  const GValue *names = gst_structure_get_value (content, "names");

  return (Score){
      g_value_get_int (
          gst_value_array_get_value (gst_structure_get_value (content, "classes"), rank)),
      names != NULL ? g_value_get_string (gst_value_array_get_value (names, rank)) : "",
      g_value_get_double (
          gst_value_array_get_value (gst_structure_get_value (content, "scores"), rank)),
  };
}

static void
write_csv (Table *table, guint64 frame, const char *time, guint rank, const Score *score)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  fprintf (table->stream, "%" G_GUINT64_FORMAT ",%s,%u,%d,", frame, time, rank, score->class_index);
  table_write_text (table, score->name);
  fprintf (table->stream, ",%s\n", g_ascii_formatd (number, sizeof number, "%.9g", score->score));
}

/* JSON has no word for what is not a number. */
static void
write_json (Table *table, guint64 frame, const char *time, guint rank, const Score *score)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  fprintf (table->stream,
      "{\"frame\": %" G_GUINT64_FORMAT ", \"time\": %s, \"rank\": %u, \"class\": %d, \"name\": ",
      frame, time, rank, score->class_index);
  table_write_json (table, score->name);
  fprintf (table->stream, ", \"score\": %s}\n",
      score->score == score->score ? g_ascii_formatd (number, sizeof number, "%.9g", score->score)
                                   : "null");
}

static void
write_rows (Scores *scores, const GstStructure *content, double seconds)
{
  char time[G_ASCII_DTOSTR_BUF_SIZE];
  guint64 frame = 0;

  gst_structure_get_uint64 (content, "frame", &frame);
  g_ascii_formatd (time, sizeof time, "%.6f", seconds);
  for (guint i = 0; i < count_scores (content); i++) {
    Score score = get_score (content, i);

    if (scores->is_json)
      write_json (&scores->table, frame, time, i + 1, &score);
    else
      write_csv (&scores->table, frame, time, i + 1, &score);
  }
}

/* "wrench 0.19" */
static void
append_score (GString *text, const Score *score)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  if (text->len > 0)
    g_string_append (text, ", ");
  if (*score->name != '\0')
    g_string_append_printf (text, "%s ", score->name);
  else
    g_string_append_printf (text, "class %d ", score->class_index);
  g_string_append (text, g_ascii_formatd (number, sizeof number, "%.2f", score->score));
}

static void
say (Scores *scores, const GstStructure *content, double seconds, Progress *progress)
{
  g_autoptr (GString) text = g_string_new (NULL);
  int class_index = get_score (content, 0).class_index;

  gst_structure_get_int (content, "class", &class_index);
  if (class_index == scores->said)
    return;
  scores->said = class_index;
  for (guint i = 0; i < MIN (count_scores (content), MOST_SAID); i++) {
    Score score = get_score (content, i);

    append_score (text, &score);
  }
  progress_say (progress, "%.3f s: %s", seconds, text->str);
}

void
scores_take (Scores *scores, GstMessage *message, Progress *progress)
{
  const GstStructure *content = gst_message_get_structure (message);
  guint64 time = GST_CLOCK_TIME_NONE;
  double seconds;

  if (!gst_message_has_name (message, MESSAGE) || count_scores (content) == 0)
    return;
  gst_structure_get_uint64 (content, "stream-time", &time);
  seconds = GST_CLOCK_TIME_IS_VALID (time) ? (double) time / GST_SECOND : 0;
  if (scores->table.stream != NULL)
    write_rows (scores, content, seconds);
  if (!scores->is_silent)
    say (scores, content, seconds, progress);
}

char *
scores_caption (GstMessage *message)
{
  const GstStructure *content = gst_message_get_structure (message);
  g_autoptr (GString) text = g_string_new (NULL);
  Score score;

  if (!gst_message_has_name (message, MESSAGE) || count_scores (content) == 0)
    return NULL;
  score = get_score (content, 0);
  if (gst_structure_get_int (content, "class", &score.class_index)) {
    score.name = gst_structure_get_string (content, "class-name");
    score.name = score.name != NULL ? score.name : "";
    gst_structure_get_double (content, "class-score", &score.score);
  }
  append_score (text, &score);
  return g_strdup (text->str);
}

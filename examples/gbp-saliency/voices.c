/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "voices.h"

#include <stdio.h>

/* @held: what waits for the job's turn
 * @is_introduced: whether what it has said is more than errors */
typedef struct {
  GString *held;
  gboolean is_introduced;
  gboolean has_ended;
} Voice;

/* @turn: number of the first job that has not ended */
struct _Voices {
  GMutex lock; /* guards what follows */
  char *introduction;
  guint n_jobs;
  guint turn;
  Voice *voices;
};

Voices *
voices_new (guint n_jobs, const char *introduction)
{
  Voices *voices = g_new0 (Voices, 1);

  g_mutex_init (&voices->lock);
  voices->introduction = g_strdup (introduction);
  voices->n_jobs = n_jobs;
  voices->voices = g_new0 (Voice, n_jobs);
  for (guint i = 0; i < n_jobs; i++)
    voices->voices[i].held = g_string_new (NULL);
  return voices;
}

void
voices_free (Voices *voices)
{
  for (guint i = 0; i < voices->n_jobs; i++)
    g_string_free (voices->voices[i].held, TRUE);
  g_free (voices->voices);
  g_free (voices->introduction);
  g_mutex_clear (&voices->lock);
  g_free (voices);
}

/* Prints what the job whose turn it is has said until now. */
static void
print_held (Voices *voices)
{
  Voice *voice = &voices->voices[voices->turn];

  if (voice->is_introduced && voices->introduction != NULL) {
    fputs (voices->introduction, stderr);
    g_clear_pointer (&voices->introduction, g_free);
  }
  fputs (voice->held->str, stderr);
  g_string_truncate (voice->held, 0);
}

gboolean
voices_is_heard (Voices *voices, guint number)
{
  gboolean is_heard;

  g_mutex_lock (&voices->lock);
  is_heard = voices->turn == number;
  g_mutex_unlock (&voices->lock);
  return is_heard;
}

static void
add (Voices *voices, guint number, const char *text, gboolean is_error)
{
  Voice *voice = &voices->voices[number];

  g_mutex_lock (&voices->lock);
  voice->is_introduced = voice->is_introduced || !is_error;
  g_string_append (voice->held, text);
  if (voices->turn == number)
    print_held (voices);
  g_mutex_unlock (&voices->lock);
}

void
voices_clean (char *text)
{
  for (guint8 *at = (guint8 *) text; *at != '\0'; at++) {
    gboolean is_second = at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0; /* U+0080 to U+009F */

    if (*at < ' ' || *at == 0x7f)
      *at = *at == '\n' ? ' ' : '?';
    else if (is_second)
      at[0] = at[1] = '?';
  }
}

static char *
format_error (const char *message)
{
  g_autofree char *cleaned = g_strdup (message);

  voices_clean (cleaned);
  return g_strdup_printf ("gbp-saliency: %s\n", cleaned);
}

void
voices_print_error (const char *message)
{
  g_autofree char *line = format_error (message);

  fputs (line, stderr);
}

void
voices_say (Voices *voices, guint number, const char *text)
{
  add (voices, number, text, FALSE);
}

void
voices_complain (Voices *voices, guint number, const char *text)
{
  g_autofree char *line = format_error (text);

  add (voices, number, line, TRUE);
}

void
voices_end (Voices *voices, guint number)
{
  g_mutex_lock (&voices->lock);
  voices->voices[number].has_ended = TRUE;
  while (voices->turn < voices->n_jobs && voices->voices[voices->turn].has_ended)
    if (++voices->turn < voices->n_jobs)
      print_held (voices);
  g_mutex_unlock (&voices->lock);
}

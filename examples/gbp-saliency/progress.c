/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LEAST_BAR_WIDTH 5
#define BAR_WIDTH       30

void
progress_init (Progress *progress, Voices *voices, guint number, gboolean quiet)
{
  *progress = (Progress){
      .voices = voices, .number = number, .quiet = quiet, .terminal = isatty (STDERR_FILENO)};
}

double
progress_get_interval (const Progress *progress)
{
  return progress->terminal ? 0.2 : 5.0;
}

void
progress_hide_bar (Progress *progress)
{
  if (progress->bar_shown)
    voices_say (progress->voices, progress->number, "\r\033[K");
  progress->bar_shown = FALSE;
}

void
progress_say (Progress *progress, const char *format, ...)
{
  g_autoptr (GString) line = g_string_new (NULL);
  va_list arguments;

  if (progress->quiet)
    return;
  va_start (arguments, format);
  g_string_vprintf (line, format, arguments);
  va_end (arguments);
  voices_clean (line->str);
  g_string_append_c (line, '\n');
  progress_hide_bar (progress);
  voices_say (progress->voices, progress->number, line->str);
}

void
progress_answer (Progress *progress, const char *text)
{
  if (voices_is_heard (progress->voices, progress->number))
    progress_say (progress, "%s", text);
}

void
progress_complain (Progress *progress, const char *message)
{
  progress_hide_bar (progress);
  voices_complain (progress->voices, progress->number, message);
}

/* The share that is done, 0 … 1, or −1 if the end is not known. */
static double
get_share (const Status *status)
{
  if (!GST_CLOCK_TIME_IS_VALID (status->position) || !GST_CLOCK_TIME_IS_VALID (status->duration))
    return -1;
  return MIN (1.0, (double) status->position / (double) status->duration);
}

static void
append_frames (GString *text, const Status *status)
{
  g_string_append_printf (text, "%u frame%s", status->n_frames, status->n_frames == 1 ? "" : "s");
}

/* Appends the frames per second, counted from the first frame's end: starting is left out. Scripts read the
 * number, so that it has a point in every language. */
static void
append_rate (GString *text, const Status *status)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  if (status->n_frames > 1 && status->seconds > 0)
    g_string_append_printf (text, ", %s frames per second",
        g_ascii_formatd (number, sizeof number, "%.1f", (status->n_frames - 1) / status->seconds));
}

static void
append_time_left (GString *text, const Status *status, double share)
{
  guint left = (guint) (status->seconds * (1 - share) / share + 0.5);

  if (left >= 3600)
    g_string_append_printf (text, ", %u:%02u:%02u left", left / 3600, left / 60 % 60, left % 60);
  else
    g_string_append_printf (text, ", %u:%02u left", left / 60, left % 60);
}

static char *
format_numbers (const Status *status, double share)
{
  GString *text = g_string_new (NULL);

  if (share >= 0)
    g_string_append_printf (text, "%3.0f %%, ", 100 * share);
  append_frames (text, status);
  append_rate (text, status);
  if (share > 0 && status->n_frames > 1)
    append_time_left (text, status, share);
  return g_string_free (text, FALSE);
}

/* How many characters fit into a line of the terminal: one that is full may begin another. */
static gsize
get_room (void)
{
  struct winsize size;

  if (ioctl (STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
    return 79;
  return size.ws_col - 1u;
}

/* A bar, where there is room for it, and as much of the numbers as fits; a line that is too long could not be
 * taken back. */
static void
show_bar (Progress *progress, double share, const char *numbers)
{
  gsize room = get_room (), length = strlen (numbers);
  gsize width = room < length + 3 ? 0 : MIN (room - length - 3, BAR_WIDTH);
  char bar[BAR_WIDTH + 1];
  g_autoptr (GString) line = g_string_new (NULL);

  memset (bar, ' ', width);
  bar[width] = '\0';
  memset (bar, '=', (gsize) ((double) width * MAX (share, 0)));
  progress_hide_bar (progress);
  if (share >= 0 && width >= LEAST_BAR_WIDTH)
    g_string_append_printf (line, "[%s] ", bar);
  g_string_append_len (line, numbers, (gssize) MIN (room, length));
  voices_say (progress->voices, progress->number, line->str);
  progress->bar_shown = TRUE;
}

void
progress_update (Progress *progress, const Status *status)
{
  double share = get_share (status);
  g_autofree char *numbers = format_numbers (status, share);

  if (progress->quiet || status->n_frames == 0
      || !voices_is_heard (progress->voices, progress->number))
    return;
  if (progress->terminal)
    show_bar (progress, share, numbers);
  else
    progress_say (progress, "%s", numbers);
}

void
progress_summarise (
    Progress *progress, const Status *status, const char *written, const char *also_written)
{
  g_autoptr (GString) text = g_string_new (written);

  if (also_written != NULL)
    g_string_append_printf (text, " and %s", also_written);
  g_string_append (text, ": ");
  append_frames (text, status);
  append_rate (text, status);
  progress_say (progress, "wrote %s", text->str);
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Voices: what jobs that run at once say on stderr, in the order of the jobs: the first one that is not done speaks at
 * once, and what the others say waits for their turn. Safe from any thread. */
typedef struct _Voices Voices;

/* What is said is one line that does nothing to a terminal, whatever files are called: control characters in @text
 * become question marks, ends of lines blanks. */
void voices_clean (char *text);

/* Prints a cleaned line that is an error, of no job. */
void voices_print_error (const char *message);

/* @n_jobs: with the numbers 0 … n_jobs − 1
 * @introduction: comes before the first word of all; not before an error: where nothing is done, it is alone */
Voices *voices_new (guint n_jobs, const char *introduction);
void voices_free (Voices *voices);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Voices, voices_free)

/* Whether what job @number says is printed at once. */
gboolean voices_is_heard (Voices *voices, guint number);

/* Says whole lines, or, to a terminal and only where it is heard, a part of one. */
void voices_say (Voices *voices, guint number, const char *text);

/* Says a line that is an error, cleaned. */
void voices_complain (Voices *voices, guint number, const char *text);

/* Job @number has nothing to say any more. */
void voices_end (Voices *voices, guint number);

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A file's own words, made fit for people to see. */
#pragma once

#include <glib.h>

/* Characters of a name or a few words, of a file's path, and of a whole message. */
#define GBP_WORDS_MAX_NAME    100
#define GBP_WORDS_MAX_PATH    300
#define GBP_WORDS_MAX_MESSAGE 1000

/* gbp_words_clean:
 * @text: any bytes before a NUL
 * @n_most: characters, at least 3
 *
 * What a terminal, a log or a label would obey rather than show (control characters, escape sequences,
 * line ends, marks that turn the direction of text or cannot be seen, surrogates, bytes that are no
 * UTF-8) becomes U+FFFD, each for itself. What is longer than @n_most keeps its start and its end, with
 * an ellipsis between.
 *
 * Returns: (transfer full): one line of UTF-8 */
char *gbp_words_clean (const char *text, guint n_most);

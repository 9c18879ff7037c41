/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Keys that are pressed in the terminal. */
#pragma once

#include <glib.h>

/* @key: a character, or "Up", "Down", "Left", "Right" */
typedef void (*TerminalHandler) (const char *key, gpointer data);

/* From now on each key comes alone and is not shown, if standard input is a terminal, and this process the one that
 * has it. Comes before terminal_close() once. */
void terminal_open (TerminalHandler handler, gpointer data);
void terminal_close (void);

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "terminal.h"

#include <glib-unix.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static struct {
  struct termios before;
  gboolean is_open;
  guint source;
  TerminalHandler handler;
  gpointer data;
} terminal;

/* What terminals send for the arrows is a key as the others are; more of several bytes is left.
 * @bytes: a text that is not empty
 * @key: (out)
 * Returns: how many of the bytes the key is */
static gsize
take_key (const char *bytes, char key[8])
{
  static const char *const arrows[] = {"Up", "Down", "Right", "Left"};

  g_snprintf (key, 8, "%c", bytes[0]);
  if (bytes[0] != '\033')
    return 1;
  if (bytes[1] == '\0' || strchr ("[O", bytes[1]) == NULL || bytes[2] < 'A' || bytes[2] > 'D')
    return strlen (bytes);
  g_strlcpy (key, arrows[bytes[2] - 'A'], 8);
  return 3;
}

static gboolean
take_bytes (gint descriptor, GIOCondition condition, gpointer data)
{
  char bytes[64], key[8];
  gssize length = read (descriptor, bytes, sizeof bytes - 1);

  if (length <= 0) {
    terminal.source = 0;
    return G_SOURCE_REMOVE;
  }
  bytes[length] = '\0';
  for (const char *next = bytes; *next != '\0';) {
    next += take_key (next, key);
    terminal.handler (key, terminal.data);
  }
  return G_SOURCE_CONTINUE;
}

void
terminal_open (TerminalHandler handler, gpointer data)
{
  struct termios keys;

  /* to set it from the background would stop the process */
  if (!isatty (STDIN_FILENO) || tcgetpgrp (STDIN_FILENO) != getpgrp ()
      || tcgetattr (STDIN_FILENO, &terminal.before) != 0)
    return;
  keys = terminal.before;
  keys.c_lflag &= ~(tcflag_t) (ICANON | ECHO);
  keys.c_cc[VMIN] = 1;
  keys.c_cc[VTIME] = 0;
  tcsetattr (STDIN_FILENO, TCSANOW, &keys);
  terminal.is_open = TRUE;
  terminal.handler = handler;
  terminal.data = data;
  terminal.source = g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP, take_bytes, NULL);
}

void
terminal_close (void)
{
  if (terminal.is_open)
    tcsetattr (STDIN_FILENO, TCSANOW, &terminal.before);
  if (terminal.source != 0)
    g_source_remove (terminal.source);
  terminal.is_open = FALSE;
  terminal.source = 0;
}

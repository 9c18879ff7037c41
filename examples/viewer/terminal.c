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

/* What terminals send for the arrows; NULL for other keys of several bytes. */
static const char *
name_sequence (const char *bytes)
{
  static const char *const arrows[] = {"Up", "Down", "Right", "Left"};

  if (strlen (bytes) == 3 && strchr ("[O", bytes[1]) != NULL && bytes[2] >= 'A' && bytes[2] <= 'D')
    return arrows[bytes[2] - 'A'];
  return NULL;
}

static gboolean
take_bytes (gint descriptor, GIOCondition condition, gpointer data)
{
  char bytes[64];
  gssize length = read (descriptor, bytes, sizeof bytes - 1);
  const char *name;

  if (length <= 0) {
    terminal.source = 0;
    return G_SOURCE_REMOVE;
  }
  bytes[length] = '\0';
  name = bytes[0] == '\033' ? name_sequence (bytes) : NULL;
  if (name != NULL)
    terminal.handler (name, terminal.data);
  for (gssize i = 0; i < length && bytes[0] != '\033'; i++)
    terminal.handler ((char[]){bytes[i], '\0'}, terminal.data);
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

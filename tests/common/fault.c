/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Commits the fault that its argument names, so that a test of it fails wherever a sanitizer watches. */
#include <glib.h>
#include <string.h>

static gpointer
count (gpointer data)
{
  for (guint i = 0; i < 10000; i++)
    ++*(volatile int *) data;
  return NULL;
}

static void
race (void)
{
  int shared = 0;
  GThread *thread = g_thread_new ("other", count, &shared);

  count (&shared);
  g_thread_join (thread);
}

static void
overrun (void)
{
  g_autofree volatile char *bytes = g_malloc (16);
  volatile gsize length = 16;

  bytes[length] = 1;
}

static void
leak (void)
{
  volatile gsize length = 16;

  memset (g_malloc (length), 1, length);
}

static void
overflow (void)
{
  volatile int largest = G_MAXINT;

  largest = largest + 1;
}

static void
misalign (void)
{
  char bytes[2 * sizeof (int)] = {0};
  volatile gsize offset = 1;

  ++*(volatile int *) (bytes + offset);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*commit) (void);
  } faults[] = {{"race", race}, {"overrun", overrun}, {"leak", leak}, {"overflow", overflow},
      {"misalign", misalign}};

  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    if (g_strcmp0 (argv[argc - 1], faults[i].name) == 0)
      faults[i].commit ();
  return 0;
}

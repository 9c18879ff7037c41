/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "batch.h"

#include "encoding.h"
#include "input.h"
#include "lanes.h"
#include "names.h"
#include "voices.h"

#include <gio/gio.h>
#include <string.h>

#define RAW_SUFFIX ".npy"

static gboolean
is_raw_name (const char *name)
{
  return g_str_has_suffix (name, RAW_SUFFIX);
}

/* The suffix of what is written of @input: what is asked for, else its own where that can be written, else what plays
 * everywhere. */
static char *
choose_suffix (const Options *options, const char *input)
{
  const char *suffix = strrchr (input, '.');
  const Encoding *encoding = suffix != NULL ? encoding_find (suffix, NULL) : NULL;
  gboolean is_picture = input_is_picture (input);

  if (options->format != NULL)
    return g_strconcat (".", options->format, NULL);
  if (encoding != NULL && encoding_is_film (encoding) != is_picture)
    return g_strdup (suffix);
  return g_strdup (is_picture ? ".png" : ".mp4");
}

/* Returns: (transfer full): where what is written of @input goes in the folder for all */
static char *
make_path (const Options *options, const char *input)
{
  g_autofree char *base = g_path_get_basename (input);
  g_autofree char *suffix = choose_suffix (options, input);
  char *point = strrchr (base, '.');
  g_autofree char *name = NULL;

  if (point != NULL && point != base)
    *point = '\0';
  name = g_strconcat (base, suffix, NULL);
  return g_build_filename (options->output_dir, name, NULL);
}

/* Adds the files of a folder, or @input itself. */
static gboolean
add_input (GPtrArray *inputs, const char *input, GError **error)
{
  g_autofree char *path = name_expand (input);
  g_autoptr (GPtrArray) files = NULL;

  if (!g_file_test (path, G_FILE_TEST_IS_DIR)) {
    g_ptr_array_add (inputs, g_strdup (input));
    return TRUE;
  }
  files = input_list_folder (path, error);
  for (guint i = 0; files != NULL && i < files->len; i++)
    if (input_is_visual (files->pdata[i]))
      g_ptr_array_add (inputs, g_strdup (files->pdata[i]));
  return files != NULL;
}

/* Two inputs with one name would overwrite each other. */
static gboolean
check_paths (GPtrArray *inputs, GPtrArray *paths, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < paths->len; i++) {
    const char *other = g_hash_table_lookup (seen, paths->pdata[i]);

    if (other != NULL) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS, "%s and %s would both become %s", other,
          (char *) inputs->pdata[i], (char *) paths->pdata[i]);
      return FALSE;
    }
    g_hash_table_insert (seen, paths->pdata[i], inputs->pdata[i]);
  }
  return TRUE;
}

static int
run_all (const Settings *settings, GPtrArray *inputs, GPtrArray *paths, Signals *signals)
{
  g_autoptr (GArray) jobs = g_array_new (FALSE, TRUE, sizeof (Job));

  for (guint i = 0; i < inputs->len; i++) {
    const char *path = paths->pdata[i];
    Job job = {.input = inputs->pdata[i], .is_exact = !input_is_pattern (inputs->pdata[i])};

    if (is_raw_name (path))
      job.raw = path;
    else
      job.output = path;
    g_array_append_val (jobs, job);
  }
  return lanes_run (jobs, settings, signals);
}

static int
run_single (const Settings *settings, Signals *signals)
{
  const Options *options = settings->options;
  g_autoptr (GArray) jobs = g_array_new (FALSE, TRUE, sizeof (Job));
  Job job = {.input = options->inputs[0],
      .output = options->output,
      .raw = options->raw,
      .csv = options->csv,
      .scores = options->scores};

  g_array_append_val (jobs, job);
  return lanes_run (jobs, settings, signals);
}

static int
run_folder (const Settings *settings, Signals *signals, GError **error)
{
  const Options *options = settings->options;
  g_autoptr (GPtrArray) inputs = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; options->inputs[i] != NULL; i++)
    if (!add_input (inputs, options->inputs[i], error))
      return 1;
  for (guint i = 0; i < inputs->len; i++)
    g_ptr_array_add (paths, make_path (options, inputs->pdata[i]));
  if (!check_paths (inputs, paths, error))
    return 1;
  if (inputs->len == 0)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
        "there is neither a picture nor a video in the folder");
  return inputs->len == 0 ? 1 : run_all (settings, inputs, paths, signals);
}

int
batch_run (const Settings *settings, Signals *signals)
{
  g_autoptr (GError) error = NULL;
  int status;

  if (settings->options->output_dir == NULL)
    return run_single (settings, signals);
  status = run_folder (settings, signals, &error);
  if (error != NULL)
    voices_print_error (error->message);
  return status;
}

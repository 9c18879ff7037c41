/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * This library's side of kinds.sh: one operation after another by itself, as it is told on standard input:
 *   open KIND;INPUTS;OUTPUTS;ROWS;COLUMNS;STRIDE;TOP;LEFT;BOTTOM;RIGHT;GROUPS;FUNCTION;SLOPE;OFFSET;MAXIMUM;NUMBERS
 *                  the kind and the function by their names; the inputs as HEIGHTxWIDTHxCHANNELS,…; OUTPUTS as
 *                  bench_operation_new() has them; a function that is not empty, of what is no activation, is fused;
 *                  NUMBERS are the operation's own arrays in place of weights that are made: N,N,…/N,N,…
 *   forward N      computes N times, and says how many seconds the shortest took: in place, where a network does, see
 *                  bench_operation_time_chain()
 *   backward N     likewise: the plain gradient
 *   save PATH      computes both once, and writes the output, float32 [height][width][channels], and behind it the
 *   first input's gradient
 * usage: bench-kind THREADS */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "layer/kinds.h"
#include "operation.h"

enum {
  KIND,
  INPUTS,
  OUTPUTS,
  ROWS,
  COLUMNS,
  STRIDE,
  TOP,
  LEFT,
  BOTTOM,
  RIGHT,
  GROUPS,
  FUNCTION,
  SLOPE,
  OFFSET,
  MAXIMUM,
  NUMBERS,
  N_FIELDS,
};

static GbpKind
find_kind (const char *name)
{
  for (guint i = 0; i < GBP_N_KINDS; i++)
    if (strcmp (name, gbp_kind_get_name ((GbpKind) i)) == 0)
      return (GbpKind) i;
  g_error ("no kind %s", name);
}

static GbpFunction
find_function (const char *name)
{
  for (guint i = 0; i < GBP_N_FUNCTIONS; i++)
    if (strcmp (name, gbp_function_get_name ((GbpFunction) i)) == 0)
      return (GbpFunction) i;
  g_error ("no function %s", name);
}

static guint
read_shapes (const char *text, GbpShape *shapes)
{
  g_auto (GStrv) words = g_strsplit (text, ",", 0);
  guint n = g_strv_length (words);

  if (n > BENCH_MOST_INPUTS)
    g_error ("%u inputs", n);
  for (guint i = 0; i < n; i++)
    if (sscanf (words[i], "%ux%ux%u", &shapes[i].height, &shapes[i].width, &shapes[i].channels)
        != 3)
      g_error ("no shape: %s", words[i]);
  return n;
}

static guint
read_number (char **fields, guint field)
{
  return (guint) atoi (fields[field]);
}

static GbpWindow
read_window (char **fields)
{
  guint stride = read_number (fields, STRIDE);

  return (GbpWindow){
      .rows = read_number (fields, ROWS),
      .columns = read_number (fields, COLUMNS),
      .stride_y = stride,
      .stride_x = stride,
      .dilation_y = 1,
      .dilation_x = 1,
      .padding = {read_number (fields, TOP), read_number (fields, LEFT),
          read_number (fields, BOTTOM), read_number (fields, RIGHT)},
      .groups = read_number (fields, GROUPS),
  };
}

static GbpOperation
read_activation (char **fields)
{
  GbpOperation activation = {.kind = GBP_KIND_ACTIVATION};

  if (*fields[FUNCTION] != '\0')
    activation.function = find_function (fields[FUNCTION]);
  activation.slope = (float) g_ascii_strtod (fields[SLOPE], NULL);
  activation.offset = (float) g_ascii_strtod (fields[OFFSET], NULL);
  activation.maximum = (float) g_ascii_strtod (fields[MAXIMUM], NULL);
  return activation;
}

static GbpTensor *
read_tensor (const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, ",", 0);
  guint n = g_strv_length (words);
  float *values = g_new (float, n);

  for (guint i = 0; i < n; i++)
    values[i] = (float) g_ascii_strtod (words[i], NULL);
  return gbp_tensor_new_take (values, n);
}

static void
read_tensors (const char *text, GbpTensor **tensors)
{
  g_auto (GStrv) arrays = g_strsplit (text, "/", 2);

  for (guint i = 0; arrays[i] != NULL; i++)
    tensors[i] = read_tensor (arrays[i]);
}

static BenchOperation *
open_operation (const char *text, GbpTeam *team)
{
  g_auto (GStrv) fields = g_strsplit (text, ";", 0);
  GbpOperation activation, operation;
  GbpShape inputs[BENCH_MOST_INPUTS];
  gboolean is_fused;
  guint n_inputs;

  if (g_strv_length (fields) != N_FIELDS)
    g_error ("no operation: %s", text);
  activation = operation = read_activation (fields);
  operation.kind = find_kind (fields[KIND]);
  operation.window = read_window (fields);
  operation.epsilon = 1e-5f;
  read_tensors (fields[NUMBERS], operation.tensors);
  is_fused = operation.kind != GBP_KIND_ACTIVATION && *fields[FUNCTION] != '\0';
  n_inputs = read_shapes (fields[INPUTS], inputs);
  return bench_operation_new (&operation, is_fused ? &activation : NULL, inputs, n_inputs,
      read_number (fields, OUTPUTS), GBP_RULE_GRADIENT, team);
}

static double
find_shortest (BenchOperation *operation, gboolean is_backward, int n)
{
  double shortest = G_MAXDOUBLE;

  gbp_team_begin (operation->pass.team);
  for (int i = 0; i < n; i++)
    shortest = MIN (shortest, bench_operation_time_chain (operation, is_backward));
  gbp_team_end (operation->pass.team);
  return shortest;
}

static void
write_map (FILE *file, const GbpShape *shape, const float *map)
{
  for (gsize i = 0; i < gbp_shape_get_pixels (shape); i++)
    if (fwrite (map + i * gbp_pad_channels (shape->channels), sizeof *map, shape->channels, file)
        != shape->channels)
      g_error ("cannot write");
}

static void
compute_and_save (BenchOperation *operation, const char *path)
{
  FILE *file = fopen (path, "wb");

  if (file == NULL)
    g_error ("cannot write %s", path);
  bench_operation_forward (operation);
  bench_operation_backward (operation);
  write_map (file, &operation->node.output, operation->pass.output);
  write_map (file, &operation->inputs[0], operation->gradients[0]);
  if (fclose (file) != 0)
    g_error ("cannot write %s", path);
}

static void
answer (const char *question, BenchOperation **operation, GbpTeam *team)
{
  int n;

  if (g_str_has_prefix (question, "open ")) {
    g_clear_pointer (operation, bench_operation_free);
    *operation = open_operation (question + strlen ("open "), team);
    printf ("opened\n");
  } else if (*operation == NULL) {
    printf ("open one first\n");
  } else if (sscanf (question, "forward %d", &n) == 1) {
    printf ("%.9f\n", find_shortest (*operation, FALSE, n));
  } else if (sscanf (question, "backward %d", &n) == 1) {
    printf ("%.9f\n", find_shortest (*operation, TRUE, n));
  } else if (g_str_has_prefix (question, "save ")) {
    compute_and_save (*operation, question + strlen ("save "));
    printf ("saved\n");
  } else {
    printf ("what is '%s'?\n", question);
  }
  fflush (stdout);
}

int
main (int argc, char **argv)
{
  g_autoptr (GbpTeam) team = NULL;
  BenchOperation *operation = NULL;
  char question[1 << 16];

  if (argc != 2)
    g_error ("usage: bench-kind THREADS");
  team = gbp_team_new ((guint) atoi (argv[1]));
  while (fgets (question, sizeof question, stdin) != NULL)
    answer (g_strchomp (question), &operation, team);
  g_clear_pointer (&operation, bench_operation_free);
  return EXIT_SUCCESS;
}

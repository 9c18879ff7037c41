/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/builder.h"

#include <gio/gio.h>
#include <string.h>

#include "network/words.h"

/* Weights hardly compress: see format/arrays.c. A small file may repeat itself, and its constants are spread over
 * channels. */
#define MAX_EXPANSION 32
#define MIN_TOTAL     (64 << 20)
#define MAX_FILE_SIZE (G_GUINT64_CONSTANT (1) << 40)

#define MAX_INPUT_SIZE 8192

void
gbp_builder_init (GbpBuilder *builder, guint64 file_size)
{
  memset (builder, 0, sizeof *builder);
  builder->files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  builder->n_bytes_left = MIN_TOTAL;
  gbp_builder_add_file (builder, "", file_size);
}

void
gbp_builder_clear (GbpBuilder *builder)
{
  g_clear_pointer (&builder->graph, gbp_graph_free);
  g_clear_pointer (&builder->files, g_hash_table_unref);
  g_clear_pointer (&builder->refusal, g_free);
}

void
gbp_builder_add_file (GbpBuilder *builder, const char *name, guint64 size)
{
  if (g_hash_table_add (builder->files, g_strdup (name)))
    builder->n_bytes_left += MIN (size, MAX_FILE_SIZE) * MAX_EXPANSION;
}

gboolean
gbp_builder_start (GbpBuilder *builder, const GbpShape *input, GError **error)
{
  if (input->channels != 3 || input->height < 1 || input->height > MAX_INPUT_SIZE
      || input->width < 1 || input->width > MAX_INPUT_SIZE) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "expected an input of red, green and blue, of 1×1 to %d×%d pixels, found %u×%u pixels of "
        "%u channels",
        MAX_INPUT_SIZE, MAX_INPUT_SIZE, input->width, input->height, input->channels);
    return FALSE;
  }
  builder->graph = gbp_graph_new (input);
  return TRUE;
}

float *
gbp_builder_allocate (GbpBuilder *builder, guint64 n_values, GError **error)
{
  float *values = NULL;

  if (n_values > builder->n_bytes_left / sizeof *values) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "expected weights that fit the file's size, found %" G_GUINT64_FORMAT " values", n_values);
    return NULL;
  }
  builder->n_bytes_left -= n_values * sizeof *values;
  values = g_try_malloc (MAX (n_values, 1) * sizeof *values);
  if (values == NULL)
    g_set_error (error, GBP_ERROR, GBP_ERROR_MEMORY,
        "not enough memory for %" G_GUINT64_FORMAT " weights", n_values);
  return values;
}

static const GbpWindow one_pixel = {.rows = 1,
    .columns = 1,
    .stride_y = 1,
    .stride_x = 1,
    .dilation_y = 1,
    .dilation_x = 1,
    .groups = 1};

GbpOperation
gbp_operation_on_all (GbpKind kind, const int *inputs, guint n_inputs)
{
  GbpOperation operation = {.kind = kind, .n_inputs = n_inputs};

  operation.inputs = g_new (guint, n_inputs);
  for (guint i = 0; i < n_inputs; i++)
    operation.inputs[i] = (guint) inputs[i];
  operation.window = one_pixel;
  return operation;
}

GbpOperation
gbp_operation_on (GbpKind kind, int input)
{
  return gbp_operation_on_all (kind, &input, 1);
}

/* A pool of one pixel, or a border of none, as an adaptive pool becomes where the map has its size already. */
static gboolean
does_nothing (const GbpOperation *operation)
{
  return (operation->kind == GBP_KIND_POOL_MAX || operation->kind == GBP_KIND_POOL_AVERAGE
             || operation->kind == GBP_KIND_POOL_AVERAGE_PADDED || operation->kind == GBP_KIND_PAD
             || operation->kind == GBP_KIND_CROP)
         && memcmp (&operation->window, &one_pixel, sizeof one_pixel) == 0;
}

int
gbp_builder_add (GbpBuilder *builder, GbpOperation *operation, GError **error)
{
  int input = (int) operation->inputs[0];

  if (does_nothing (operation)) {
    gbp_operation_clear (operation);
    return input;
  }
  return gbp_graph_add (builder->graph, operation, error);
}

int
gbp_builder_add_affine (GbpBuilder *builder, int input, double factor, double shift, GError **error)
{
  guint channels = gbp_graph_get_shape (builder->graph, (guint) input)->channels;
  g_autofree float *factors = gbp_builder_allocate (builder, channels, error);
  g_autofree float *shifts = factors ? gbp_builder_allocate (builder, channels, error) : NULL;
  GbpOperation operation;

  if (shifts == NULL)
    return -1;
  for (guint c = 0; c < channels; c++) {
    factors[c] = (float) factor;
    shifts[c] = (float) shift;
  }
  operation = gbp_operation_on (GBP_KIND_SCALE, input);
  operation.tensors[0] = gbp_tensor_new_take (g_steal_pointer (&factors), channels);
  operation.tensors[1] = gbp_tensor_new_take (g_steal_pointer (&shifts), channels);
  return gbp_builder_add (builder, &operation, error);
}

int
gbp_builder_add_activation (
    GbpBuilder *builder, int input, const GbpActivation *activation, GError **error)
{
  GbpOperation operation = gbp_operation_on (GBP_KIND_ACTIVATION, input);

  operation.function = activation->function;
  operation.slope = activation->slope;
  operation.offset = activation->offset;
  operation.maximum = activation->maximum;
  operation.corner = activation->corner;
  return gbp_builder_add (builder, &operation, error);
}

static const GbpOperation *
get_operation (const GbpGraph *graph, int value)
{
  guint n_operations;

  return &gbp_graph_get_operations (graph, &n_operations)[value - 1];
}

void
gbp_builder_name (GbpBuilder *builder, int value, const char *name, const char *other)
{
  if (value <= 0 || get_operation (builder->graph, value)->name != NULL
      || gbp_graph_set_name (builder->graph, (guint) value, name)
      || gbp_graph_set_name (builder->graph, (guint) value, other))
    return;
  for (guint number = 1; number <= GBP_GRAPH_MAX_OPERATIONS; number++) {
    g_autofree char *numbered = g_strdup_printf ("%s:%u", other, number);

    if (gbp_graph_set_name (builder->graph, (guint) value, numbered))
      return;
  }
}

int
gbp_builder_refuse (GError **error, const char *format, ...)
{
  va_list arguments;
  g_autofree char *message = NULL;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, message);
  return -1;
}

gboolean
gbp_builder_pass (GbpBuilder *builder, GError **cause, const char *what)
{
  if (!g_error_matches (*cause, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED))
    return FALSE;
  if (builder->refusal == NULL) {
    g_autofree char *message = g_strdup_printf ("%s: %s", what, (*cause)->message);

    builder->refusal = gbp_words_clean (message, GBP_WORDS_MAX_MESSAGE);
  }
  g_clear_error (cause);
  return TRUE;
}

static gboolean
is_vector (const GbpGraph *graph, int value)
{
  const GbpShape *shape = gbp_graph_get_shape (graph, (guint) value);

  return shape->height == 1 && shape->width == 1;
}

/* The layer of a value: the first operation from it on that has a name, which is that of its activation where it has
 * one. */
static const char *
find_layer (const GbpGraph *graph, int value)
{
  guint n_operations;
  const GbpOperation *operations = gbp_graph_get_operations (graph, &n_operations);

  for (guint i = (guint) value - 1; i < n_operations; i++)
    if (operations[i].name != NULL)
      return operations[i].name;
  return NULL;
}

/* Goes back from the output over what does nothing to a vector and over one softmax, its logarithm or a sigmoid. */
static void
find_classes (GbpDescription *description, int output)
{
  const GbpGraph *graph = description->graph;
  gboolean is_behind = FALSE;
  int value = output;

  description->class_value = description->score_value = -1;
  if (output <= 0 || !is_vector (graph, output))
    return;
  while (value > 0) {
    const GbpOperation *operation = get_operation (graph, value);
    gboolean is_nothing =
        operation->kind == GBP_KIND_IDENTITY
        || (operation->kind == GBP_KIND_FLATTEN && is_vector (graph, (int) operation->inputs[0]));
    gboolean is_squashed =
        operation->kind == GBP_KIND_SOFTMAX || operation->kind == GBP_KIND_LOG_SOFTMAX
        || (operation->kind == GBP_KIND_ACTIVATION && operation->function == GBP_FUNCTION_SIGMOID);

    if (!is_nothing && (!is_squashed || is_behind))
      break;
    is_behind |= is_squashed;
    value = (int) operation->inputs[0];
  }
  if (value <= 0)
    return;
  description->score_value = output;
  description->class_value = is_behind ? value : output;
  description->class_layer = g_strdup (find_layer (graph, description->class_value));
}

/* Whether a scale is the first that happens to the pixels. */
static gboolean
is_scaled_first (const GbpGraph *graph)
{
  guint n_operations;
  const GbpOperation *operations = gbp_graph_get_operations (graph, &n_operations);
  guint value = 0;

  for (guint i = 0; i < n_operations; i++) {
    if (operations[i].inputs[0] != value)
      continue;
    if (operations[i].kind != GBP_KIND_IDENTITY && operations[i].kind != GBP_KIND_PAD
        && operations[i].kind != GBP_KIND_SELECT && operations[i].kind != GBP_KIND_CONCATENATE)
      return operations[i].kind == GBP_KIND_SCALE;
    value = i + 1;
  }
  return FALSE;
}

/* @is_early: (out): [n_operations]: those that do not make @output, and those that these are made of; all where @output
 *     is
 * one of the latter */
static void
mark_early (const GbpOperation *operations, guint n_operations, int output, gboolean *is_early)
{
  g_autofree gboolean *makes = g_new0 (gboolean, n_operations);

  makes[output - 1] = TRUE;
  for (guint i = n_operations; i-- > 0;)
    for (guint k = 0; makes[i] && k < operations[i].n_inputs; k++)
      if (operations[i].inputs[k] > 0)
        makes[operations[i].inputs[k] - 1] = TRUE;
  for (guint i = n_operations; i-- > 0;) {
    is_early[i] |= !makes[i];
    for (guint k = 0; is_early[i] && k < operations[i].n_inputs; k++)
      if (operations[i].inputs[k] > 0)
        is_early[operations[i].inputs[k] - 1] = TRUE;
  }
}

/* @values: (inout): what the old graph's values are in the new one; @at: of the operation. FALSE with @error set */
static gboolean
move_operation (
    GbpGraph *graph, const GbpOperation *operation, guint at, guint *values, GError **error)
{
  GbpOperation copy = *operation;
  int value;

  copy.name = g_strdup (operation->name);
  copy.inputs = g_memdup2 (operation->inputs, operation->n_inputs * sizeof *operation->inputs);
  for (guint k = 0; k < copy.n_inputs; k++)
    copy.inputs[k] = values[copy.inputs[k]];
  for (guint k = 0; k < G_N_ELEMENTS (copy.tensors); k++)
    if (copy.tensors[k] != NULL)
      gbp_tensor_ref (copy.tensors[k]);
  value = gbp_graph_add (graph, &copy, error);
  values[at + 1] = (guint) MAX (value, 0);
  return value > 0;
}

/* Puts what makes the first output behind all else, so that of several outputs' classes the first one's are the
 * network's.
 * @output: (inout). FALSE with @error set */
static gboolean
put_output_last (GbpBuilder *builder, int *output, GError **error)
{
  guint n_operations;
  const GbpOperation *operations = gbp_graph_get_operations (builder->graph, &n_operations);
  g_autofree gboolean *is_early = g_new0 (gboolean, n_operations);
  g_autofree guint *values = g_new0 (guint, n_operations + 1);
  g_autoptr (GbpGraph) graph = NULL;

  if (*output <= 0 || *output == (int) n_operations)
    return TRUE;
  mark_early (operations, n_operations, *output, is_early);
  graph = gbp_graph_new (gbp_graph_get_shape (builder->graph, 0));
  for (guint late = 0; late < 2; late++)
    for (guint i = 0; i < n_operations; i++)
      if (is_early[i] == (late == 0) && !move_operation (graph, &operations[i], i, values, error))
        return FALSE;
  *output = (int) values[*output];
  gbp_graph_free (builder->graph);
  builder->graph = g_steal_pointer (&graph);
  return TRUE;
}

gboolean
gbp_builder_finish (GbpBuilder *builder, int output, GbpDescription *description, GError **error)
{
  guint n_operations = 0;

  if (builder->graph != NULL)
    gbp_graph_get_operations (builder->graph, &n_operations);
  if (n_operations == 0) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ, "expected a network of layers, found %s",
        builder->refusal != NULL ? builder->refusal : "none that depends on its input");
    return FALSE;
  }
  if (!put_output_last (builder, &output, error))
    return FALSE;
  description->graph = g_steal_pointer (&builder->graph);
  description->goes_on = builder->goes_on && output <= 0;
  description->refusal = g_steal_pointer (&builder->refusal);
  description->is_scaled_inside = is_scaled_first (description->graph);
  find_classes (description, output);
  return TRUE;
}

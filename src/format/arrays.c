/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/arrays.h"

#include <math.h>
#include <string.h>

#include "format/array_norms.h"
#include "format/array_shape.h"
#include "network/demand.h"
#include "network/words.h"

/* Weights are read as 32 bits, twice what a file has at least, and hardly compress: those of 32 bits shrink
 * to nine tenths, and where 95 of a hundred are zero to a fourteenth. A small file may repeat itself. */
#define MAX_EXPANSION (2 * 16)
#define MIN_TOTAL     (1 << 20)

/* The arrays of a network, by layer. */
typedef struct {
  GbpArchitecture architecture;
  GbpArrayLayout layout;
  GbpLayerEntry entries[GBP_WEIGHTS_MAX_LAYERS];
  guint n_entries;
  GbpShape input;
  const GbpArray *kernel[GBP_WEIGHTS_MAX_LAYERS];
  const GbpArray *bias[GBP_WEIGHTS_MAX_LAYERS];
  const GbpArray *norms[GBP_WEIGHTS_MAX_LAYERS][GBP_N_ARRAY_NORMS];
} Slots;

GbpArray *
gbp_array_new (const char *name)
{
  GbpArray *array = g_new0 (GbpArray, 1);

  array->name = g_utf8_make_valid (name, -1);
  array->shown = gbp_words_clean (name, GBP_WORDS_MAX_NAME);
  for (guint i = 0; i < GBP_N_ARCHITECTURES; i++)
    array->layer[i] = GBP_LAYER_NONE;
  return array;
}

void
gbp_array_free (GbpArray *array)
{
  g_free (array->name);
  g_free (array->shown);
  g_clear_error (&array->problem);
  g_free (array);
}

static gboolean
has_weights (GbpLayerKind kind)
{
  return kind == GBP_LAYER_CONVOLUTION || kind == GBP_LAYER_DENSE;
}

static gboolean
fill_slots (Slots *slots, GPtrArray *arrays, GError **error)
{
  for (guint i = 0; i < arrays->len; i++) {
    const GbpArray *array = arrays->pdata[i];
    int layer = array->layer[slots->architecture];
    GbpArrayNorm norm = array->norm[slots->architecture];
    const GbpArray **slot;

    if (layer < 0) {
      g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
          "array %s: expected a layer of %s, as the file's other arrays are, found none",
          array->shown, gbp_architecture_get_name (slots->architecture));
      return FALSE;
    }
    slot = norm != GBP_ARRAY_NONE ? &slots->norms[layer][norm]
           : array->is_bias       ? &slots->bias[layer]
                                  : &slots->kernel[layer];
    if (*slot != NULL) {
      g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
          "array %s: expected one %s for layer %s, found %s as well", array->shown,
          array->is_bias ? "bias" : "kernel", slots->entries[layer].name, (*slot)->shown);
      return FALSE;
    }
    *slot = array;
  }
  return TRUE;
}

static gboolean
check_complete (const Slots *slots, GError **error)
{
  int gap = -1;

  for (guint i = 0; i < slots->n_entries; i++) {
    const GbpArray *kernel = slots->kernel[i], *bias = slots->bias[i];

    if (!has_weights (slots->entries[i].kind))
      continue;
    if (kernel == NULL && bias == NULL) {
      gap = gap < 0 ? (int) i : gap;
    } else if (gap >= 0) {
      g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
          "layer %s: expected its arrays, found none, though %s, of the later layer %s, is there",
          slots->entries[gap].name, kernel != NULL ? kernel->shown : bias->shown,
          slots->entries[i].name);
      return FALSE;
    } else if (kernel == NULL || (bias == NULL && slots->norms[i][GBP_ARRAY_MEAN] == NULL)) {
      g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
          "layer %s: expected a kernel and a bias, found only the array %s", slots->entries[i].name,
          kernel != NULL ? kernel->shown : bias->shown);
      return FALSE;
    } else if (!gbp_array_norms_are_complete (
                   slots->norms[i], slots->layout, slots->entries[i].name, error)) {
      return FALSE;
    }
  }
  return TRUE;
}

/* Sets @sizes, indexed as the layers, from the kernels. */
static gboolean
check_shapes (const Slots *slots, GbpArraySize *sizes, GError **error)
{
  guint64 channels = slots->input.channels, height = slots->input.height,
          width = slots->input.width;

  for (guint i = 0; i < slots->n_entries; i++) {
    GbpLayerKind kind = slots->entries[i].kind;

    if (kind == GBP_LAYER_POOL) {
      height /= 2;
      width /= 2;
    }
    if (kind == GBP_LAYER_GLOBAL_AVERAGE || kind == GBP_LAYER_GLOBAL_MAX)
      height = width = 1;
    if (slots->kernel[i] == NULL)
      continue;
    sizes[i].channels = channels;
    sizes[i].positions = kind == GBP_LAYER_CONVOLUTION ? 9 : height * width;
    if (kind == GBP_LAYER_DENSE)
      height = width = 1;
    if (!gbp_array_check_kernel (slots->kernel[i], kind, slots->layout, &sizes[i], error)
        || (slots->bias[i] != NULL && !gbp_array_check_bias (slots->bias[i], &sizes[i], error)))
      return FALSE;
    for (guint n = GBP_ARRAY_GAMMA; n < GBP_N_ARRAY_NORMS; n++)
      if (slots->norms[i][n] != NULL
          && !gbp_array_check_bias (slots->norms[i][n], &sizes[i], error))
        return FALSE;
    channels = sizes[i].n_outputs;
  }
  return TRUE;
}

/* What the weights take in memory is what the file can honestly hold, and what a frame will take is
 * bounded, before any of either is allocated. */
static gboolean
check_demand (const Slots *slots, const GbpArraySize *sizes, guint64 file_size, GError **error)
{
  guint64 n_outputs[GBP_WEIGHTS_MAX_LAYERS] = {0}, n_bytes = 0, n_most, n_kernel;

  for (guint i = 0; i < slots->n_entries; i++) {
    n_outputs[i] = sizes[i].n_outputs;
    n_kernel = sizes[i].positions * sizes[i].channels * sizes[i].n_outputs; /* at most 2^57 */
    n_bytes += (n_kernel + sizes[i].n_outputs) * sizeof (float);
  }
  if (!gbp_demand_check (slots->entries, slots->n_entries, n_outputs, &slots->input, error))
    return FALSE;
  n_most = MIN (file_size, G_MAXINT64 / MAX_EXPANSION) * MAX_EXPANSION + MIN_TOTAL;
  if (file_size == 0 || n_bytes <= n_most)
    return TRUE;
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
      "expected arrays of at most %" G_GUINT64_FORMAT
      " bytes as 32 bits, %d for each of the file's %" G_GUINT64_FORMAT
      " and %d, found %" G_GUINT64_FORMAT,
      n_most, MAX_EXPANSION, file_size, MIN_TOTAL, n_bytes);
  return FALSE;
}

static float *
read_values (const GbpArray *array, const GbpArraySize *size, GbpArrayRead read, gpointer reader,
    GError **error)
{
  gsize n_values = (gsize) (size->positions * size->channels * size->n_outputs);
  g_autofree float *values = g_try_malloc_n (n_values, sizeof *values);

  if (values == NULL) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "array %s: no memory for its %" G_GSIZE_FORMAT " values", array->shown, n_values);
    return NULL;
  }
  if (!read (reader, array, size, values, error)) {
    g_prefix_error (error, "array %s: ", array->shown);
    return NULL;
  }
  for (gsize i = 0; i < n_values; i++)
    if (!isfinite (values[i])) {
      g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
          "array %s: expected finite values that fit 32 bits, found %s", array->shown,
          isnan (values[i]) ? "NaN" : "infinity");
      return NULL;
    }
  return g_steal_pointer (&values);
}

static gboolean
refuse_memory (const GbpLayerEntry *entry, GError **error)
{
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ, "layer %s: no memory for its bias", entry->name);
  return FALSE;
}

/* Folds a batch normalization into the layer before it: a factor and a shift for each output.
 * @size: of one of its arrays */
static gboolean
fold_norm (const Slots *slots, guint index, const GbpArraySize *kernel_size,
    const GbpArraySize *size, GbpArrayRead read, gpointer reader, GbpLayerWeights *layer,
    GError **error)
{
  float *arrays[GBP_N_ARRAY_NORMS] = {NULL};
  gboolean is_read = TRUE;

  for (guint n = GBP_ARRAY_GAMMA; n < GBP_N_ARRAY_NORMS && is_read; n++) {
    arrays[n] = read_values (slots->norms[index][n], size, read, reader, error);
    is_read = arrays[n] != NULL;
  }
  if (is_read)
    gbp_array_norms_fold (
        (const float *const *) arrays, kernel_size, slots->layout, layer->kernel, layer->bias);
  for (guint n = 0; n < GBP_N_ARRAY_NORMS; n++)
    g_free (arrays[n]);
  return is_read;
}

static gboolean
read_layers (const Slots *slots, const GbpArraySize *sizes, GbpArrayRead read, gpointer reader,
    GbpWeights *weights, GError **error)
{
  for (guint i = 0; i < slots->n_entries; i++) {
    GbpArraySize bias_size = {1, 1, sizes[i].n_outputs};
    GbpLayerWeights *layer = &weights->layers[i];

    if (slots->kernel[i] == NULL)
      continue;
    layer->n_outputs = (guint) sizes[i].n_outputs;
    layer->n_inputs = (guint) sizes[i].channels;
    if (slots->entries[i].kind == GBP_LAYER_DENSE)
      layer->n_inputs *= (guint) sizes[i].positions;
    layer->kernel = read_values (slots->kernel[i], &sizes[i], read, reader, error);
    if (layer->kernel == NULL)
      return FALSE;
    layer->bias = slots->bias[i] != NULL
                      ? read_values (slots->bias[i], &bias_size, read, reader, error)
                      : g_try_new0 (float, layer->n_outputs);
    if (layer->bias == NULL)
      return slots->bias[i] == NULL && refuse_memory (&slots->entries[i], error);
    if (slots->norms[i][GBP_ARRAY_MEAN] != NULL
        && !fold_norm (slots, i, &sizes[i], &bias_size, read, reader, layer, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
gbp_arrays_assemble (GPtrArray *arrays, GbpArrayLayout layout, GbpArrayRead read, gpointer reader,
    GbpWeights *weights, GError **error)
{
  GbpArraySize sizes[GBP_WEIGHTS_MAX_LAYERS] = {{0}};
  Slots slots = {.architecture = weights->architecture, .layout = layout, .input.channels = 3};

  slots.n_entries = gbp_weights_list_layers (weights, slots.entries);
  gbp_weights_get_input_size (weights, &slots.input.height, &slots.input.width);
  return fill_slots (&slots, arrays, error) && check_complete (&slots, error)
         && check_shapes (&slots, sizes, error)
         && check_demand (&slots, sizes, weights->file_size, error)
         && read_layers (&slots, sizes, read, reader, weights, error);
}

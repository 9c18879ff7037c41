/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/safetensors.h"

#include "format/safetensors_header.h"
#include "format/torch_names.h"

/* Outputs that are read at a time: as many floats as a cache line has, so that transposing writes
 * whole lines. */
#define N_OUTPUTS_AT_ONCE 16

/* @data_offset: where the arrays' bytes begin */
typedef struct {
  const GbpSource *source;
  guint64 data_offset;
} Reader;

/* Puts @block, [n_block][channels][positions], where it belongs in [positions][channels][n_outputs];
 * @values is at the block's first output. */
static void
transpose (const float *block, gsize n_block, const GbpArraySize *size, float *values)
{
  gsize n_row = size->channels * size->positions;

  for (gsize p = 0; p < size->positions; p++)
    for (gsize c = 0; c < size->channels; c++) {
      const float *from = block + c * size->positions + p;
      float *to = values + (p * size->channels + c) * size->n_outputs;

      for (gsize o = 0; o < n_block; o++)
        to[o] = from[o * n_row];
    }
}

static gboolean
read_array (
    gpointer data, const GbpArray *array, const GbpArraySize *size, float *values, GError **error)
{
  const Reader *reader = data;
  gsize element_size = gbp_element_get_size (array->element);
  gsize n_row = size->channels * size->positions;
  gsize n_most = MIN (size->n_outputs, N_OUTPUTS_AT_ONCE);
  guint64 offset = reader->data_offset + array->offset;
  g_autofree guint8 *bytes = g_try_malloc_n (n_most * n_row, element_size);
  g_autofree float *block = g_try_malloc_n (n_most * n_row, sizeof *block);

  if (bytes == NULL || block == NULL) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ, "no memory to read it");
    return FALSE;
  }
  for (gsize o = 0; o < size->n_outputs; o += n_most) {
    gsize n_block = MIN (n_most, size->n_outputs - o);
    gsize n_bytes = n_block * n_row * element_size;

    if (!gbp_source_read (reader->source, offset, bytes, n_bytes, error))
      return FALSE;
    gbp_elements_decode (array->element, G_LITTLE_ENDIAN, bytes, n_block * n_row, block);
    transpose (block, n_block, size, values + o);
    offset += n_bytes;
  }
  return TRUE;
}

static int
compare_offsets (gconstpointer a, gconstpointer b)
{
  const GbpArray *first = *(const GbpArray *const *) a, *second = *(const GbpArray *const *) b;

  return (first->offset > second->offset) - (first->offset < second->offset);
}

/* No byte belongs to two arrays. Between them there may be others: of arrays that are no part of the
 * network, or of nothing, which no reader looks at. Sorts @arrays. */
static gboolean
check_disjoint (GPtrArray *arrays, GError **error)
{
  g_ptr_array_sort (arrays, compare_offsets);
  for (guint i = 1; i < arrays->len; i++) {
    const GbpArray *before = arrays->pdata[i - 1], *array = arrays->pdata[i];

    if (array->offset - before->offset >= before->n_bytes)
      continue;
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "array %s: expected bytes of its own, found some that belong to %s", array->shown,
        before->shown);
    return FALSE;
  }
  return TRUE;
}

static gboolean
describe_arrays (const json_t *header, guint64 n_bytes, GPtrArray *arrays, GError **error)
{
  for (guint i = 0; i < arrays->len; i++)
    if (!gbp_safetensors_describe (header, n_bytes, arrays->pdata[i], error))
      return FALSE;
  return check_disjoint (arrays, error);
}

gboolean
gbp_safetensors_read (const GbpSource *source, GbpWeights *weights, GError **error)
{
  Reader reader = {.source = source};
  g_autoptr (json_t) root = gbp_safetensors_read_header (source, &reader.data_offset, error);
  g_autoptr (GPtrArray) arrays = NULL;
  const json_t *header;

  if (root == NULL)
    return FALSE;
  header = root;
  weights->preprocess = GBP_PREPROCESS_TORCH;
  if (!gbp_safetensors_read_metadata (header, weights, error))
    return FALSE;
  arrays = gbp_safetensors_list (header);
  return gbp_torch_classify (arrays, &weights->refusal, error)
         && describe_arrays (header, source->size - reader.data_offset, arrays, error)
         && gbp_arrays_assemble (arrays, GBP_LAYOUT_TORCH, read_array, &reader, weights, error);
}

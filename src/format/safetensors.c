/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/safetensors.h"

#include "format/bind.h"
#include "format/safetensors_header.h"
#include "format/torch_names.h"

/* Outputs that are read at a time: as many floats as a cache line has, so that transposing writes
 * whole lines. */
#define N_OUTPUTS_AT_ONCE 16

/* A file, and where its arrays' bytes begin. */
typedef struct {
  const GbpSource *source;
  guint64 data_offset;
} Piece;

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
  const Piece *piece = &((const Piece *) data)[array->piece];
  gsize element_size = gbp_element_get_size (array->element);
  gsize n_row = size->channels * size->positions;
  gsize n_most = MIN (size->n_outputs, N_OUTPUTS_AT_ONCE);
  guint64 offset = piece->data_offset + array->offset;
  g_autofree guint8 *bytes = g_try_malloc_n (n_most * n_row, element_size);
  g_autofree float *block = g_try_malloc_n (n_most * n_row, sizeof *block);

  if (bytes == NULL || block == NULL) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ, "no memory to read it");
    return FALSE;
  }
  for (gsize o = 0; o < size->n_outputs; o += n_most) {
    gsize n_block = MIN (n_most, size->n_outputs - o);
    gsize n_bytes = n_block * n_row * element_size;

    if (!gbp_source_read (piece->source, offset, bytes, n_bytes, error))
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

  if (first->piece != second->piece)
    return first->piece < second->piece ? -1 : 1;
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

    if (array->piece != before->piece || array->offset - before->offset >= before->n_bytes)
      continue;
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "array %s: expected bytes of its own, found some that belong to %s", array->shown,
        before->shown);
    return FALSE;
  }
  return TRUE;
}

/* Adds a piece's arrays, described. What cannot be described is a problem of those who need it. */
static gboolean
add_piece (const GbpSource *source, Piece *piece, guint index, GPtrArray *arrays,
    GbpWeights *weights, GError **error)
{
  g_autoptr (json_t) root = gbp_safetensors_read_header (source, &piece->data_offset, error);
  g_autoptr (GPtrArray) listed = NULL;

  if (root == NULL)
    return FALSE;
  piece->source = source;
  if (index == 0 && !gbp_safetensors_read_metadata (root, weights, error))
    return FALSE;
  listed = gbp_safetensors_list (root);
  for (guint i = 0; i < listed->len; i++) {
    GbpArray *array = listed->pdata[i];

    array->piece = index;
    gbp_safetensors_describe (root, source->size - piece->data_offset, array, &array->problem);
  }
  g_ptr_array_extend_and_steal (arrays, g_steal_pointer (&listed));
  return TRUE;
}

gboolean
gbp_safetensors_read_pieces (
    const GbpSource *sources, guint n_pieces, GbpWeights *weights, GError **error)
{
  g_autoptr (GPtrArray) arrays = g_ptr_array_new_with_free_func ((GDestroyNotify) gbp_array_free);
  g_autoptr (GPtrArray) modules = NULL;
  g_autofree Piece *pieces = g_new0 (Piece, n_pieces);

  weights->preprocess = GBP_PREPROCESS_TORCH;
  for (guint i = 0; i < n_pieces; i++)
    if (!add_piece (&sources[i], &pieces[i], i, arrays, weights, error))
      return FALSE;
  modules = gbp_torch_classify (arrays, error);
  return modules != NULL && gbp_modules_bind (modules, arrays, GBP_LAYOUT_TORCH, weights, error)
         && check_disjoint (arrays, error)
         && gbp_arrays_assemble (arrays, GBP_LAYOUT_TORCH, read_array, pieces, weights, error);
}

gboolean
gbp_safetensors_read (const GbpSource *source, GbpWeights *weights, GError **error)
{
  return gbp_safetensors_read_pieces (source, 1, weights, error);
}

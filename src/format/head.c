/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/head.h"

#include <math.h>
#include <string.h>

#define POOLING  32 /* pixels of the input for one of the last map, in a row */
#define MAX_EDGE 256

#define N_STANDARD 3

/* @norm: (nullable): the batch normalization right behind it */
typedef struct {
  GbpModule *module;
  GbpModule *norm;
  guint64 n_inputs;
  guint64 n_outputs;
} Dense;

/* Ways to put the layers one behind the other.
 * @order: of the one that is being tried; @found: of the first one that fits
 * @used: bits of the layers that are in @order
 * @is_dead: [@used][last of @order]: nothing that begins so, in whatever order, fits: each such beginning is tried
 *     once, for all orders of ten equal layers with one that fits nowhere are millions */
typedef struct {
  const Dense *layers;
  guint n_layers;
  guint64 channels;
  GbpArrayLayout layout;
  guint order[GBP_WEIGHTS_MAX_DENSE];
  guint found[GBP_WEIGHTS_MAX_DENSE];
  guint used;
  guint8 is_dead[1 << GBP_WEIGHTS_MAX_DENSE][GBP_WEIGHTS_MAX_DENSE];
  guint n_found;
} Search;

static gboolean
check_readable (const GbpModule *module, GError **error)
{
  for (guint i = 0; i < GBP_N_PARTS; i++)
    if (module->parts[i] != NULL && module->parts[i]->problem != NULL) {
      g_propagate_error (error, g_error_copy (module->parts[i]->problem));
      return FALSE;
    }
  return TRUE;
}

/* PyTorch's may be a convolution over the whole map. */
static gboolean
has_matrix (const GbpModule *module, GbpArrayLayout layout)
{
  const GbpArray *kernel = module->parts[GBP_PART_KERNEL];

  return kernel != NULL && (kernel->rank == 2 || (kernel->rank == 4 && layout == GBP_LAYOUT_TORCH));
}

static void
measure (Dense *dense, GbpArrayLayout layout)
{
  const GbpArray *kernel = dense->module->parts[GBP_PART_KERNEL];
  guint first = layout == GBP_LAYOUT_KERAS ? 0 : 1;
  guint last = layout == GBP_LAYOUT_KERAS ? kernel->rank - 1 : kernel->rank;

  dense->n_outputs = gbp_module_count_outputs (dense->module, layout);
  dense->n_inputs = 1;
  for (guint i = first; i < last; i++)
    dense->n_inputs *= kernel->shape[i];
}

/* (transfer full) (element-type Dense): NULL with @error set */
static GArray *
list_dense (GPtrArray *modules, GbpArrayLayout layout, GError **error)
{
  g_autoptr (GArray) list = g_array_new (FALSE, TRUE, sizeof (Dense));

  for (guint i = 0; i < modules->len; i++) {
    Dense dense = {.module = modules->pdata[i]};

    if (dense.module->is_claimed || dense.module->kind != GBP_MODULE_DENSE)
      continue;
    if (!check_readable (dense.module, error))
      return NULL;
    if (has_matrix (dense.module, layout))
      measure (&dense, layout);
    g_array_append_val (list, dense);
  }
  return g_steal_pointer (&list);
}

/* A head of VGG's own that lacks an array is damaged; another one may be meant so.
 * @reason: (out) (transfer full) (nullable): why the layers are left out */
static gboolean
check_complete (GArray *list, GbpArrayLayout layout, char **reason, GError **error)
{
  for (guint i = 0; i < list->len && *reason == NULL; i++) {
    const GbpModule *module = g_array_index (list, Dense, i).module;

    if (has_matrix (module, layout)
        && (module->parts[GBP_PART_BIAS] != NULL || g_array_index (list, Dense, i).norm != NULL))
      continue;
    *reason = g_strdup_printf ("layer %s: expected a kernel and a bias, found %s %s", module->path,
        module->parts[GBP_PART_KERNEL] != NULL && module->parts[GBP_PART_BIAS] != NULL
            ? "one of other dimensions,"
            : "only the array",
        gbp_module_get_main (module)->shown);
  }
  if (*reason == NULL || list->len != N_STANDARD)
    return TRUE;
  g_set_error_literal (error, GBP_ERROR, GBP_ERROR_READ, *reason);
  g_clear_pointer (reason, g_free);
  return FALSE;
}

/* Whether numbers say that nothing is between a dense layer and a normalization of its outputs. */
static gboolean
is_right_behind (const GbpModule *norm, const Dense *dense, GbpArrayLayout layout)
{
  const GbpModule *module = dense->module;

  return layout == GBP_LAYOUT_TORCH && norm->has_number && module->has_number
         && norm->number == module->number + 1 && strcmp (norm->group, module->group) == 0
         && gbp_module_count_outputs (norm, layout) == dense->n_outputs;
}

/* Gives normalizations to their dense layers, and looks for what else may come between.
 * Returns: (transfer full) (nullable): the reason why the layers are left out */
static char *
sort_others (GPtrArray *modules, GArray *list, GbpArrayLayout layout)
{
  for (guint i = 0; i < modules->len; i++) {
    GbpModule *module = modules->pdata[i];
    gboolean is_placed = FALSE;

    if (module->is_claimed)
      continue;
    if (module->kind == GBP_MODULE_CONVOLUTION)
      return g_strdup ("convolutions that VGG does not have may come before the dense layers");
    if (module->kind != GBP_MODULE_NORM)
      continue;
    for (guint d = 0; d < list->len && !is_placed; d++) {
      Dense *dense = &g_array_index (list, Dense, d);

      is_placed = is_right_behind (module, dense, layout);
      if (is_placed)
        dense->norm = module;
    }
    if (!is_placed)
      return g_strdup ("the file does not say where its batch normalizations stand");
  }
  return NULL;
}

/* Whether the names say that @first comes before @second. */
static gboolean
is_before (const GbpModule *first, const GbpModule *second)
{
  if (first->has_number && second->has_number && strcmp (first->group, second->group) == 0)
    return first->number < second->number;
  return first->place > 0 && second->place > 0 && first->place < second->place;
}

/* Whether layer @i can be the next one. */
static gboolean
can_follow (const Search *search, guint depth, guint i)
{
  const Dense *layers = search->layers;

  if ((search->used >> i & 1) != 0 || search->is_dead[search->used | 1u << i][i])
    return FALSE;
  if (depth == 0 ? layers[i].n_inputs % search->channels != 0
                 : layers[i].n_inputs != layers[search->order[depth - 1]].n_outputs)
    return FALSE;
  for (guint other = 0; other < search->n_layers; other++)
    if ((search->used >> other & 1) == 0 && is_before (layers[other].module, layers[i].module))
      return FALSE;
  return TRUE;
}

/* Comes to itself as deep as there are layers; two ways are enough. */
static void
search_order (Search *search, guint depth)
{
  if (depth == search->n_layers) {
    if (search->n_found++ == 0)
      memcpy (search->found, search->order, sizeof search->found);
    return;
  }
  for (guint i = 0; i < search->n_layers && search->n_found < 2; i++) {
    guint n_before = search->n_found;

    if (!can_follow (search, depth, i))
      continue;
    search->order[depth] = i;
    search->used |= 1u << i;
    search_order (search, depth + 1);
    search->is_dead[search->used][i] = search->n_found == n_before;
    search->used &= ~(1u << i);
  }
}

/* Whether between two numbered layers there is a number for a ReLU. Keras counts each kind for itself. */
static gboolean
has_room (const Dense *dense, const Dense *next, GbpArrayLayout layout)
{
  guint64 last = dense->module->number + (dense->norm != NULL ? 1 : 0);

  return layout == GBP_LAYOUT_KERAS || !dense->module->has_number || !next->module->has_number
         || strcmp (dense->module->group, next->module->group) != 0
         || next->module->number > last + 1;
}

/* Why an input of the size that the user says does not fit; NULL: it does. */
static char *
check_size (const Dense *dense, guint64 channels, const GbpWeights *weights)
{
  const GbpArray *kernel = dense->module->parts[GBP_PART_KERNEL];
  guint64 rows = weights->height / POOLING, columns = weights->width / POOLING;

  if (kernel->rank == 4 ? kernel->shape[2] == rows && kernel->shape[3] == columns
                        : rows * columns * channels == dense->n_inputs)
    return NULL;
  return g_strdup_printf ("with an input of %u×%u pixels their first layer gets %" G_GUINT64_FORMAT
                          " values, and it takes %" G_GUINT64_FORMAT,
      weights->width, weights->height, rows * columns * channels, dense->n_inputs);
}

/* Sets the input size for which the last map has as many positions as the first layer takes, if that is one size. */
static char *
choose_size (const Dense *dense, guint64 channels, GbpWeights *weights)
{
  const GbpArray *kernel = dense->module->parts[GBP_PART_KERNEL];
  guint64 positions = dense->n_inputs / channels, edge = (guint64) sqrt ((double) positions);
  guint64 height = kernel->rank == 4 ? kernel->shape[2] : edge;
  guint64 width = kernel->rank == 4 ? kernel->shape[3] : edge;

  if (weights->pooling != GBP_VGG_POOLING_NONE)
    return positions == 1
               ? NULL
               : g_strdup_printf ("the file has a global pooling to %" G_GUINT64_FORMAT
                                  " values, and their first layer takes %" G_GUINT64_FORMAT,
                   channels, dense->n_inputs);
  if (weights->height > 0)
    return check_size (dense, channels, weights);
  if (positions == 1)
    return g_strdup_printf ("the file does not say how the last map becomes the %" G_GUINT64_FORMAT
                            " values that they take: by the average or the maximum of each "
                            "channel, or as a map of one pixel, as input-size=32x32 says",
        dense->n_inputs);
  if (height * width != positions || height > MAX_EDGE || width > MAX_EDGE)
    return g_strdup_printf ("their first layer takes %" G_GUINT64_FORMAT
                            " values, which is no square map of %" G_GUINT64_FORMAT
                            " channels; input-size says another",
        dense->n_inputs, channels);
  weights->height = (guint) height * POOLING;
  weights->width = (guint) width * POOLING;
  return NULL;
}

static void
claim (const Search *search, GbpWeights *weights)
{
  GbpLayerEntry entries[GBP_WEIGHTS_MAX_LAYERS];
  guint first;

  weights->n_dense = search->n_layers;
  first = gbp_weights_list_layers (weights, entries) - search->n_layers;
  for (guint i = 0; i < search->n_layers; i++) {
    const Dense *dense = &search->layers[search->found[i]];

    for (int a = 0; a < GBP_N_ARCHITECTURES; a++) {
      gbp_module_assign (dense->module, (GbpArchitecture) a, (int) (first + i));
      if (dense->norm != NULL)
        gbp_module_assign (dense->norm, (GbpArchitecture) a, (int) (first + i));
    }
  }
}

/* What keeps the layers in their one order from being the head. */
static char *
check_order (const Search *search, GbpWeights *weights)
{
  for (guint i = 0; i + 1 < search->n_layers; i++)
    if (!has_room (&search->layers[search->found[i]], &search->layers[search->found[i + 1]],
            search->layout))
      return g_strdup ("their numbers leave no room for a ReLU between them");
  return choose_size (&search->layers[search->found[0]], search->channels, weights);
}

/* (transfer full) (nullable): NULL: @list is claimed */
static char *
bind_list (GArray *list, GbpArrayLayout layout, guint64 channels, GbpWeights *weights)
{
  Search search = {.layers = (const Dense *) (gpointer) list->data,
      .n_layers = list->len,
      .channels = channels,
      .layout = layout};
  char *reason;

  if (channels == 0)
    return g_strdup_printf ("the file ends before %s's last convolution",
        gbp_architecture_get_name (weights->architecture));
  search_order (&search, 0);
  if (search.n_found == 0)
    return g_strdup_printf ("expected dense layers each of which takes what the one before it "
                            "gives, the first a map of %" G_GUINT64_FORMAT " channels",
        channels);
  if (search.n_found > 1)
    return g_strdup ("neither names nor shapes say in which order they come");
  reason = check_order (&search, weights);
  if (reason == NULL)
    claim (&search, weights);
  return reason;
}

gboolean
gbp_head_bind (GPtrArray *modules, GbpArrayLayout layout, guint64 channels, GbpWeights *weights,
    char **reason, GError **error)
{
  g_autoptr (GArray) list = list_dense (modules, layout, error);

  *reason = NULL;
  if (list == NULL)
    return FALSE;
  if (list->len == 0)
    return TRUE;
  if (list->len > GBP_WEIGHTS_MAX_DENSE) {
    *reason = g_strdup_printf ("more than %d dense layers are no VGG's", GBP_WEIGHTS_MAX_DENSE);
    return TRUE;
  }
  *reason = sort_others (modules, list, layout);
  if (*reason == NULL && !check_complete (list, layout, reason, error))
    return FALSE;
  if (*reason == NULL)
    *reason = bind_list (list, layout, channels, weights);
  return TRUE;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/torch_names.h"

#include <string.h>

/* What an array is to its module, by the last part of its name; the first two where the module normalizes nothing. */
static const struct {
  const char *end;
  GbpPart part;
} ends[] = {
    {"weight", GBP_PART_KERNEL},
    {"bias", GBP_PART_BIAS},
    {"running_mean", GBP_PART_MEAN},
    {"running_var", GBP_PART_VARIANCE},
};

static gboolean
is_number (const char *text, guint64 *number)
{
  return g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT16, number, NULL);
}

/* "module" is a wrapper's; "slice3" is one of the pieces that a feature extractor is cut into, whose numbers go on. */
static gboolean
is_of_wrapper (const char *part)
{
  guint64 number;

  return strcmp (part, "module") == 0
         || (g_str_has_prefix (part, "slice") && is_number (part + strlen ("slice"), &number));
}

/* The parts of a name without those that wrappers add anywhere. */
static GStrv
split_name (const char *name)
{
  GStrv parts = g_strsplit (name, ".", -1);
  guint n = 0;

  for (guint i = 0; parts[i] != NULL; i++) {
    if (is_of_wrapper (parts[i]))
      g_free (parts[i]);
    else
      parts[n++] = parts[i];
  }
  parts[n] = NULL;
  return parts;
}

/* The place of a dense layer by its name, or by timm's. @container: (nullable): the part before @part */
static guint
find_place (const char *container, const char *part)
{
  if (g_strcmp0 (container, "head") == 0 && strcmp (part, "fc") == 0)
    return 3;
  return gbp_name_find_place (part);
}

/* A convolution may be counted with its normalization in a row of its own: conv1_1.0, conv1_1.1.
 * @parts: of the module's own path, wrappers' parts left out */
static void
name_module (GbpModule *module, char **parts)
{
  guint n = g_strv_length (parts);
  const char *last = n > 0 ? parts[n - 1] : "";
  gboolean is_counted = is_number (last, &module->number);

  if (is_counted && n > 1)
    module->convolution = gbp_name_find_convolution (parts[n - 2]);
  else if (!is_counted)
    module->convolution = gbp_name_find_convolution (last);
  module->has_number = is_counted && module->convolution == NULL;
  if (module->has_number)
    g_clear_pointer (&parts[n - 1], g_free);
  module->place = module->has_number ? 0 : find_place (n > 1 ? parts[n - 2] : NULL, last);
  module->group = g_strjoinv (".", parts);
}

/* Where there are running statistics, what looked like kernel and bias are factor and shift. */
static void
settle_parts (GbpModule *module)
{
  const GbpArray *kernel;

  if (module->parts[GBP_PART_MEAN] != NULL || module->parts[GBP_PART_VARIANCE] != NULL) {
    module->parts[GBP_PART_GAMMA] = g_steal_pointer (&module->parts[GBP_PART_KERNEL]);
    module->parts[GBP_PART_BETA] = g_steal_pointer (&module->parts[GBP_PART_BIAS]);
    module->kind = GBP_MODULE_NORM;
    return;
  }
  kernel = module->parts[GBP_PART_KERNEL];
  if (kernel != NULL && kernel->rank == 4)
    module->kind = module->place > 0 ? GBP_MODULE_DENSE : GBP_MODULE_CONVOLUTION;
  else if ((kernel != NULL && kernel->rank == 2) || module->place > 0
           || g_str_has_suffix (module->group, "classifier"))
    module->kind = GBP_MODULE_DENSE;
}

static void
add_array (GPtrArray *modules, GHashTable *by_path, GbpArray *array)
{
  g_auto (GStrv) parts = split_name (array->name);
  guint n = g_strv_length (parts);

  for (guint i = 0; n >= 2 && i < G_N_ELEMENTS (ends); i++) {
    g_autofree char *path = NULL;
    GbpModule *module;

    if (strcmp (parts[n - 1], ends[i].end) != 0)
      continue;
    g_clear_pointer (&parts[n - 1], g_free);
    path = g_strjoinv (".", parts);
    module = gbp_modules_add (modules, by_path, path, ends[i].part, array);
    if (module->group == NULL)
      name_module (module, parts);
    return;
  }
}

/* torchvision numbers the modules in a row: each convolution and the ReLU after it, with a batch normalization between
 * them where there is one, and each pool.
 * @offset: (out): 1: it is the batch normalization that belongs to the layer
 * Returns: the convolution, or what it is instead */
static int
find_feature (GbpArchitecture architecture, guint64 number, gboolean is_normalized, guint *offset)
{
  guint n_layers, module = 0;
  const GbpLayerEntry *entries = gbp_architecture_get_layers (architecture, &n_layers);

  for (guint i = 0; i < n_layers && entries[i].kind != GBP_LAYER_FLATTEN; i++) {
    gboolean is_convolution = entries[i].kind == GBP_LAYER_CONVOLUTION;

    *offset = (guint) number - module;
    if (is_convolution && number >= module && *offset <= (is_normalized ? 1 : 0))
      return (int) i;
    module += !is_convolution ? 1 : is_normalized ? 3 : 2;
  }
  *offset = 0;
  return number + 1 < module ? GBP_LAYER_NONE : GBP_LAYER_BEYOND;
}

/* What a group of numbered modules has of VGG.
 * @is_first: a kernel of three channels is the first
 * @n_found: modules at the numbers of convolutions */
typedef struct {
  gboolean is_first;
  gboolean is_normalized;
  guint n_found;
} Survey;

/* A damaged or missing kernel tells of no kind. */
static gboolean
may_convolve (const GbpModule *module)
{
  return module->kind == GBP_MODULE_CONVOLUTION || module->kind == GBP_MODULE_OTHER;
}

/* @group: (element-type GbpModule) */
static void
survey_group (GPtrArray *group, Survey *survey)
{
  guint offset, n_found[GBP_N_ARCHITECTURES] = {0};

  for (guint i = 0; i < group->len; i++)
    survey->is_normalized |= ((GbpModule *) group->pdata[i])->kind == GBP_MODULE_NORM;
  for (guint i = 0; i < group->len; i++) {
    const GbpModule *module = group->pdata[i];

    if (!may_convolve (module))
      continue;
    survey->is_first |= module->kind == GBP_MODULE_CONVOLUTION && module->number == 0
                        && module->parts[GBP_PART_KERNEL]->shape[1] == 3;
    for (int a = 0; a < GBP_N_ARCHITECTURES; a++)
      n_found[a] +=
          find_feature ((GbpArchitecture) a, module->number, survey->is_normalized, &offset) >= 0;
  }
  survey->n_found = MAX (n_found[0], n_found[1]);
}

/* (transfer full) (element-type utf8 GPtrArray): the modules that are counted, by their groups */
static GHashTable *
list_groups (GPtrArray *modules)
{
  GHashTable *groups =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) g_ptr_array_unref);

  for (guint i = 0; i < modules->len; i++) {
    GbpModule *module = modules->pdata[i];
    GPtrArray *group = g_hash_table_lookup (groups, module->group);

    if (!module->has_number)
      continue;
    if (group == NULL) {
      group = g_ptr_array_new ();
      g_hash_table_insert (groups, module->group, group);
    }
    g_ptr_array_add (group, module);
  }
  return groups;
}

/* The group that VGG's convolutions are, or NULL; of equals the first by name. */
static GPtrArray *
find_group (GHashTable *groups, Survey *best)
{
  GPtrArray *found = NULL;
  GHashTableIter iter;
  gpointer name, group;
  const char *best_name = NULL;

  g_hash_table_iter_init (&iter, groups);
  while (g_hash_table_iter_next (&iter, &name, &group)) {
    Survey survey = {0};
    int order;

    survey_group (group, &survey);
    if (survey.n_found == 0)
      continue;
    order = (survey.is_first - best->is_first) * 1000000 + (int) MIN (survey.n_found, 1000)
            - (int) MIN (best->n_found, 1000);
    if (found != NULL && (order < 0 || (order == 0 && strcmp (name, best_name) > 0)))
      continue;
    found = group;
    best_name = name;
    *best = survey;
  }
  return found;
}

/* A normalization of which only factor and shift are there looks like a layer with a kernel. */
static void
turn_to_norm (GbpModule *module)
{
  module->kind = GBP_MODULE_NORM;
  module->parts[GBP_PART_GAMMA] = g_steal_pointer (&module->parts[GBP_PART_KERNEL]);
  module->parts[GBP_PART_BETA] = g_steal_pointer (&module->parts[GBP_PART_BIAS]);
}

/* Its layer in one architecture, by its number. A convolution's number may be a normalization's in the other one. */
static int
find_layer (GbpArchitecture architecture, GbpModule *module, const Survey *survey)
{
  guint offset;
  int layer = find_feature (architecture, module->number, survey->is_normalized, &offset);

  if (layer >= 0 && offset == 1 && module->kind == GBP_MODULE_OTHER)
    turn_to_norm (module);
  if (layer < 0 || (module->kind == GBP_MODULE_NORM) == (offset == 1))
    return layer;
  return GBP_LAYER_NONE;
}

/* Dense layers may be counted in one row with the convolutions. */
static void
claim_numbered (GbpModule *module, const Survey *survey)
{
  int layers[GBP_N_ARCHITECTURES], most = GBP_LAYER_BEYOND;

  for (int a = 0; a < GBP_N_ARCHITECTURES; a++) {
    layers[a] = find_layer ((GbpArchitecture) a, module, survey);
    most = MAX (most, layers[a]);
  }
  if (most == GBP_LAYER_BEYOND
      || (module->kind == GBP_MODULE_DENSE && layers[GBP_ARCHITECTURE_VGG16] == GBP_LAYER_BEYOND))
    return;
  for (int a = 0; a < GBP_N_ARCHITECTURES; a++)
    gbp_module_assign (module, (GbpArchitecture) a, layers[a]);
}

/* Claims the convolutions by number, if there are any. */
static gboolean
claim_group (GPtrArray *modules)
{
  Survey survey = {0};
  g_autoptr (GHashTable) groups = list_groups (modules);
  GPtrArray *group = find_group (groups, &survey);

  for (guint i = 0; group != NULL && i < group->len; i++)
    claim_numbered (group->pdata[i], &survey);
  return group != NULL;
}

GPtrArray *
gbp_torch_classify (GPtrArray *arrays, GError **error)
{
  g_autoptr (GPtrArray) modules = gbp_modules_list (arrays, add_array, settle_parts);
  g_autofree char *found =
      arrays->len == 0 ? g_strdup ("no array at all")
                       : g_strconcat ("none but ", ((GbpArray *) arrays->pdata[0])->shown, NULL);

  if (gbp_modules_claim_named (modules) || claim_group (modules))
    return g_steal_pointer (&modules);
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
      "expected arrays of VGG's layers, such as features.0.weight, found %s", found);
  return NULL;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/modules.h"

#include <stdio.h>
#include <string.h>

void
gbp_module_free (GbpModule *module)
{
  g_free (module->path);
  g_free (module->group);
  g_free (module->convolution);
  g_free (module);
}

GbpModule *
gbp_modules_add (
    GPtrArray *modules, GHashTable *by_path, const char *path, GbpPart part, GbpArray *array)
{
  GbpModule *module = g_hash_table_lookup (by_path, path);

  if (module == NULL || module->parts[part] != NULL) {
    module = g_new0 (GbpModule, 1);
    module->path = g_strdup (path);
    g_ptr_array_add (modules, module);
    g_hash_table_insert (by_path, module->path, module);
  }
  module->parts[part] = array;
  return module;
}

void
gbp_module_assign (GbpModule *module, GbpArchitecture architecture, int layer)
{
  static const GbpArrayNorm norms[GBP_N_PARTS] = {
      [GBP_PART_GAMMA] = GBP_ARRAY_GAMMA,
      [GBP_PART_BETA] = GBP_ARRAY_BETA,
      [GBP_PART_MEAN] = GBP_ARRAY_MEAN,
      [GBP_PART_VARIANCE] = GBP_ARRAY_VARIANCE,
  };

  module->is_claimed = TRUE;
  for (guint i = 0; i < GBP_N_PARTS; i++) {
    GbpArray *array = module->parts[i];

    if (array == NULL)
      continue;
    array->is_claimed = TRUE;
    array->layer[architecture] = layer;
    array->norm[architecture] = norms[i];
    array->is_bias = i == GBP_PART_BIAS;
  }
}

gboolean
gbp_modules_claim_named (GPtrArray *modules)
{
  gboolean is_any = FALSE;

  for (guint i = 0; i < modules->len; i++) {
    GbpModule *module = modules->pdata[i];

    if (module->convolution == NULL)
      continue;
    is_any = TRUE;
    for (int a = 0; a < GBP_N_ARCHITECTURES; a++)
      gbp_module_assign (module, (GbpArchitecture) a,
          gbp_architecture_find ((GbpArchitecture) a, module->convolution));
  }
  return is_any;
}

const GbpArray *
gbp_module_get_main (const GbpModule *module)
{
  static const GbpPart order[] = {
      GBP_PART_KERNEL, GBP_PART_MEAN, GBP_PART_VARIANCE, GBP_PART_GAMMA, GBP_PART_BETA};

  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    if (module->parts[order[i]] != NULL)
      return module->parts[order[i]];
  return module->parts[GBP_PART_BIAS];
}

guint64
gbp_module_count_outputs (const GbpModule *module, GbpArrayLayout layout)
{
  const GbpArray *array = gbp_module_get_main (module);

  if (array->rank == 0)
    return 0;
  return array->shape[layout == GBP_LAYOUT_KERAS ? array->rank - 1 : 0];
}

/* The ways in which a block and a convolution in it are numbered. */
static const char *const patterns[] = {
    "block%u_conv%u%n",
    "conv%u_%u%n",
    "block%u_bn%u%n",
    "bn%u_%u%n",
    "bn_conv%u_%u%n",
    "bn_block%u_conv%u%n",
    "block%u_conv%u_bn%n",
    "conv%u_%u_bn%n",
};

char *
gbp_name_find_convolution (const char *part)
{
  guint block, number;

  for (guint i = 0; i < G_N_ELEMENTS (patterns); i++) {
    int length = 0;

    if (sscanf (part, patterns[i], &block, &number, &length) == 2 && length > 0
        && part[length] == '\0' && block > 0 && block <= GBP_N_BLOCKS && number > 0 && number <= 9)
      return g_strdup_printf ("block%u_conv%u", block, number);
  }
  return NULL;
}

guint
gbp_name_find_place (const char *part)
{
  static const char *const names[][2] = {{"fc1", "fc6"}, {"fc2", "fc7"}, {"predictions", "fc8"}};

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (part, names[i][0]) == 0 || strcmp (part, names[i][1]) == 0)
      return i + 1;
  return 0;
}

GPtrArray *
gbp_modules_list (GPtrArray *arrays,
    void (*add) (GPtrArray *modules, GHashTable *by_path, GbpArray *array),
    void (*settle) (GbpModule *module))
{
  GPtrArray *modules = g_ptr_array_new_with_free_func ((GDestroyNotify) gbp_module_free);
  g_autoptr (GHashTable) by_path = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < arrays->len; i++)
    add (modules, by_path, arrays->pdata[i]);
  for (guint i = 0; i < modules->len; i++)
    settle (modules->pdata[i]);
  return modules;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/keras_names.h"

#include <string.h>

/* Keras' names of its layers, of versions 1 and later. */
static const struct {
  const char *stem;
  GbpModuleKind kind;
} stems[] = {
    {"conv2d", GBP_MODULE_CONVOLUTION},
    {"convolution2d", GBP_MODULE_CONVOLUTION},
    {"dense", GBP_MODULE_DENSE},
    {"batch_normalization", GBP_MODULE_NORM},
    {"batchnormalization", GBP_MODULE_NORM},
};

/* The last word of an array's own name. What is none of these is a kernel or a bias, which ranks tell apart. */
static const struct {
  const char *word;
  GbpPart part;
} words[] = {
    {"gamma", GBP_PART_GAMMA},
    {"beta", GBP_PART_BETA},
    {"moving_mean", GBP_PART_MEAN},
    {"running_mean", GBP_PART_MEAN},
    {"moving_variance", GBP_PART_VARIANCE},
};

static gboolean
parse_stem (const char *part, GbpModuleKind *kind, guint64 *number)
{
  for (guint i = 0; i < G_N_ELEMENTS (stems); i++)
    if (gbp_keras_parse_number (part, stems[i].stem, number)) {
      *kind = stems[i].kind;
      return TRUE;
    }
  return FALSE;
}

/* What Keras 3's vars/NUMBER is in a normalization: factor, shift, mean, variance. */
static GbpPart
find_part_of_norm (const char *own)
{
  return own[0] >= '0' && own[0] <= '3' && own[1] == '\0' ? GBP_PART_GAMMA + (guint) (own[0] - '0')
                                                          : GBP_PART_BIAS;
}

/* @own: an array's own name, such as "moving_mean:0" or "conv_1_W_1:0" */
static GbpPart
find_part (const GbpArray *array, const char *own, GbpModuleKind kind)
{
  g_autofree char *name = g_strndup (own, strcspn (own, ":"));

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_has_suffix (name, words[i].word))
      return words[i].part;
  if (kind == GBP_MODULE_NORM)
    return find_part_of_norm (name);
  return array->is_bias ? GBP_PART_BIAS : GBP_PART_KERNEL;
}

/* @parts: of the module's path, of which "vars" is none
 * @kind, @number: (out): by its stem; OTHER: it has none */
static void
parse_module (char **parts, GbpModuleKind *kind, guint64 *number, char **group)
{
  *kind = GBP_MODULE_OTHER;
  for (guint i = 0; parts[i] != NULL; i++) {
    g_autofree char *last = NULL, *before = NULL;

    if (!parse_stem (parts[i], kind, number))
      continue;
    last = g_steal_pointer (&parts[i]);
    before = g_strjoinv ("/", parts);
    *group = g_strconcat (before, i > 0 ? "/" : "", NULL);
    parts[i] = g_steal_pointer (&last);
    return;
  }
  *group = g_strdup ("");
}

static void
name_module (GbpModule *module, char **parts)
{
  parse_module (parts, &module->kind, &module->number, &module->group);
  module->has_number = module->kind != GBP_MODULE_OTHER;
  for (guint i = 0; parts[i] != NULL; i++) {
    if (module->convolution == NULL)
      module->convolution = gbp_name_find_convolution (parts[i]);
    module->place = MAX (module->place, gbp_name_find_place (parts[i]));
  }
}

static void
settle_kind (GbpModule *module)
{
  const GbpArray *kernel = module->parts[GBP_PART_KERNEL];

  if (module->parts[GBP_PART_MEAN] != NULL || module->parts[GBP_PART_VARIANCE] != NULL)
    module->kind = GBP_MODULE_NORM;
  if (module->kind != GBP_MODULE_OTHER)
    return;
  if (kernel != NULL && kernel->rank == 4)
    module->kind = GBP_MODULE_CONVOLUTION;
  else if (module->place > 0 || (kernel != NULL && kernel->rank == 2))
    module->kind = GBP_MODULE_DENSE;
}

static void
add_array (GPtrArray *modules, GHashTable *by_path, GbpArray *array)
{
  g_autofree char *name = g_strdelimit (g_strdup (array->name), "\\", '/'), *path = NULL;
  g_auto (GStrv) parts = g_strsplit (name, "/", -1);
  guint n = g_strv_length (parts);
  g_autofree char *own = n > 0 ? g_steal_pointer (&parts[n - 1]) : NULL, *group = NULL;
  GbpModuleKind kind;
  GbpModule *module;
  guint64 number;

  if (n < 2)
    return;
  if (strcmp (parts[n - 2], "vars") == 0)
    g_clear_pointer (&parts[n - 2], g_free);
  parse_module (parts, &kind, &number, &group);
  path = g_strjoinv ("/", parts);
  module = gbp_modules_add (modules, by_path, path, find_part (array, own, kind), array);
  if (module->group == NULL)
    name_module (module, parts);
}

GPtrArray *
gbp_keras_classify (GPtrArray *arrays, GError **error)
{
  g_autoptr (GPtrArray) modules = gbp_modules_list (arrays, add_array, settle_kind);
  gboolean is_named = gbp_modules_claim_named (modules);

  if (!is_named && !gbp_keras_claim_numbered (modules, error))
    return NULL;
  if (!gbp_keras_claim_norms (modules, is_named, error))
    return NULL;
  return g_steal_pointer (&modules);
}

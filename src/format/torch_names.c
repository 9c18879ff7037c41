/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/torch_names.h"

#include <string.h>

/* What a name means.
 * @layer: a dense layer's name, or NULL: the module @number of the features */
typedef struct {
  const char *layer;
  guint64 number;
  gboolean is_bias;
} Meaning;

/* The last two parts of a dense layer's name. */
static const struct {
  const char *module;
  const char *part;
  const char *layer;
} dense_names[] = {
    {"classifier", "0", "fc1"},
    {"classifier", "3", "fc2"},
    {"classifier", "6", "predictions"},
    {"pre_logits", "fc1", "fc1"},
    {"pre_logits", "fc2", "fc2"},
    {"head", "fc", "predictions"},
};

static gboolean
is_number (const char *text, guint64 *number)
{
  return g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT16, number, NULL);
}

/* Splits "anything.MODULE.PART.KIND" into the last three; an empty list if there are fewer. */
static char **
split_end (const char *name)
{
  char **parts = g_strsplit (name, ".", -1), **end;
  guint n_parts = g_strv_length (parts);

  end = g_strdupv (parts + (n_parts >= 3 ? n_parts - 3 : n_parts));
  g_strfreev (parts);
  return end;
}

static gboolean
parse_name (const char *name, Meaning *meaning)
{
  g_auto (GStrv) end = split_end (name);

  if (end[0] == NULL || (strcmp (end[2], "weight") != 0 && strcmp (end[2], "bias") != 0))
    return FALSE;
  meaning->is_bias = strcmp (end[2], "bias") == 0;
  meaning->layer = NULL;
  if (strcmp (end[0], "features") == 0)
    return is_number (end[1], &meaning->number);
  for (guint i = 0; i < G_N_ELEMENTS (dense_names); i++)
    if (strcmp (end[0], dense_names[i].module) == 0 && strcmp (end[1], dense_names[i].part) == 0) {
      meaning->layer = dense_names[i].layer;
      return TRUE;
    }
  return FALSE;
}

/* torchvision numbers the modules in a row: each convolution and the ReLU after it, and each pool. */
static int
find_feature (GbpArchitecture architecture, guint64 number)
{
  guint n_layers, module = 0;
  const GbpLayerEntry *entries = gbp_architecture_get_layers (architecture, &n_layers);

  for (guint i = 0; i < n_layers; i++) {
    gboolean is_convolution = entries[i].kind == GBP_LAYER_CONVOLUTION;

    if (is_convolution && module == number)
      return (int) i;
    module += is_convolution ? 2 : 1;
  }
  return -1;
}

static void
set_meaning (GbpArray *array, const Meaning *meaning)
{
  array->is_bias = meaning->is_bias;
  for (int a = 0; a < GBP_N_ARCHITECTURES; a++)
    array->layer[a] = meaning->layer != NULL
                          ? gbp_architecture_find ((GbpArchitecture) a, meaning->layer)
                          : find_feature ((GbpArchitecture) a, meaning->number);
}

static gboolean
has_end (const GbpArray *array, const char *module, const char *kind)
{
  g_auto (GStrv) end = split_end (array->name);
  guint64 number;

  return end[0] != NULL && strcmp (end[0], module) == 0 && strcmp (end[2], kind) == 0
         && is_number (end[1], &number);
}

/* TRUE if a module "classifier" has a layer with weights that VGG's has not. */
static gboolean
has_other_classifier (GPtrArray *arrays)
{
  Meaning meaning;

  for (guint i = 0; i < arrays->len; i++) {
    const GbpArray *array = arrays->pdata[i];

    if (has_end (array, "classifier", "weight") && !parse_name (array->name, &meaning))
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_left_out (const GbpArray *array, gboolean leave_out_classifier, Meaning *meaning)
{
  if (!parse_name (array->name, meaning))
    return TRUE;
  return leave_out_classifier
         && (has_end (array, "classifier", "weight") || has_end (array, "classifier", "bias"));
}

gboolean
gbp_torch_classify (GPtrArray *arrays, GError **error)
{
  gboolean leave_out_classifier = has_other_classifier (arrays);
  g_autofree char *found =
      arrays->len == 0 ? g_strdup ("no array at all")
                       : g_strconcat ("none but ", ((GbpArray *) arrays->pdata[0])->shown, NULL);
  Meaning meaning;

  for (guint i = arrays->len; i-- > 0;) {
    GbpArray *array = arrays->pdata[i];

    if (has_end (array, "features", "running_mean")) {
      g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
          "array %s: expected VGG without batch normalization, found the batch-normalized one",
          array->shown);
      return FALSE;
    }
    if (is_left_out (array, leave_out_classifier, &meaning))
      g_ptr_array_remove_index (arrays, i);
    else
      set_meaning (array, &meaning);
  }
  if (arrays->len == 0)
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "expected arrays of VGG's layers, such as features.0.weight, found %s", found);
  return arrays->len > 0;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/torch_names.h"

#include <string.h>

#define N_DENSE 3

/* What an array is to its layer, by the last part of its name. */
static const struct {
  const char *end;
  gboolean is_bias;
  GbpArrayNorm norm;
} ends[] = {
    {"weight", FALSE, GBP_ARRAY_GAMMA},
    {"bias", TRUE, GBP_ARRAY_BETA},
    {"running_mean", FALSE, GBP_ARRAY_MEAN},
    {"running_var", FALSE, GBP_ARRAY_VARIANCE},
};

/* The dense layers by other names than a number: the last two parts, or one. */
static const struct {
  const char *module;
  const char *part;
  const char *layer;
} dense_names[] = {
    {"pre_logits", "fc1", "fc1"},
    {"pre_logits", "fc2", "fc2"},
    {"head", "fc", "predictions"},
    {NULL, "fc6", "fc1"},
    {NULL, "fc7", "fc2"},
    {NULL, "fc8", "predictions"},
};

/* What a name means.
 * @layer: (owned) (nullable): a layer's name; NULL: the module @number of the features, or of the classifier
 * @end: index in the table of ends */
typedef struct {
  char *layer;
  gboolean is_classifier;
  guint64 number;
  guint end;
} Meaning;

static void
meaning_clear (Meaning *meaning)
{
  g_clear_pointer (&meaning->layer, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Meaning, meaning_clear)

static gboolean
is_number (const char *text, guint64 *number)
{
  return g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT16, number, NULL);
}

/* The parts of a name without those that wrappers add anywhere. */
static GStrv
split_name (const char *name)
{
  GStrv parts = g_strsplit (name, ".", -1);
  guint n = 0;

  for (guint i = 0; parts[i] != NULL; i++) {
    if (strcmp (parts[i], "module") == 0)
      g_free (parts[i]);
    else
      parts[n++] = parts[i];
  }
  parts[n] = NULL;
  return parts;
}

/* "conv3_2" is Caffe's name of block3_conv2. */
static char *
translate_caffe (const char *part)
{
  guint64 block, number;
  g_auto (GStrv) numbers = NULL;

  if (!g_str_has_prefix (part, "conv"))
    return NULL;
  numbers = g_strsplit (part + strlen ("conv"), "_", -1);
  if (g_strv_length (numbers) != 2 || !is_number (numbers[0], &block)
      || !is_number (numbers[1], &number))
    return NULL;
  return g_strdup_printf ("block%u_conv%u", (guint) block, (guint) number);
}

/* @container: (nullable): the part before @part */
static gboolean
parse_parts (const char *container, const char *part, Meaning *meaning)
{
  meaning->is_classifier = container != NULL && strcmp (container, "classifier") == 0;
  if (is_number (part, &meaning->number))
    return TRUE;
  meaning->layer = translate_caffe (part);
  for (guint i = 0; i < G_N_ELEMENTS (dense_names) && meaning->layer == NULL; i++)
    if (strcmp (part, dense_names[i].part) == 0
        && (dense_names[i].module == NULL || g_strcmp0 (container, dense_names[i].module) == 0))
      meaning->layer = g_strdup (dense_names[i].layer);
  meaning->is_classifier = FALSE;
  return meaning->layer != NULL;
}

static gboolean
parse_name (const char *name, Meaning *meaning)
{
  g_auto (GStrv) parts = split_name (name);
  guint n = g_strv_length (parts);

  if (n < 2)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    if (strcmp (parts[n - 1], ends[i].end) == 0) {
      meaning->end = i;
      return parse_parts (n > 2 ? parts[n - 3] : NULL, parts[n - 2], meaning);
    }
  return FALSE;
}

/* torchvision numbers the modules in a row: each convolution and the ReLU after it, with a batch normalization between
 * them where there is one, and each pool.
 * @offset: (out): 1: it is the batch normalization that belongs to the layer
 * Returns: the convolution, or -1 */
static int
find_feature (GbpArchitecture architecture, guint64 number, gboolean is_normalized, guint *offset)
{
  guint n_layers, module = 0;
  const GbpLayerEntry *entries = gbp_architecture_get_layers (architecture, &n_layers);

  for (guint i = 0; i < n_layers; i++) {
    gboolean is_convolution = entries[i].kind == GBP_LAYER_CONVOLUTION;

    *offset = (guint) number - module;
    if (is_convolution && number >= module && *offset <= (is_normalized ? 1 : 0))
      return (int) i;
    module += !is_convolution ? 1 : is_normalized ? 3 : 2;
  }
  return -1;
}

/* What the file has.
 * @is_normalized: batch normalizations
 * @n_dense, @dense: the numbers of a classifier's layers, in order, the first of them */
typedef struct {
  gboolean is_normalized;
  guint n_dense;
  guint64 dense[N_DENSE];
} Survey;

/* Keeps the numbers in order, each once. */
static void
note_dense (Survey *survey, guint64 number)
{
  guint at = 0;

  while (at < MIN (survey->n_dense, N_DENSE) && survey->dense[at] < number)
    at++;
  if (at < MIN (survey->n_dense, N_DENSE) && survey->dense[at] == number)
    return;
  for (guint i = N_DENSE - 1; i > at; i--)
    survey->dense[i] = survey->dense[i - 1];
  if (at < N_DENSE)
    survey->dense[at] = number;
  survey->n_dense++;
}

static void
survey_arrays (GPtrArray *arrays, Survey *survey)
{
  for (guint i = 0; i < arrays->len; i++) {
    const GbpArray *array = arrays->pdata[i];
    g_auto (Meaning) meaning = {0};

    if (!parse_name (array->name, &meaning))
      continue;
    if (meaning.is_classifier)
      note_dense (survey, meaning.number);
    else if (meaning.layer == NULL && ends[meaning.end].norm >= GBP_ARRAY_MEAN)
      survey->is_normalized = TRUE;
  }
}

static void
set_layer (
    GbpArray *array, GbpArchitecture architecture, const Meaning *meaning, const Survey *survey)
{
  static const char *const dense_layers[N_DENSE] = {"fc1", "fc2", "predictions"};
  guint offset = 0;
  int layer = -1;

  if (meaning->layer != NULL)
    layer = gbp_architecture_find (architecture, meaning->layer);
  else if (!meaning->is_classifier)
    layer = find_feature (architecture, meaning->number, survey->is_normalized, &offset);
  for (guint i = 0; i < N_DENSE && meaning->layer == NULL && meaning->is_classifier; i++)
    if (survey->dense[i] == meaning->number)
      layer = gbp_architecture_find (architecture, dense_layers[i]);
  if (offset == 0 && ends[meaning->end].norm >= GBP_ARRAY_MEAN)
    layer = -1; /* statistics of a convolution: another architecture's numbers */
  array->layer[architecture] = layer;
  if (offset == 1 && layer >= 0)
    array->norm[architecture] = ends[meaning->end].norm;
}

/* @left_out: (out): the first array of a classifier that is not VGG's
 * Returns: FALSE if the array is no part of the network */
static gboolean
classify_array (GbpArray *array, const Survey *survey, const GbpArray **left_out)
{
  g_auto (Meaning) meaning = {0};

  if (!parse_name (array->name, &meaning))
    return FALSE;
  if (meaning.is_classifier && survey->n_dense != N_DENSE) {
    *left_out = array;
    return FALSE;
  }
  array->is_bias = ends[meaning.end].is_bias;
  for (int a = 0; a < GBP_N_ARCHITECTURES; a++)
    set_layer (array, (GbpArchitecture) a, &meaning, survey);
  return TRUE;
}

gboolean
gbp_torch_classify (GPtrArray *arrays, char **refusal, GError **error)
{
  g_autofree char *found =
      arrays->len == 0 ? g_strdup ("no array at all")
                       : g_strconcat ("none but ", ((GbpArray *) arrays->pdata[0])->shown, NULL);
  const GbpArray *left_out = NULL;
  Survey survey = {0};
  guint n_kept = 0;

  survey_arrays (arrays, &survey);
  for (guint i = 0; i < arrays->len; i++) {
    GbpArray *array = arrays->pdata[i];

    if (!classify_array (array, &survey, &left_out))
      continue;
    arrays->pdata[i] = arrays->pdata[n_kept];
    arrays->pdata[n_kept++] = array;
  }
  if (left_out != NULL)
    *refusal = g_strdup_printf (
        "array %s is left out, with its classifier: expected %d dense layers, as VGG has, found %u",
        left_out->shown, N_DENSE, survey.n_dense);
  g_ptr_array_set_size (arrays, (int) n_kept);
  if (arrays->len == 0)
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "expected arrays of VGG's layers, such as features.0.weight, found %s", found);
  return arrays->len > 0;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <gbp/registry.h>
#include <gio/gio.h>
#include <string.h>

#include "format/class_names.h"
#include "format/description.h"
#include "format/foreign.h"
#include "format/keras.h"
#include "format/opened.h"
#include "format/pieces.h"
#include "format/safetensors.h"
#include "format/shared.h"
#include "kernel/floating_point.h"
#include "network/words.h"

#include "builtin-weights.h"

#define N_SNIFFED      GBP_FOREIGN_N_BYTES
#define MAX_INPUT_SIZE 8192

/* What is to be loaded.
 * @path: (nullable): NULL: the built-in network
 * @class_path: (nullable): of a file with the names of its classes
 * @must_have_classes: a user named that file; else it only is beside the weights */
typedef struct {
  const char *path;
  const char *class_path;
  gboolean must_have_classes;
  GbpNetworkKey key;
  GbpOpened weights;
  GbpOpened classes;
} Request;

static const char *const published[] = {"vgg19", "vgg19-top", "vgg16", "vgg16-top", NULL};

static gboolean
starts_with (const guint8 *bytes, const char *start)
{
  return memcmp (bytes, start, strlen (start)) == 0;
}

/* The first bytes decide, whatever the file's name. */
static gboolean
read_file (const Request *request, GbpWeights *weights, GError **error)
{
  const GbpSource *source = &request->weights.source;
  g_autofree char *folder = g_path_get_dirname (request->path);
  guint8 bytes[N_SNIFFED] = {0};

  weights->file_size = source->size;
  if (source->size == 0) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ, "expected weights, found an empty file");
    return FALSE;
  }
  if (!gbp_source_read (source, 0, bytes, MIN (source->size, sizeof bytes), error))
    return FALSE;
  if (gbp_pieces_is_index (bytes))
    return gbp_pieces_read (source, folder, weights, error);
  if (starts_with (bytes, "\x89HDF\r\n\x1a\n"))
    return gbp_keras_hdf5_read (source, weights, error);
  if (starts_with (bytes, "PK\x03\x04") || starts_with (bytes, "PK\x05\x06"))
    return gbp_keras_zip_read (source, weights, error);
  if (bytes[8] == '{')
    return gbp_safetensors_read (source, weights, error);
  if (gbp_keras_hdf5_is_behind (source))
    return gbp_keras_hdf5_read (source, weights, error);
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
      "expected Keras weights (.h5, .weights.h5, .keras), ONNX or safetensors, found %s",
      gbp_foreign_describe (bytes));
  return FALSE;
}

static gboolean
read_builtin (GbpWeights *weights, GError **error)
{
  g_autoptr (GBytes) bytes = g_resource_lookup_data (
      gbp_builtin_get_resource (), "/gbp/builtin.safetensors", G_RESOURCE_LOOKUP_FLAGS_NONE, error);
  GbpSource source = {.fd = -1};
  gsize size;

  if (bytes == NULL)
    return FALSE;
  source.memory = g_bytes_get_data (bytes, &size);
  source.size = size;
  return gbp_safetensors_read (&source, weights, error);
}

static char *
find_published (const char *name)
{
  g_autofree char *file = g_strconcat (name, ".h5", NULL);
  return g_build_filename (g_get_user_cache_dir (), "gbpsaliency", file, NULL);
}

/* Whether weights/fetch.sh has put the file there, and compared its sum. */
static gboolean
is_published (const char *path)
{
  for (guint i = 0; published[i] != NULL; i++) {
    g_autofree char *place = find_published (published[i]);

    if (g_str_equal (path, place))
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_onnx (const Request *request)
{
  guint8 bytes[N_SNIFFED] = {0};
  gsize n_bytes = MIN (request->weights.source.size, sizeof bytes);

  return gbp_source_read (&request->weights.source, 0, bytes, n_bytes, NULL)
         && gbp_onnx_is_start (bytes, n_bytes);
}

/* What a described network wants of pixels, where nobody says: as they are, if it scales them itself; else what most of
 * its kind are trained with: Keras' networks as their name says, VGG's layers in caffe's way, others in tf's, ONNX' in
 * torch's. */
static GbpPreprocess
assume_preprocess (const GbpDescription *description, gboolean is_onnx)
{
  if (description->is_scaled_inside)
    return GBP_PREPROCESS_NONE;
  if (description->preprocess != GBP_PREPROCESS_AUTO)
    return description->preprocess;
  if (is_onnx)
    return GBP_PREPROCESS_TORCH;
  return gbp_graph_find (description->graph, "block1_conv1") > 0 ? GBP_PREPROCESS_CAFFE
                                                                 : GBP_PREPROCESS_TF;
}

/* @cause: (transfer full) */
static void
refuse_classes (const char *class_path, GError *cause, GError **error)
{
  g_autofree char *shown = gbp_words_clean (class_path, GBP_WORDS_MAX_PATH);

  g_propagate_prefixed_error (error, cause, "class names of \"%s\": ", shown);
}

/* What is in a file of their own goes before @own, if a user named that; else behind.
 * @names, @origin: (inout) (transfer full) (nullable) */
static gboolean
add_class_names (const Request *request, char ***names, char **origin, GError **error)
{
  GError *cause = NULL;

  if (request->class_path == NULL || (*names != NULL && !request->must_have_classes))
    return TRUE;
  g_clear_pointer (names, g_strfreev);
  *names = gbp_class_names_read (&request->classes, &cause);
  if (*names == NULL)
    refuse_classes (request->class_path, cause, error);
  *origin = g_strdup (request->class_path);
  return *names != NULL;
}

static GbpNetwork *
make_described (const Request *request, GbpDescription *description, GError **error)
{
  g_auto (GbpNetworkParts)
      parts = {.preprocess = request->key.preprocess, .scoring = request->key.scoring};
  gboolean has_onnx = is_onnx (request);
  guint n_operations;

  if (parts.preprocess == GBP_PREPROCESS_AUTO) {
    parts.preprocess = assume_preprocess (description, has_onnx);
    parts.is_assumed = !description->is_scaled_inside;
  }
  parts.usual_scoring = has_onnx ? GBP_SCORING_SOFTMAX : GBP_SCORING_NONE;
  parts.says_scoring = has_onnx;
  gbp_graph_get_operations (description->graph, &n_operations);
  parts.graph = g_steal_pointer (&description->graph);
  parts.class_names = g_steal_pointer (&description->class_names);
  parts.must_have_classes = request->must_have_classes;
  parts.refusal = g_steal_pointer (&description->refusal);
  parts.goes_on = description->goes_on;
  parts.title = g_strdup_printf ("network of %u operations", n_operations);
  parts.origin = g_path_get_basename (request->path);
  if (!add_class_names (request, &parts.class_names, &parts.class_origin, error))
    return NULL;
  return gbp_network_new_from_graph (&parts, error);
}

/* Sets @network where the file describes it, and leaves it NULL where its arrays' names are all that there is. */
static gboolean
load_described (const Request *request, GbpNetwork **network, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (request->path);
  GbpDescribed file = {.source = &request->weights.source,
      .folder = folder,
      .height = request->key.height,
      .width = request->key.width};
  g_auto (GbpDescription) description = {0};

  if (request->weights.source.size == 0)
    return TRUE;
  if (!gbp_describe (&file, &description, error))
    return FALSE;
  if (description.graph == NULL)
    return TRUE;
  if (!gbp_opened_check_unchanged (&request->weights, error))
    return FALSE;
  *network = make_described (request, &description, error);
  return *network != NULL;
}

/* Of a network whose arrays' names are all that there is. */
static GbpNetwork *
load_named (const Request *request, GError **error)
{
  gboolean is_builtin = request->path == NULL;
  g_auto (GbpWeights) weights = {.height = request->key.height, .width = request->key.width};

  if (!(is_builtin ? read_builtin (&weights, error) : read_file (request, &weights, error)))
    return NULL;
  if (!is_builtin && !gbp_opened_check_unchanged (&request->weights, error))
    return NULL;
  if (request->key.preprocess != GBP_PREPROCESS_AUTO)
    weights.preprocess = request->key.preprocess;
  weights.scoring = request->key.scoring;
  if (!is_builtin && weights.training == GBP_TRAINING_UNKNOWN && is_published (request->path))
    weights.training = GBP_TRAINING_TRAINED;
  weights.origin = is_builtin ? g_strdup ("built in") : g_path_get_basename (request->path);
  if (!is_builtin)
    gbp_pieces_note (request->path, &weights);
  weights.must_have_classes = request->must_have_classes;
  if (!add_class_names (request, &weights.class_names, &weights.class_origin, error))
    return NULL;
  return gbp_network_new_take (&weights, error);
}

/* A file that has its own size is not for another one. */
static gboolean
check_size (const Request *request, const GbpNetwork *network, GError **error)
{
  guint height, width;

  gbp_network_get_input_size (network, &height, &width);
  if (request->key.height == 0 || (height == request->key.height && width == request->key.width))
    return TRUE;
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
      "expected an input of %u×%u pixels, as the file says, found %u×%u asked for", width, height,
      request->key.width, request->key.height);
  return FALSE;
}

static GbpNetwork *
load (gpointer data, GError **error)
{
  const Request *request = data;
  g_autoptr (GbpNetwork) network = NULL;

  if (request->path != NULL && !gbp_pieces_check_whole (request->path, error))
    return NULL;
  if (request->path != NULL && !load_described (request, &network, error))
    return NULL;
  if (network == NULL)
    network = load_named (request, error);
  if (network == NULL || !check_size (request, network, error))
    return NULL;
  return g_steal_pointer (&network);
}

/* Where weights/fetch.sh puts a published network; else @weights is a path already. */
static char *
find_path (const char *weights)
{
  return g_strv_contains (published, weights) ? find_published (weights) : g_strdup (weights);
}

/* Opens the weights; where there are none of that name, says which names there are. */
static gboolean
open_weights (Request *request, const char *weights, GError **error)
{
  g_autofree char *names = g_strjoinv (", ", (char **) published);
  g_autoptr (GError) cause = NULL;
  int number = gbp_opened_open (&request->weights, request->path, &cause);

  request->key.file = request->weights.identity;
  if (number == 0)
    return TRUE;
  if ((number == ENOENT || number == ENOTDIR) && g_strv_contains (published, weights))
    g_set_error (error, GBP_ERROR, GBP_ERROR_NOT_FOUND,
        "no such file; fetch the published network with gbp-saliency-fetch %s", weights);
  else if ((number == ENOENT || number == ENOTDIR) && strchr (weights, '/') == NULL)
    g_set_error (error, GBP_ERROR, GBP_ERROR_NOT_FOUND,
        "no such file, nor a published network; those are %s", names);
  else
    g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

/* The file that a user names has to be there; the one beside the weights may. */
static gboolean
open_classes (Request *request, GError **error)
{
  g_autoptr (GError) cause = NULL;
  const char *class_path = request->class_path;

  if (class_path == NULL)
    return TRUE;
  if (gbp_opened_open (&request->classes, class_path, request->must_have_classes ? &cause : NULL)
      == 0) {
    request->key.classes = request->classes.identity;
    return TRUE;
  }
  request->class_path = NULL;
  if (!request->must_have_classes)
    return TRUE;
  refuse_classes (class_path, g_steal_pointer (&cause), error);
  return FALSE;
}

/* Puts the file's name before the message, and cleans both: much of them is the words of a file that
 * may be damaged, or of libraries that repeat them. */
static void
finish_error (GError *error, const char *path)
{
  g_autofree char *name = gbp_words_clean (path, GBP_WORDS_MAX_PATH);
  g_autofree char *message = error->message;
  g_autofree char *whole = g_strdup_printf ("\"%s\": %s", name, message);

  error->message = gbp_words_clean (whole, GBP_WORDS_MAX_MESSAGE);
}

static GbpNetwork *
load_request (Request *request, const GbpLoadOptions *options, GError **error)
{
  guint height = options->input_height, width = options->input_width;

  if ((height == 0) != (width == 0) || height > MAX_INPUT_SIZE || width > MAX_INPUT_SIZE) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "expected an input of 1×1 to %d×%d pixels, found %u×%u asked for", MAX_INPUT_SIZE,
        MAX_INPUT_SIZE, width, height);
    return NULL;
  }
  if (request->path != NULL && !open_weights (request, options->weights, error))
    return NULL;
  if (!open_classes (request, error))
    return NULL;
  return gbp_shared_network (&request->key, load, request, error);
}

static GbpNetwork *
load_with (const GbpLoadOptions *options, GError **error)
{
  g_autofree char *path = options->weights != NULL ? find_path (options->weights) : NULL;
  g_autofree char *beside = path != NULL ? gbp_class_names_find_path (path) : NULL;
  GError *cause = NULL;
  Request request = {.path = path,
      .class_path = options->class_names != NULL ? options->class_names : beside,
      .must_have_classes = options->class_names != NULL,
      .key = {.preprocess = options->preprocess,
          .height = options->input_height,
          .width = options->input_width,
          .scoring = options->scoring},
      .weights = GBP_OPENED_NONE,
      .classes = GBP_OPENED_NONE};
  GbpNetwork *network = load_request (&request, options, &cause);

  gbp_opened_clear (&request.weights);
  gbp_opened_clear (&request.classes);
  if (network == NULL && path != NULL)
    finish_error (cause, path);
  if (network == NULL)
    g_propagate_error (error, cause);
  return network;
}

GbpNetwork *
gbp_network_load_full (const GbpLoadOptions *options, GError **error)
{
  GbpFloatEnvironment environment;
  GbpNetwork *network;

  g_return_val_if_fail (options != NULL, NULL);
  g_return_val_if_fail (
      gbp_entry_get (gbp_list_preprocessings (), options->preprocess) != NULL, NULL);
  g_return_val_if_fail (gbp_entry_get (gbp_list_scorings (), options->scoring) != NULL, NULL);
  environment = gbp_float_environment_begin (GBP_DENORMALS_KEPT);
  network = load_with (options, error);
  gbp_float_environment_end (environment);
  return network;
}

GbpNetwork *
gbp_network_load (const char *weights, GbpPreprocess preprocess, GError **error)
{
  GbpLoadOptions options = GBP_LOAD_OPTIONS_INIT;

  options.weights = weights;
  options.preprocess = preprocess;
  return gbp_network_load_full (&options, error);
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <gbp/registry.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/description.h"
#include "format/keras.h"
#include "format/safetensors.h"
#include "format/shared.h"
#include "kernel/floating_point.h"
#include "network/words.h"

#include "builtin-weights.h"

#define N_SNIFFED 32

/* What is to be loaded.
 * @path: (nullable): NULL: the built-in network */
typedef struct {
  const char *path;
  GbpNetworkKey key;
  GbpSource source;
} Request;

static const char *const published[] = {"vgg19", "vgg19-top", "vgg16", "vgg16-top", NULL};

/* Files that people take for weights, by their first bytes. */
static const struct {
  const char *start;
  const char *what;
} foreign[] = {
    {"\x80\x02", "a PyTorch pickle; save its state_dict as safetensors"},
    {"\x80\x03", "a Python pickle; save its arrays as safetensors"},
    {"\x80\x04", "a Python pickle; save its arrays as safetensors"},
    {"\x80\x05", "a Python pickle; save its arrays as safetensors"},
    {"version https://git-lfs", "a Git LFS pointer; git lfs pull fetches the file itself"},
    {"<", "a web page or XML"},
    {"\x1f\x8b", "a gzip archive"},
};

static gboolean
starts_with (const guint8 *bytes, const char *start)
{
  return memcmp (bytes, start, strlen (start)) == 0;
}

static gboolean
refuse_foreign (const guint8 *bytes, GError **error)
{
  const char *found = "another kind of file";

  for (guint i = 0; i < G_N_ELEMENTS (foreign); i++)
    if (starts_with (bytes, foreign[i].start))
      found = foreign[i].what;
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
      "expected Keras weights (.h5, .weights.h5, .keras), ONNX or safetensors, found %s", found);
  return FALSE;
}

/* The first bytes decide, whatever the file's name. */
static gboolean
read_file (const Request *request, GbpWeights *weights, GError **error)
{
  const GbpSource *source = &request->source;
  guint8 bytes[N_SNIFFED] = {0};

  weights->file_size = source->size;
  if (source->size == 0) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ, "expected weights, found an empty file");
    return FALSE;
  }
  if (!gbp_source_read (source, 0, bytes, MIN (source->size, sizeof bytes), error))
    return FALSE;
  if (starts_with (bytes, "\x89HDF\r\n\x1a\n"))
    return gbp_keras_hdf5_read (source, weights, error);
  if (starts_with (bytes, "PK\x03\x04") || starts_with (bytes, "PK\x05\x06"))
    return gbp_keras_zip_read (source, weights, error);
  if (bytes[8] == '{')
    return gbp_safetensors_read (source, weights, error);
  if (gbp_keras_hdf5_is_behind (source))
    return gbp_keras_hdf5_read (source, weights, error);
  return refuse_foreign (bytes, error);
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

/* Sets @key from @status. */
static void
identify (const struct stat *status, GbpNetworkKey *key)
{
  key->device = (guint64) status->st_dev;
  key->inode = (guint64) status->st_ino;
  key->size = (guint64) status->st_size;
  key->seconds = (gint64) status->st_mtim.tv_sec;
  key->nanoseconds = (gint64) status->st_mtim.tv_nsec;
}

/* A file that is being written could be read in two halves. */
static gboolean
check_unchanged (const Request *request, GError **error)
{
  GbpNetworkKey now = request->key;
  struct stat status;

  if (fstat (request->source.fd, &status) == 0)
    identify (&status, &now);
  if (gbp_network_key_is_equal (&now, &request->key))
    return TRUE;
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
      "expected a file at rest, found that it changed while it was read");
  return FALSE;
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

/* What a described network wants of pixels, where nobody says: as they are, if it scales them itself; else what most of
 * its kind are trained with: Keras' VGG in caffe's way, its other networks in tf's, ONNX' in torch's. */
static GbpPreprocess
assume_preprocess (const Request *request, const GbpDescription *description)
{
  guint8 bytes[N_SNIFFED] = {0};
  gsize n_bytes = MIN (request->source.size, sizeof bytes);

  if (description->is_scaled_inside)
    return GBP_PREPROCESS_NONE;
  if (gbp_source_read (&request->source, 0, bytes, n_bytes, NULL)
      && gbp_onnx_is_start (bytes, n_bytes))
    return GBP_PREPROCESS_TORCH;
  return gbp_graph_find (description->graph, "block1_conv1") > 0 ? GBP_PREPROCESS_CAFFE
                                                                 : GBP_PREPROCESS_TF;
}

static GbpNetwork *
make_described (const Request *request, GbpDescription *description, GError **error)
{
  GbpNetworkParts parts = {.preprocess = request->key.preprocess};
  guint n_operations;

  if (parts.preprocess == GBP_PREPROCESS_AUTO) {
    parts.preprocess = assume_preprocess (request, description);
    parts.is_assumed = !description->is_scaled_inside;
  }
  gbp_graph_get_operations (description->graph, &n_operations);
  parts.graph = g_steal_pointer (&description->graph);
  parts.class_names = g_steal_pointer (&description->class_names);
  parts.refusal = g_steal_pointer (&description->refusal);
  parts.title = g_strdup_printf ("network of %u operations", n_operations);
  parts.origin = g_path_get_basename (request->path);
  return gbp_network_new_from_graph (&parts, error);
}

/* Sets @network where the file describes it, and leaves it NULL where its arrays' names are all that there is. */
static gboolean
load_described (const Request *request, GbpNetwork **network, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (request->path);
  GbpDescribed file = {.source = &request->source, .folder = folder};
  g_auto (GbpDescription) description = {0};

  if (request->source.size == 0)
    return TRUE;
  if (!gbp_describe (&file, &description, error))
    return FALSE;
  if (description.graph == NULL)
    return TRUE;
  if (!check_unchanged (request, error))
    return FALSE;
  *network = make_described (request, &description, error);
  return *network != NULL;
}

static GbpNetwork *
load (gpointer data, GError **error)
{
  const Request *request = data;
  gboolean is_builtin = request->path == NULL;
  g_auto (GbpWeights) weights = {0};
  GbpNetwork *network = NULL;

  if (!is_builtin && (!load_described (request, &network, error) || network != NULL))
    return network;
  if (!(is_builtin ? read_builtin (&weights, error) : read_file (request, &weights, error)))
    return NULL;
  if (!is_builtin && !check_unchanged (request, error))
    return NULL;
  if (request->key.preprocess != GBP_PREPROCESS_AUTO)
    weights.preprocess = request->key.preprocess;
  if (!is_builtin && weights.training == GBP_TRAINING_UNKNOWN && is_published (request->path))
    weights.training = GBP_TRAINING_TRAINED;
  weights.origin = is_builtin ? g_strdup ("built in") : g_path_get_basename (request->path);
  return gbp_network_new_take (&weights, error);
}

/* Where weights/fetch.sh puts a published network; else @weights is a path already. */
static char *
find_path (const char *weights)
{
  return g_strv_contains (published, weights) ? find_published (weights) : g_strdup (weights);
}

static void
set_open_error (GError **error, const char *weights, int cause)
{
  g_autofree char *names = g_strjoinv (", ", (char **) published);
  gboolean is_missing = cause == ENOENT || cause == ENOTDIR;

  if (!is_missing)
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ, "cannot be opened: %s", g_strerror (cause));
  else if (g_strv_contains (published, weights))
    g_set_error (error, GBP_ERROR, GBP_ERROR_NOT_FOUND,
        "no such file; fetch the published network with gbp-saliency-fetch %s", weights);
  else if (strchr (weights, '/') == NULL)
    g_set_error (error, GBP_ERROR, GBP_ERROR_NOT_FOUND,
        "no such file, nor a published network; those are %s", names);
  else
    g_set_error (error, GBP_ERROR, GBP_ERROR_NOT_FOUND, "no such file");
}

/* Opens without waiting, should it be a pipe. */
static gboolean
open_file (Request *request, const char *weights, GError **error)
{
  struct stat status;

  request->source.fd = open (request->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (request->source.fd < 0 || fstat (request->source.fd, &status) != 0) {
    set_open_error (error, weights, errno);
    return FALSE;
  }
  if (!S_ISREG (status.st_mode)) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ, "expected a file, found a %s",
        S_ISDIR (status.st_mode) ? "directory" : "pipe or device");
    return FALSE;
  }
  identify (&status, &request->key);
  request->source.size = request->key.size;
  return TRUE;
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

GbpNetwork *
gbp_network_load (const char *weights, GbpPreprocess preprocess, GError **error)
{
  g_autofree char *path = weights != NULL ? find_path (weights) : NULL;
  Request request = {.path = path, .key = {.preprocess = preprocess}, .source = {.fd = -1}};
  GbpFloatEnvironment environment;
  GbpNetwork *network = NULL;

  g_return_val_if_fail (gbp_entry_get (gbp_list_preprocessings (), preprocess) != NULL, NULL);
  environment = gbp_float_environment_begin (GBP_DENORMALS_KEPT);
  if (path == NULL || open_file (&request, weights, error))
    network = gbp_shared_network (&request.key, load, &request, error);
  if (request.source.fd >= 0)
    close (request.source.fd);
  if (network == NULL && path != NULL && error != NULL)
    finish_error (*error, path);
  gbp_float_environment_end (environment);
  return network;
}

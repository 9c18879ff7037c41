/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Layers that Keras 3 numbers by their class, bound in the order of the model's configuration. */
#include <string.h>

#include "format/keras_names.h"
#include "format/keras_weights.h"

#define LAYERS       "layers/"
#define DEPENDENCIES "_layer_checkpoint_dependencies/"

/* @groups: (element-type utf8 GPtrArray): for each folder of the file, as "layers/conv2d/", the arrays that are
 *     directly in its vars, by number
 * @all: (element-type utf8): every folder on the way to an array */
typedef struct {
  GHashTable *groups;
  GHashTable *all;
} Folders;

static void
note_folders (Folders *folders, const char *name)
{
  for (const char *slash = strchr (name, '/'); slash != NULL; slash = strchr (slash + 1, '/'))
    g_hash_table_add (folders->all, g_strndup (name, (gsize) (slash + 1 - name)));
}

/* Arrays are "FOLDER/vars/NUMBER". */
static void
note_array (Folders *folders, GbpArray *array)
{
  g_autofree char *name = g_strdelimit (g_strdup (array->name), "\\", '/');
  const char *vars = g_strrstr (name, "/vars/");
  g_autofree char *folder = NULL;
  GPtrArray *group;
  guint64 number;

  if (vars == NULL
      || !g_ascii_string_to_unsigned (vars + strlen ("/vars/"), 10, 0, 99, &number, NULL))
    return;
  note_folders (folders, name);
  folder = g_strndup (name, (gsize) (vars + 1 - name));
  group = g_hash_table_lookup (folders->groups, folder);
  if (group == NULL) {
    group = g_ptr_array_new ();
    g_hash_table_insert (folders->groups, g_steal_pointer (&folder), group);
  }
  if (group->len <= number)
    g_ptr_array_set_size (group, (int) number + 1);
  group->pdata[number] = array;
}

/* As Keras makes a folder's name of a class: Conv2D: conv2d, PReLU: p_re_lu. */
static char *
make_snake_case (const char *class_name)
{
  GString *words = g_string_new (NULL);

  for (const char *at = class_name; *at != '\0'; at++) {
    gboolean begins = g_ascii_isupper (*at) && at != class_name
                      && (g_ascii_islower (at[-1])
                          || (g_ascii_islower (at[1]) && words->str[words->len - 1] != '_'));

    if (begins)
      g_string_append_c (words, '_');
    if (g_ascii_isalnum (*at) || *at == '_')
      g_string_append_c (words, g_ascii_tolower (*at));
  }
  return g_string_free (words, FALSE);
}

static gboolean bind_folder (
    Folders *folders, const char *base, GbpKerasModel *model, GError **error);

/* Gives a layer what is in its folder. */
static gboolean
bind_layer (Folders *folders, const char *folder, GbpKerasLayer *layer, GError **error)
{
  const GPtrArray *group = g_hash_table_lookup (folders->groups, folder);

  if (layer->model != NULL)
    return bind_folder (folders, folder, layer->model, error);
  for (guint i = 0; group != NULL && i < group->len; i++) {
    if (group->pdata[i] == NULL) {
      g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
          "layer %s: expected arrays from %svars/0 on without a gap, found none at %u", layer->name,
          folder, i);
      return FALSE;
    }
    g_ptr_array_add (layer->arrays, group->pdata[i]);
  }
  return TRUE;
}

/* @base: the folder of the model, with a slash behind it, or empty
 * @counts: (element-type utf8 guint): how often a class's name has been given */
static gboolean
bind_in_order (
    Folders *folders, const char *base, const char *list, GbpKerasModel *model, GError **error)
{
  g_autoptr (GHashTable) counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gboolean is_doubled = strcmp (list, DEPENDENCIES) == 0;

  for (guint i = 0; i < model->layers->len; i++) {
    GbpKerasLayer *layer = model->layers->pdata[i];
    g_autofree char *stem = make_snake_case (layer->class_name), *folder = NULL;
    guint count = GPOINTER_TO_UINT (g_hash_table_lookup (counts, stem));

    if (model->is_sequential && strcmp (layer->class_name, "InputLayer") == 0)
      continue; /* it is in the configuration, but not among the layers */
    folder = count == 0 ? g_strdup_printf ("%s%s%s/", base, list, stem)
                        : g_strdup_printf ("%s%s%s_%u/", base, list, stem, count);
    if (!bind_layer (folders, folder, layer, error))
      return FALSE;
    count += is_doubled && g_hash_table_contains (folders->all, folder) ? 2 : 1;
    g_hash_table_insert (counts, g_steal_pointer (&stem), GUINT_TO_POINTER (count));
  }
  return TRUE;
}

/* Comes to itself as deep as models are nested. */
static gboolean
bind_folder (Folders *folders, const char *base, GbpKerasModel *model, GError **error)
{
  static const char *const lists[] = {
      LAYERS, DEPENDENCIES, "_functional/" LAYERS, "_functional/" DEPENDENCIES};

  for (guint i = 0; i < G_N_ELEMENTS (lists); i++) {
    g_autofree char *list = g_strconcat (base, lists[i], NULL);

    if (g_hash_table_contains (folders->all, list))
      return bind_in_order (folders, base, lists[i], model, error);
  }
  return TRUE;
}

gboolean
gbp_keras_bind_numbered (GbpKerasWeights *weights, GbpKerasModel *model, GError **error)
{
  g_autoptr (GHashTable) groups =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  g_autoptr (GHashTable) all = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Folders folders = {groups, all};

  for (guint i = 0; i < weights->arrays->len; i++)
    note_array (&folders, weights->arrays->pdata[i]);
  return bind_folder (&folders, "", model, error);
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gio/gio.h>

#include "introspection/gbp-gobject.h"

/* @n_values: components of an image
 * @has_target: that it can explain */
struct _GbpExplainer {
  GbpNetwork *network;
  GbpExplanation *explanation;
  guint height, width;
  gsize n_values;
  gboolean has_target;
};

/* The function that registers a counted type at its first call. */
#define DEFINE_COUNTED_TYPE(Type, type)                                                            \
  GType type##_get_type (void)                                                                     \
  {                                                                                                \
    static gsize registered;                                                                       \
                                                                                                   \
    if (g_once_init_enter (&registered))                                                           \
      g_once_init_leave (                                                                          \
          &registered, g_boxed_type_register_static (                                              \
                           #Type, (GBoxedCopyFunc) type##_ref, (GBoxedFreeFunc) type##_unref));    \
    return registered;                                                                             \
  }

DEFINE_COUNTED_TYPE (GbpNetwork, gbp_network)
DEFINE_COUNTED_TYPE (GbpExplainer, gbp_explainer)

GbpExplainer *
gbp_explainer_new (GbpNetwork *network, guint threads, GError **error)
{
  const GbpTarget target = GBP_TARGET_INIT;
  GbpExplanation *explanation;
  GbpExplainer *explainer;

  g_return_val_if_fail (network != NULL, NULL);
  explanation = gbp_explanation_new (network, threads);
  if (explanation == NULL) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_MEMORY, "not enough memory for an explanation");
    return NULL;
  }
  explainer = g_atomic_rc_box_new0 (GbpExplainer);
  explainer->network = gbp_network_ref (network);
  explainer->explanation = explanation;
  gbp_network_get_input_size (network, &explainer->height, &explainer->width);
  explainer->n_values = 3 * (gsize) explainer->height * explainer->width;
  explainer->has_target = gbp_explanation_set_target (explanation, &target, NULL);
  return explainer;
}

GbpExplainer *
gbp_explainer_ref (GbpExplainer *explainer)
{
  g_return_val_if_fail (explainer != NULL, NULL);
  return g_atomic_rc_box_acquire (explainer);
}

static void
clear_explainer (gpointer data)
{
  GbpExplainer *explainer = data;

  gbp_explanation_free (explainer->explanation);
  gbp_network_unref (explainer->network);
}

void
gbp_explainer_unref (GbpExplainer *explainer)
{
  if (explainer != NULL)
    g_atomic_rc_box_release_full (explainer, clear_explainer);
}

static gboolean
aim (GbpExplainer *explainer, const GbpTarget *target, GError **error)
{
  if (!gbp_explanation_set_target (explainer->explanation, target, error))
    return FALSE;
  explainer->has_target = TRUE;
  return TRUE;
}

gboolean
gbp_explainer_set_target (GbpExplainer *explainer, const char *layer, GbpMethod method, int channel,
    int unit_x, int unit_y, GError **error)
{
  GbpTarget target = GBP_TARGET_INIT;

  g_return_val_if_fail (explainer != NULL && layer != NULL, FALSE);
  g_return_val_if_fail (gbp_entry_get (gbp_list_methods (), method) != NULL, FALSE);
  target.layer = layer;
  target.method = method;
  target.channel = channel;
  target.unit_x = unit_x;
  target.unit_y = unit_y;
  return aim (explainer, &target, error);
}

gboolean
gbp_explainer_set_class (GbpExplainer *explainer, const char *class_name, GbpMethod method,
    const char *layer, GError **error)
{
  GbpTarget target = GBP_TARGET_INIT;

  g_return_val_if_fail (explainer != NULL && class_name != NULL, FALSE);
  g_return_val_if_fail (gbp_entry_get (gbp_list_methods (), method) != NULL, FALSE);
  target.layer = layer;
  target.method = method;
  target.class_index = gbp_network_find_class (explainer->network, class_name, error);
  return target.class_index != GBP_CLASS_NONE && aim (explainer, &target, error);
}

const double *
gbp_explainer_get_scores (GbpExplainer *explainer, guint *n_classes)
{
  g_return_val_if_fail (explainer != NULL, NULL);
  return gbp_explanation_get_scores (explainer->explanation, n_classes);
}

/* Whether @bytes hold @n_bytes. */
static gboolean
check_size (const GbpExplainer *explainer, GBytes *bytes, gsize n_bytes, GError **error)
{
  if (g_bytes_get_size (bytes) == n_bytes)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
      "expected %" G_GSIZE_FORMAT " bytes, [%u][%u][3], found %" G_GSIZE_FORMAT, n_bytes,
      explainer->height, explainer->width, g_bytes_get_size (bytes));
  return FALSE;
}

GBytes *
gbp_explainer_explain (
    GbpExplainer *explainer, GBytes *rgb, double *value, int *channel, GError **error)
{
  g_autofree float *gradient = NULL;
  GbpResult result;

  g_return_val_if_fail (explainer != NULL && rgb != NULL, NULL);
  if (!explainer->has_target) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        "there is no target: the network has no layer block5_conv4; set one of its own");
    return NULL;
  }
  if (!check_size (explainer, rgb, explainer->n_values, error))
    return NULL;
  gradient = g_new (float, explainer->n_values);
  gbp_explanation_compute (explainer->explanation, g_bytes_get_data (rgb, NULL),
      3 * (gsize) explainer->width, gradient, &result);
  if (value != NULL)
    *value = result.value;
  if (channel != NULL)
    *channel = result.channel;
  return g_bytes_new_take (g_steal_pointer (&gradient), explainer->n_values * sizeof *gradient);
}

GBytes *
gbp_explainer_render (
    GbpExplainer *explainer, GBytes *gradient, GbpColormap colormap, GError **error)
{
  guint8 *picture;

  g_return_val_if_fail (explainer != NULL && gradient != NULL, NULL);
  if (!check_size (explainer, gradient, explainer->n_values * sizeof (float), error))
    return NULL;
  picture = g_malloc (explainer->n_values);
  gbp_picture_render (colormap, g_bytes_get_data (gradient, NULL), explainer->height,
      explainer->width, picture, 3 * (gsize) explainer->width);
  return g_bytes_new_take (picture, explainer->n_values);
}

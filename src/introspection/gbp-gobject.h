/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What other languages need of the library, for GObject introspection: types that keep count of references, and
 * explanations that take and give whole blocks of bytes, which know their length. C has no use for it but the types,
 * for values and properties. */
#pragma once

#include <gbp/gbp.h>
#include <glib-object.h>

G_BEGIN_DECLS

#define GBP_TYPE_NETWORK (gbp_network_get_type ())
GBP_AVAILABLE_IN_0_1 GType gbp_network_get_type (void);

/**
 * GbpExplainer:
 *
 * Computes gradients for one target, and renders them; reference-counted. Its functions may be called from one thread
 * at a time, those of two explainers from two.
 */
typedef struct _GbpExplainer GbpExplainer;

#define GBP_TYPE_EXPLAINER (gbp_explainer_get_type ())
GBP_AVAILABLE_IN_0_1 GType gbp_explainer_get_type (void);

/**
 * gbp_explainer_new:
 * @network: what is explained; a reference is kept
 * @threads: threads to compute with, at most; 0: as many as the process may use
 * @error: GBP_ERROR_MEMORY
 *
 * The target is the article's, the guided gradient of all of block5_conv4, where the network has that; else there is
 * none until gbp_explainer_set_target() succeeds.
 *
 * Returns: (transfer full): an explainer, or NULL with @error set
 */
GBP_AVAILABLE_IN_0_1 GbpExplainer *gbp_explainer_new (
    GbpNetwork *network, guint threads, GError **error);

/**
 * gbp_explainer_ref:
 * @explainer: an explainer
 *
 * From any thread.
 *
 * Returns: (transfer full): @explainer, with one more reference
 */
GBP_AVAILABLE_IN_0_1 GbpExplainer *gbp_explainer_ref (GbpExplainer *explainer);

/**
 * gbp_explainer_unref:
 * @explainer: (transfer full) (nullable): an explainer; nothing is done for NULL
 *
 * Drops a reference, and frees the explainer with the last one. From any thread.
 */
GBP_AVAILABLE_IN_0_1 void gbp_explainer_unref (GbpExplainer *explainer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GbpExplainer, gbp_explainer_unref)

/**
 * gbp_explainer_set_target:
 * @explainer: an explainer
 * @layer: where the network is cut
 * @method: the rule at each rectifier on the way back
 * @channel: 0 … channels − 1 (the class, at the class layer), GBP_CHANNEL_ALL or GBP_CHANNEL_STRONGEST
 * @unit_x: column of the layer's map, 0 … width − 1, or GBP_UNIT_ALL
 * @unit_y: row of the layer's map, 0 … height − 1, or GBP_UNIT_ALL
 * @error: GBP_ERROR_LAYER, GBP_ERROR_CHANNEL, GBP_ERROR_UNIT or GBP_ERROR_MEMORY
 *
 * Plans the computation: all memory but the results' is allocated here.
 *
 * Returns: FALSE with @error set if the network does not have the target, or there is not enough memory for it; the
 *     target before then stays in force
 */
GBP_AVAILABLE_IN_0_1 gboolean gbp_explainer_set_target (GbpExplainer *explainer, const char *layer,
    GbpMethod method, int channel, int unit_x, int unit_y, GError **error);

/**
 * gbp_explainer_set_class:
 * @explainer: an explainer
 * @class_name: a class's number or name, or "top", as gbp_network_find_class() takes it
 * @method: what is computed
 * @layer: (nullable): of Grad-CAM and guided Grad-CAM the layer whose maps are weighted; NULL: the last map
 * @error: GBP_ERROR_CLASS, GBP_ERROR_LAYER or GBP_ERROR_MEMORY
 *
 * Makes the logit of a class the target.
 *
 * Returns: FALSE with @error set, as gbp_explainer_set_target() does
 */
GBP_AVAILABLE_IN_0_1 gboolean gbp_explainer_set_class (GbpExplainer *explainer,
    const char *class_name, GbpMethod method, const char *layer, GError **error);

/**
 * gbp_explainer_get_scores:
 * @explainer: an explainer
 * @n_classes: (out) (optional): 0 where there are none
 *
 * What the network says that the image shows that was explained last.
 *
 * Returns: (array length=n_classes) (transfer none) (nullable): as gbp_explanation_get_scores() has them
 */
GBP_AVAILABLE_IN_0_1 const double *gbp_explainer_get_scores (
    GbpExplainer *explainer, guint *n_classes);

/**
 * gbp_explainer_explain:
 * @explainer: an explainer with a target
 * @rgb: the image, 8-bit RGB, [height][width][3] as gbp_network_get_input_size() has them, without padding
 * @value: (out) (optional): the target: the sum of the selected outputs
 * @channel: (out) (optional): the channel that was explained, or GBP_CHANNEL_ALL
 * @error: G_IO_ERROR_INVALID_ARGUMENT, where @rgb has another size or there is no target
 *
 * Computes the gradient of the target at an image. Allocates the result alone.
 *
 * Returns: (transfer full): the gradient, float32 [height][width][3] in RGB order in the machine's byte order: the
 *     derivative of the target with respect to each component of @rgb, per unit of 0 … 255; NULL with @error set
 */
GBP_AVAILABLE_IN_0_1 GBytes *gbp_explainer_explain (
    GbpExplainer *explainer, GBytes *rgb, double *value, int *channel, GError **error);

/**
 * gbp_explainer_render:
 * @explainer: an explainer
 * @gradient: as gbp_explainer_explain() gives it
 * @colormap: the colours
 * @error: G_IO_ERROR_INVALID_ARGUMENT, where @gradient has another size
 *
 * Each picture over its own range.
 *
 * Returns: (transfer full): the picture, 8-bit RGB, [height][width][3]; NULL with @error set
 */
GBP_AVAILABLE_IN_0_1 GBytes *gbp_explainer_render (
    GbpExplainer *explainer, GBytes *gradient, GbpColormap colormap, GError **error);

G_END_DECLS

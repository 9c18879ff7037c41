/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A network in memory: its layers, their shapes, their weights. */
#pragma once

#include <gbp/network.h>

#include "network/graph.h"
#include "network/layer.h"
#include "network/scorer.h"
#include "network/vgg.h"

/* What a network is made of.
 * @graph: (owned): from an image of 3 channels
 * @preprocess: never AUTO
 * @training: what is known of where the weights come from
 * @title: (owned) (nullable): what the network is called, in the file's words
 * @trained_on: (owned) (nullable): what it was trained on, likewise
 * @origin: (owned): where it comes from: "built in", or a file's name
 * @class_names: (owned) (nullable): as many as the class layer has channels, in the file's words
 * @class_origin: (owned) (nullable): the file that they come from, where that is another one
 * @must_have_classes: someone asked for these names
 * @refusal: (owned) (nullable): why the graph ends before the file's network does: for who asks for a layer behind it
 * @goes_on: that network does not end where the graph does: what it ends with are no classes
 * @original: (owned) (nullable): the network that this is a copy of, with the same graph, but for
 * @is_fresh: (owned) (nullable): [n_operations]: the operations whose weights are its own. The other convolutions have
 *     no kernel: what is prepared of them is the original's
 * @scoring: what makes scores of the logits; AUTO: the graph's last operations, or where they do not
 * @usual_scoring: AUTO: nothing does
 * @says_scoring: whether that is an assumption which people are told of, as where a network has one class of its being
 *     a sigmoid
 * @notice: (owned) (nullable): what is left out or assumed, and why; NULL: the refusal is all that there is to say
 * @is_assumed: that nothing in the file says how pixels are preprocessed */
typedef struct {
  GbpGraph *graph;
  GbpPreprocess preprocess;
  gboolean is_assumed;
  GbpScoring scoring;
  GbpScoring usual_scoring;
  gboolean says_scoring;
  GbpTraining training;
  char *title;
  char *trained_on;
  char *origin;
  char **class_names;
  char *class_origin;
  gboolean must_have_classes;
  char *refusal;
  gboolean goes_on;
  char *notice;
  GbpNetwork *original;
  gboolean *is_fresh;
} GbpNetworkParts;

void gbp_network_parts_clear (GbpNetworkParts *parts);

/* Returns: (transfer full): one line for people */
char *gbp_network_parts_describe (const GbpNetworkParts *parts);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GbpNetworkParts, gbp_network_parts_clear)

/* gbp_network_new_from_graph:
 * @parts: (transfer full): cleared, on failure too
 *
 * The graph's names are the layers. A layer at the end that is no more than a softmax or sigmoid of what comes
 * before is explained by its logits.
 *
 * Returns: (transfer full): NULL with @error set (GBP_ERROR_READ) */
GbpNetwork *gbp_network_new_from_graph (GbpNetworkParts *parts, GError **error);

/* gbp_network_new_take:
 * @weights: (transfer full): cleared, on failure too
 *
 * Returns: (transfer full): what gbp_vgg_build() makes of them; NULL with @error set (GBP_ERROR_READ), naming the
 *     layer */
GbpNetwork *gbp_network_new_take (GbpWeights *weights, GError **error);

/* gbp_network_set_dispose:
 * @dispose: called once, by the thread that drops the last reference, before anything is freed
 *
 * For a table of weak references: it takes the network off the table, under the table's lock. Set
 * before the network is shared between threads. */
void gbp_network_set_dispose (GbpNetwork *network, void (*dispose) (GbpNetwork *network));

/* A new reference, or FALSE if the last one has been dropped. @network must not be freed meanwhile:
 * hold the lock that its dispose function takes. */
gboolean gbp_network_ref_if_alive (GbpNetwork *network);

/* gbp_network_get_original:
 * @is_fresh: (out): [n_operations]: those whose weights are the copy's own; NULL where it is none
 *
 * Returns: (nullable): owned by @network: what it is a copy of */
GbpNetwork *gbp_network_get_original (const GbpNetwork *network, const gboolean **is_fresh);

/* The copy with random weights that gbp_network_share_randomized() made last, under the shared lock.
 * @network: (not owned) (nullable): it clears this when it is dropped
 * @layer: (owned) (nullable): down to which its weights are random */
typedef struct {
  GbpNetwork *network;
  char *layer;
} GbpNetworkCopy;

GbpNetworkCopy *gbp_network_get_copy (GbpNetwork *network);

/* gbp_network_share_randomized:
 *
 * As gbp_network_new_randomized() with the seed GBP_RANDOMIZE_SEED, but of those that want the same at the same time
 * all get one.
 *
 * Returns: (transfer full): NULL with @error set */
GbpNetwork *gbp_network_share_randomized (GbpNetwork *network, const char *layer, GError **error);

/* Whether that can be made of @network and @layer, memory aside; else FALSE with @error set (GBP_ERROR_LAYER). */
gboolean gbp_network_check_randomized (
    const GbpNetwork *network, const char *layer, GError **error);

const GbpGraph *gbp_network_get_graph (const GbpNetwork *network);

/* Those that can be targets, from the input on. */
const GbpLayer *gbp_network_get_layers (const GbpNetwork *network, guint *n_layers);

/* Whether a layer's output is a map of more than one pixel, of which the classes, or where there are none the graph's
 * last value, are made. */
gboolean gbp_network_is_inner_map (const GbpNetwork *network, guint layer);

/* The names of those layers, for people. */
char *gbp_network_list_inner_maps (const GbpNetwork *network);

/* What makes scores of the logits. */
const GbpScorer *gbp_network_get_scorer (const GbpNetwork *network);

/* The index of the layer called @name; -1 with @error set (GBP_ERROR_LAYER), listing the valid ones. */
int gbp_network_find_layer (const GbpNetwork *network, const char *name, GError **error);

/* Whether the file's network does not end where this one does, so that it has no classes. */
gboolean gbp_network_goes_on (const GbpNetwork *network);

/* The index of the layer whose channels are the classes' logits; -1 with @error set (GBP_ERROR_CLASS) if there is
 * none. */
int gbp_network_find_class_layer (const GbpNetwork *network, GError **error);

/* Whether @class_index is one of the network's classes, or GBP_CLASS_TOP; else FALSE with @error set
 * (GBP_ERROR_CLASS). */
gboolean gbp_network_check_class (const GbpNetwork *network, int class_index, GError **error);

/* Lets an operation's kernel go, once it is prepared in another form: its layer then has none. The caller
 * sees to it that nothing else reads it. */
void gbp_network_release_kernel (GbpNetwork *network, guint operation);

/* What an explanation computes once from the weights and shares: made by the first caller's @make, freed with the
 * network by @destroy. Safe from any thread. @make is called under the lock that all share, so that no second one looks
 * at the weights while the first one's are released.
 * Returns: NULL if @make gave NULL: the next caller tries again */
gpointer gbp_network_share_prepared (
    GbpNetwork *network, gpointer (*make) (const GbpNetwork *network), GDestroyNotify destroy);

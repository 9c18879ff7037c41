/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The methods that are compared, and how each explains a scene. */
#pragma once

#include "scenes.h"

G_BEGIN_DECLS

#define GBP_HONEST_PIXELS (GBP_SCENE_SIZE * GBP_SCENE_SIZE)

/* What an explanation comes from.
 * @GBP_SOURCE_NETWORK: the library, by its method
 * @GBP_SOURCE_EDGES: the edges of the picture: what has never seen a network
 * @GBP_SOURCE_CHANCE: noise */
typedef enum {
  GBP_SOURCE_NETWORK,
  GBP_SOURCE_EDGES,
  GBP_SOURCE_CHANCE,
} GbpSource;

/* A row of the table.
 * @name: in results and tables
 * @is_rule: a rule on the way back from any layer, so that one can ask where that way ends
 * @has_sign: its values say in which direction a pixel matters
 * @n_most: scenes, of a method so slow that fewer must do; 0: all */
typedef struct {
  const char *name;
  GbpSource source;
  GbpMethod method;
  gboolean is_rule;
  gboolean has_sign;
  guint n_most;
} GbpHonestMethod;

const GbpHonestMethod *gbp_honest_get_methods (guint *n_methods);

/* Ways to spoil a method, to see that the bounds notice.
 * @GBP_FAULT_EDGES: the picture's edges in place of any explanation
 * @GBP_FAULT_SIGN: the explanation's negative
 * @GBP_FAULT_CLASS: whatever the class, that of number 0 is explained */
typedef enum {
  GBP_FAULT_NONE,
  GBP_FAULT_EDGES,
  GBP_FAULT_SIGN,
  GBP_FAULT_CLASS,
} GbpFault;

/* By its name: none, edges, sign, class. FALSE: there is none of that name. */
gboolean gbp_fault_parse (const char *name, GbpFault *fault);

/* What explains with one network. */
typedef struct {
  GbpExplanation *explanation;
  const char *class_layer; /* the network's */
  GbpFault fault;
} GbpExplainer;

void gbp_explainer_init (GbpExplainer *explainer, GbpNetwork *network, GbpFault fault);
void gbp_explainer_clear (GbpExplainer *explainer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GbpExplainer, gbp_explainer_clear)

/* gbp_explainer_explain:
 * @scene: whose pixels are explained; its label and mask are not looked at
 * @layer: (nullable): NULL: the class layer
 * @channel: of it, a class
 * @gradient: (out): float32 [224][224][3] */
void gbp_explainer_explain (GbpExplainer *explainer, const GbpHonestMethod *method,
    const GbpScene *scene, const char *layer, int channel, float *gradient);

/* The strength at each pixel, max |g| over its channels: what the element shows.
 * @map: (out): [224][224] */
void gbp_honest_reduce (const float *gradient, float *map);

/* A pseudo-random word, the same on every machine. */
guint32 gbp_honest_random (guint32 *state);

G_END_DECLS

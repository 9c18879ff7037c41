/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The methods that are compared, and how each explains a scene. */
#pragma once

#include "scenes.h"

G_BEGIN_DECLS

#define GBP_HONEST_PIXELS (GBP_SCENE_SIZE * GBP_SCENE_SIZE)

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
  GbpFault fault;
} GbpExplainer;

void gbp_explainer_init (GbpExplainer *explainer, GbpNetwork *network, GbpFault fault);
void gbp_explainer_clear (GbpExplainer *explainer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GbpExplainer, gbp_explainer_clear)

/* What is explained.
 * @rgb: [224][224][3], rows @stride bytes apart
 * @layer: (nullable): NULL: the logit of the class @channel; else the channel of that layer */
typedef struct {
  const guint8 *rgb;
  gsize stride;
  const char *layer;
  int channel;
} GbpQuestion;

/* A row of the table.
 * @name: in results and tables
 * @explain: what it explains with; @gradient: (out): float32 [224][224][3]
 * @method: for those that are the library's
 * @has_network: that it asks a network at all
 * @is_rule: a rule on the way back from any layer, so that one can ask where that way ends
 * @has_sign: its values say in which direction a pixel matters
 * @n_samples: of SmoothGrad; 0: none
 * @noise: their noise's deviation, as a share of the pixels' range
 * @n_most: scenes, of a method so slow that fewer must do; 0: all */
typedef struct _GbpHonestMethod GbpHonestMethod;
struct _GbpHonestMethod {
  const char *name;
  void (*explain) (GbpExplainer *explainer, const GbpHonestMethod *method,
      const GbpQuestion *question, float *gradient);
  GbpMethod method;
  gboolean has_network;
  gboolean is_rule;
  gboolean has_sign;
  guint n_samples;
  double noise;
  guint n_most;
};

const GbpHonestMethod *gbp_honest_get_methods (guint *n_methods);

/* Explains with @method, or what is to take its place. */
void gbp_explainer_explain (GbpExplainer *explainer, const GbpHonestMethod *method,
    const GbpQuestion *question, float *gradient);

/* How rows explain. By the library: integrated gradients in 16 steps from black. */
void gbp_explain_by_library (GbpExplainer *explainer, const GbpHonestMethod *method,
    const GbpQuestion *question, float *gradient);

/* The edges of the picture: what has never seen a network. */
void gbp_explain_by_edges (GbpExplainer *explainer, const GbpHonestMethod *method,
    const GbpQuestion *question, float *gradient);

/* Noise, another for another picture. */
void gbp_explain_by_chance (GbpExplainer *explainer, const GbpHonestMethod *method,
    const GbpQuestion *question, float *gradient);

/* The strength at each pixel, max |g| over its channels: what the element shows.
 * @map: (out): [224][224] */
void gbp_honest_reduce (const float *gradient, float *map);

/* A pseudo-random number of 24 bits, the same on every machine. */
guint32 gbp_honest_random (guint32 *state);

G_END_DECLS

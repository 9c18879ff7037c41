/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gbp/network.h>

G_BEGIN_DECLS

/**
 * GbpMethod:
 * @GBP_METHOD_GUIDED: dy · [dy > 0] · [x > 0]: guided backpropagation (Springenberg et al. 2014)
 * @GBP_METHOD_GRADIENT: dy · [x > 0]: the plain gradient (Simonyan et al. 2013)
 * @GBP_METHOD_DECONVNET: dy · [dy > 0]: the deconvolutional network (Zeiler and Fergus 2014)
 * @GBP_METHOD_GRAD_CAM: the class activation map weighted by gradients (Selvaraju et al. 2017): of the maps A_k of the
 *     target's layer max (0, Σ_k mean (∂ logit / ∂ A_k) · A_k), with the plain gradient, at the layer's resolution. The
 *     way back ends at the layer
 * @GBP_METHOD_GUIDED_GRAD_CAM: that, resized to the input, times the guided gradient of the class's logit (likewise)
 * @GBP_METHOD_INPUT_TIMES_GRADIENT: the plain gradient with respect to the network's input, which is the image
 *     preprocessed, times that input (Shrikumar et al. 2016)
 * @GBP_METHOD_INTEGRATED_GRADIENTS: the plain gradient's mean on the straight way from an image of one value, the
 *     baseline, to the image, times their difference (Sundararajan et al. 2017). Its sum over all pixels is the
 *     difference of the target's values, as far as the steps are fine enough. Each step costs a computation
 *
 * What is computed; most are a rule at each ReLU on the way back, for its input x and the incoming gradient dy.
 * gbp_list_methods() lists them.
 */
typedef enum {
  GBP_METHOD_GUIDED,
  GBP_METHOD_GRADIENT,
  GBP_METHOD_DECONVNET,
  GBP_METHOD_GRAD_CAM,
  GBP_METHOD_GUIDED_GRAD_CAM,
  GBP_METHOD_INPUT_TIMES_GRADIENT,
  GBP_METHOD_INTEGRATED_GRADIENTS,
} GbpMethod;

/**
 * GBP_CHANNEL_ALL:
 *
 * The sum over all channels.
 */
#define GBP_CHANNEL_ALL (-1)

/**
 * GBP_CHANNEL_STRONGEST:
 *
 * The channel whose selected outputs have the largest sum.
 */
#define GBP_CHANNEL_STRONGEST (-2)

/**
 * GBP_UNIT_ALL:
 *
 * Every column, or every row, of the layer's map.
 */
#define GBP_UNIT_ALL (-1)

/**
 * GBP_MAX_SAMPLES:
 *
 * The most images that SmoothGrad takes the mean of.
 */
#define GBP_MAX_SAMPLES 1000

/**
 * GBP_MAX_STEPS:
 *
 * The most steps of integrated gradients.
 */
#define GBP_MAX_STEPS 1000

/**
 * GBP_DEFAULT_STEPS:
 *
 * The steps of integrated gradients where a target does not say.
 */
#define GBP_DEFAULT_STEPS 32

/**
 * GbpTarget:
 * @layer: where the network is cut, such as "block5_conv4"; of Grad-CAM and guided Grad-CAM the layer whose maps are
 *     weighted: one with more than one pixel, of which the classes are made, or NULL: gbp_network_get_last_map()
 * @method: what is computed
 * @channel: 0 … channels − 1 (the class, at the class layer), GBP_CHANNEL_ALL or GBP_CHANNEL_STRONGEST
 * @unit_x: column of the layer's map, 0 … width − 1, or GBP_UNIT_ALL
 * @unit_y: row of the layer's map, 0 … height − 1, or GBP_UNIT_ALL
 * @class_index: the class whose logit is the target, whatever @layer, @channel, @unit_x and @unit_y say, which are not
 *     looked at: 0 … classes − 1, see gbp_network_find_class(), or GBP_CLASS_TOP; GBP_CLASS_NONE: they say the target,
 *     but for Grad-CAM and guided Grad-CAM, which are of a class always, and take GBP_CLASS_TOP
 * @wants_scores: that gbp_explanation_get_scores() has those of all classes also where the target is a layer before
 *     them: the forward pass then goes on to the network's end. Where the target is a class, or at the class layer,
 *     they cost nothing and are there anyway
 * @samples: SmoothGrad (Smilkov et al. 2017), with any method: the map is the mean of those of so many images, at most
 *     GBP_MAX_SAMPLES, each the image with other noise; 0 and 1: of the image itself. Each costs a computation, and the
 *     image's own forward pass one half: it gives the value, the scores, and what GBP_CLASS_TOP and
 *     GBP_CHANNEL_STRONGEST choose for all. With several threads each computes an image of its own, and needs as much
 *     memory as the first, as far as there is such memory; the same for the steps of integrated gradients
 * @noise: the deviation of SmoothGrad's noise, which is normal, as a share of the difference between the image's
 *     largest and smallest component: 0 … 1, by default 0.15. Noisy components are not rounded, and may leave 0 … 255.
 *     The noise is the same for the same gbp_explanation_set_seed()
 * @steps: of integrated gradients: midpoints of as many parts of the way, at most GBP_MAX_STEPS; 0: GBP_DEFAULT_STEPS
 * @baseline: of integrated gradients: 0 … 255, by default 127.5, the middle grey; 0: black
 * @randomize: (nullable): a layer: the network is explained as if it, and all layers above it, had learnt nothing: with
 *     the weights of gbp_network_new_randomized() and GBP_RANDOMIZE_SEED, to see what of a map is the network's.
 *     Explanations of a network that want the same share them
 * @reserved: zero
 *
 * What is explained: the sum of the selected outputs of one layer, or the logit of one class. A convolution's
 * output is after its ReLU; at the class layer it is the logit, before the softmax. Begin with GBP_TARGET_INIT, or name
 * the members: there may be more of them one day.
 */
typedef struct {
  const char *layer;
  GbpMethod method;
  int channel;
  int unit_x;
  int unit_y;
  int class_index;
  gboolean wants_scores;
  guint samples;
  double noise;
  guint steps;
  double baseline;
  const char *randomize;
  gpointer reserved[8];
} GbpTarget;

/**
 * GBP_TARGET_INIT: (skip)
 *
 * The article's target: the guided gradient of all of block5_conv4.
 */
#define GBP_TARGET_INIT                                                                            \
  {                                                                                                \
    "block5_conv4", GBP_METHOD_GUIDED, GBP_CHANNEL_ALL, GBP_UNIT_ALL, GBP_UNIT_ALL,                \
        GBP_CLASS_NONE, FALSE, 1, 0.15, GBP_DEFAULT_STEPS, 127.5, NULL,                            \
    {                                                                                              \
      NULL                                                                                         \
    }                                                                                              \
  }

/**
 * gbp_target_check:
 * @target: a target
 * @network: the network that it is meant for
 * @error: GBP_ERROR_LAYER, GBP_ERROR_CHANNEL, GBP_ERROR_UNIT, GBP_ERROR_CLASS or GBP_ERROR_VALUE
 *
 * What gbp_explanation_set_target() would say, without planning anything; from any thread.
 *
 * Returns: FALSE with @error set if the network does not have the target
 */
GBP_AVAILABLE_IN_0_1 gboolean gbp_target_check (
    const GbpTarget *target, const GbpNetwork *network, GError **error);

/**
 * GbpResult:
 * @value: the target: the sum of the selected outputs, or the class's logit. One that is not finite says that the
 *     network's weights overflow: the gradient may then hold values that are not finite either
 * @channel: the channel that was explained: the target's own, or the one that
 *     GBP_CHANNEL_STRONGEST chose; of a class, its channel of the class layer
 * @class_index: the class that was explained: the target's own, or the one that GBP_CLASS_TOP chose; GBP_CLASS_NONE
 *     where the target is of none
 * @reserved: zero
 *
 * What a computation found beside the gradient.
 */
typedef struct {
  double value;
  int channel;
  int class_index;
  gpointer reserved[4];
} GbpResult;

/**
 * GbpExplanation:
 *
 * Computes gradients for one target; use one per calling thread.
 *
 * Explanations share what they need only while they compute: the process' helper threads, named gbp-helper, and the
 * buffers of those that have the same network and layer. At any time there are no more helpers than usable CPUs, and
 * no more sets of buffers. So many explanations cost little more than one, and a computation may wait for another
 * to end. Helpers end after some seconds without work, and with the last explanation.
 *
 * A lack of memory is an error or NULL wherever the library itself allocates; a lack of threads is none.
 * GLib ends the program where it finds no memory for the few hundred bytes of a GError.
 *
 * After fork() the child has no helper threads, but may go on: it may use its explanations, make and free them, also
 * those with which other threads of the parent were computing; not from a signal handler.
 */
typedef struct _GbpExplanation GbpExplanation;

/**
 * gbp_explanation_new: (skip)
 * @network: (transfer none): a reference is kept
 * @threads: threads to compute with, the caller's included, at most: there are never more than CPUs that the calling
 *     thread may use, by its affinity and the control group's quota of CPU time, when the explanation is made and
 *     again at each computation, nor more than other computations leave free; 0: as many as that. Threads are
 *     started when they are first needed. The number never changes a result, to the last bit
 *
 * Until gbp_explanation_set_target() succeeds the explanation has no target.
 *
 * Returns: (transfer full) (nullable): free with gbp_explanation_free(); NULL if there is no memory for it
 */
GBP_AVAILABLE_IN_0_1 GbpExplanation *gbp_explanation_new (GbpNetwork *network, guint threads);

/**
 * gbp_explanation_free: (skip)
 * @explanation: (transfer full) (nullable): an explanation
 *
 * Frees it, with the helper threads if it is the process' last one.
 */
GBP_AVAILABLE_IN_0_1 void gbp_explanation_free (GbpExplanation *explanation);

/**
 * gbp_explanation_get_threads:
 * @explanation: an explanation
 *
 * The most threads that it computes with, the caller's included.
 *
 * Returns: what was asked for, or the CPUs that were usable when it was made
 */
GBP_AVAILABLE_IN_0_1 guint gbp_explanation_get_threads (const GbpExplanation *explanation);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GbpExplanation, gbp_explanation_free)

/**
 * gbp_explanation_set_target:
 * @explanation: an explanation
 * @target: (transfer none): copied
 * @error: GBP_ERROR_LAYER, GBP_ERROR_CHANNEL, GBP_ERROR_UNIT, GBP_ERROR_CLASS, GBP_ERROR_VALUE
 *     or GBP_ERROR_MEMORY
 *
 * Checks the target and plans the computation: all memory is allocated here, none per frame.
 *
 * Returns: FALSE with @error set if the network does not have the target, or if there is not enough memory for it; the
 *     previous target then stays in force
 */
GBP_AVAILABLE_IN_0_1 gboolean gbp_explanation_set_target (
    GbpExplanation *explanation, const GbpTarget *target, GError **error);

/**
 * gbp_explanation_set_seed:
 * @explanation: an explanation
 * @seed: of SmoothGrad's noise, from the next computation on: a frame's number, so that each has noise of its own, and
 *     the same one whenever it is computed; at first 0
 *
 * Of the methods without noise nothing changes.
 */
GBP_AVAILABLE_IN_0_1 void gbp_explanation_set_seed (GbpExplanation *explanation, guint64 seed);

/**
 * gbp_explanation_compute: (skip)
 * @explanation: an explanation with a target
 * @rgb: the image, 8-bit RGB, [height][width][3] as gbp_network_get_input_size() has them, rows @stride bytes apart
 * @stride: at least 3 · width
 * @gradient: (out caller-allocates): float32 [height][width][3] in RGB order: the derivative of the target
 *     with respect to each component of @rgb, per unit of 0 … 255. Of Grad-CAM the map, resized to the image by
 *     bilinear interpolation between the centres of its pixels, in each of the three channels; of guided Grad-CAM the
 *     derivative times that. Of input × gradient and integrated gradients the product, in units of the target
 * @result: (out caller-allocates) (optional): what was found beside the gradient
 *
 * Cannot fail once a target is set; calling it before is a programming error.
 */
GBP_AVAILABLE_IN_0_1 void gbp_explanation_compute (GbpExplanation *explanation, const guint8 *rgb,
    gsize stride, float *gradient, GbpResult *result);

/**
 * GbpClassChooser: (skip)
 * @logits: [n_classes]: the image's
 * @n_classes: at least 1
 * @data: as it was given
 *
 * Says which class of an image is explained.
 *
 * Returns: a class: below @n_classes
 */
typedef guint (*GbpClassChooser) (const double *logits, guint n_classes, gpointer data);

/**
 * GbpClassChoiceBegun: (skip)
 * @data: as it was given
 *
 * Tells that an image whose class will be chosen has its memory: from now on it needs nothing that another computation
 * has.
 */
typedef void (*GbpClassChoiceBegun) (gpointer data);

/**
 * gbp_explanation_set_class_chooser: (skip)
 * @explanation: an explanation
 * @begun: (nullable): called by each computation whose target is GBP_CLASS_TOP, in its thread, before the forward pass
 * @chooser: (nullable): called likewise, between the forward and the backward pass, in place of taking the largest
 *     logit. It may wait for computations that said that they have begun before this one said so, and for no others:
 *     those may need the memory that this one has. NULL: the largest, and @begun is not called
 * @data: what both are called with
 *
 * For who follows a class from frame to frame, and wants no change where two are nearly as strong.
 */
GBP_AVAILABLE_IN_0_1 void gbp_explanation_set_class_chooser (
    GbpExplanation *explanation, GbpClassChoiceBegun begun, GbpClassChooser chooser, gpointer data);

/**
 * GbpStopFunction: (skip)
 * @data: as it was given
 *
 * Says whether a computation is to end early.
 *
 * Returns: TRUE if nobody wants its map any more
 */
typedef gboolean (*GbpStopFunction) (gpointer data);

/**
 * gbp_explanation_set_stop_function: (skip)
 * @explanation: an explanation
 * @is_stopped: (nullable): asked by each computation of many images, which SmoothGrad and integrated gradients are,
 *     before each of them, in the thread that computes it: in several at once. Where it says TRUE the computation ends
 *     when the images that have begun do, and its map and result are good for nothing. NULL: nothing stops it
 * @data: what it is called with
 *
 * For who may lose interest: as many images as a target may have take hours.
 */
GBP_AVAILABLE_IN_0_1 void gbp_explanation_set_stop_function (
    GbpExplanation *explanation, GbpStopFunction is_stopped, gpointer data);

/**
 * gbp_explanation_get_cam: (skip)
 * @explanation: an explanation
 * @height: (out) (optional): of the target's layer; 0 where there is no map
 * @width: (out) (optional): of the target's layer; 0 where there is no map
 *
 * The map of Grad-CAM, or that of guided Grad-CAM before it meets the gradient, at its own resolution, not normalised.
 *
 * Returns: (nullable): float32 [height][width], none below zero: owned by the explanation, and good until the next call
 *     for it that computes or sets a target. NULL before the first computation for a target, and of other methods
 */
GBP_AVAILABLE_IN_0_1 const float *gbp_explanation_get_cam (
    const GbpExplanation *explanation, guint *height, guint *width);

/**
 * gbp_explanation_get_scores:
 * @explanation: an explanation
 * @n_classes: (out) (optional): 0 where there are none
 *
 * What the network says that the last image shows: its output behind the class layer, see gbp_network_get_scoring().
 * All come from the one forward pass, in double precision from the float32 logits.
 *
 * Returns: (array length=n_classes) (transfer none) (nullable): [n_classes]: owned by the explanation, and good until
 *     the next call for it that computes or sets a target. Where a logit is not finite, since the weights overflow, the
 *     score, and behind a softmax every score, is NaN. NULL before the first computation for a target, and where the
 *     target is a layer that does not want scores
 */
GBP_AVAILABLE_IN_0_1 const double *gbp_explanation_get_scores (
    const GbpExplanation *explanation, guint *n_classes);

/**
 * gbp_explanation_get_logits:
 * @explanation: an explanation
 * @n_classes: (out) (optional): 0 where there are none
 *
 * What the scores are made of.
 *
 * Returns: (array length=n_classes) (transfer none) (nullable): as gbp_explanation_get_scores() has them
 */
GBP_AVAILABLE_IN_0_1 const double *gbp_explanation_get_logits (
    const GbpExplanation *explanation, guint *n_classes);

/**
 * gbp_explanation_find_top: (skip)
 * @explanation: an explanation
 * @classes: (out caller-allocates): [n]: the strongest classes of the last image, by falling logit; of equals the first
 *     comes first, and what is not a number comes before all, so that it shows
 * @n: at most; the time grows with n · classes
 *
 * The classes that the network is surest of.
 *
 * Returns: how many are there: min (n, classes); 0 where there are no scores
 */
GBP_AVAILABLE_IN_0_1 guint gbp_explanation_find_top (
    const GbpExplanation *explanation, guint *classes, guint n);

G_END_DECLS

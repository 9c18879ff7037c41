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
 *
 * The rule at each ReLU on the way back, for its input x and the incoming gradient dy; gbp_list_methods() lists them.
 */
typedef enum {
  GBP_METHOD_GUIDED,
  GBP_METHOD_GRADIENT,
  GBP_METHOD_DECONVNET,
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
 * GbpTarget:
 * @layer: where the network is cut, such as "block5_conv4"
 * @method: the rule at each ReLU
 * @channel: 0 … channels − 1 (the class, at the class layer), GBP_CHANNEL_ALL or GBP_CHANNEL_STRONGEST
 * @unit_x: column of the layer's map, 0 … width − 1, or GBP_UNIT_ALL
 * @unit_y: row of the layer's map, 0 … height − 1, or GBP_UNIT_ALL
 *
 * What is explained: the sum of the selected outputs of one layer. A convolution's output
 * is after its ReLU; at the class layer it is the logit, before the softmax.
 */
typedef struct {
  const char *layer;
  GbpMethod method;
  int channel;
  int unit_x;
  int unit_y;
} GbpTarget;

/**
 * GBP_TARGET_INIT: (skip)
 *
 * The article's target: the guided gradient of all of block5_conv4.
 */
#define GBP_TARGET_INIT                                                                            \
  {                                                                                                \
    "block5_conv4", GBP_METHOD_GUIDED, GBP_CHANNEL_ALL, GBP_UNIT_ALL, GBP_UNIT_ALL                 \
  }

/**
 * gbp_target_check:
 * @target: a target
 * @network: the network that it is meant for
 * @error: GBP_ERROR_LAYER, GBP_ERROR_CHANNEL or GBP_ERROR_UNIT
 *
 * What gbp_explanation_set_target() would say, without planning anything; from any thread.
 *
 * Returns: FALSE with @error set if the network does not have the target
 */
GBP_API gboolean gbp_target_check (
    const GbpTarget *target, const GbpNetwork *network, GError **error);

/**
 * GbpResult:
 * @value: the target: the sum of the selected outputs. One that is not finite says that the network's weights
 *     overflow: the gradient may then hold values that are not finite either
 * @channel: the channel that was explained: the target's own, or the one that
 *     GBP_CHANNEL_STRONGEST chose
 *
 * What a computation found beside the gradient.
 */
typedef struct {
  double value;
  int channel;
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
GBP_API GbpExplanation *gbp_explanation_new (GbpNetwork *network, guint threads);

/**
 * gbp_explanation_free: (skip)
 * @explanation: (transfer full) (nullable): an explanation
 *
 * Frees it, with the helper threads if it is the process' last one.
 */
GBP_API void gbp_explanation_free (GbpExplanation *explanation);

/**
 * gbp_explanation_get_threads:
 * @explanation: an explanation
 *
 * The most threads that it computes with, the caller's included.
 *
 * Returns: what was asked for, or the CPUs that were usable when it was made
 */
GBP_API guint gbp_explanation_get_threads (const GbpExplanation *explanation);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GbpExplanation, gbp_explanation_free)

/**
 * gbp_explanation_set_target:
 * @explanation: an explanation
 * @target: (transfer none): copied
 * @error: GBP_ERROR_LAYER, GBP_ERROR_CHANNEL, GBP_ERROR_UNIT or GBP_ERROR_MEMORY
 *
 * Checks the target and plans the computation: all memory is allocated here, none per frame.
 *
 * Returns: FALSE with @error set (GBP_ERROR_LAYER, GBP_ERROR_CHANNEL, GBP_ERROR_UNIT) if the network
 *     does not have the target, or if there is not enough memory for it (GBP_ERROR_MEMORY); the previous target then
 *     stays in force
 */
GBP_API gboolean gbp_explanation_set_target (
    GbpExplanation *explanation, const GbpTarget *target, GError **error);

/**
 * gbp_explanation_compute: (skip)
 * @explanation: an explanation with a target
 * @rgb: the image, 8-bit RGB, [height][width][3] as gbp_network_get_input_size() has them, rows @stride bytes apart
 * @stride: at least 3 · width
 * @gradient: (out caller-allocates): float32 [height][width][3] in RGB order: the derivative of the target
 *     with respect to each component of @rgb, per unit of 0 … 255
 * @result: (out caller-allocates) (optional): what was found beside the gradient
 *
 * Cannot fail once a target is set; calling it before is a programming error.
 */
GBP_API void gbp_explanation_compute (GbpExplanation *explanation, const guint8 *rgb, gsize stride,
    float *gradient, GbpResult *result);

G_END_DECLS

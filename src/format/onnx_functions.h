/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Functions of one number that ONNX files are made of, and those of the graph that a chain of them comes to. Exporters
 * write SiLU, hard-swish, GELU and Mish as chains in many forms. What a chain does is found not by its form but by its
 * values: it is computed at some points, and compared there with each function that the graph has. */
#pragma once

#include "format/builder.h"

/* The points: 0, small ones on both sides, where functions have corners and bend, and some far out. */
#define GBP_ONNX_N_SAMPLES 51

/* What a function makes of each point.
 * @is_ambiguous: it may be another one between two points, where something is compared that is equal there */
typedef struct {
  double values[GBP_ONNX_N_SAMPLES];
  gboolean is_ambiguous;
} GbpOnnxSamples;

/* The points themselves: the function that does nothing. */
void gbp_onnx_samples_begin (GbpOnnxSamples *samples);

/* Functions of one number, with up to two parameters, that operators are.
 * @CLIP: between a and b; @LEAKY: slope a; @ELU: a; @SELU: a, b: alpha, gamma; @HARD_SIGMOID: a · x + b, clipped;
 *     @THRESHOLD: x above a, else 0;
 * @NOT: 1 where x is 0, else 0 */
typedef enum {
  GBP_ONNX_RELU,
  GBP_ONNX_LEAKY,
  GBP_ONNX_ELU,
  GBP_ONNX_SELU,
  GBP_ONNX_SIGMOID,
  GBP_ONNX_HARD_SIGMOID,
  GBP_ONNX_HARD_SWISH,
  GBP_ONNX_TANH,
  GBP_ONNX_SOFTPLUS,
  GBP_ONNX_ERF,
  GBP_ONNX_EXP,
  GBP_ONNX_LOG,
  GBP_ONNX_SQRT,
  GBP_ONNX_NEGATIVE,
  GBP_ONNX_RECIPROCAL,
  GBP_ONNX_ABS,
  GBP_ONNX_SOFTSIGN,
  GBP_ONNX_CLIP,
  GBP_ONNX_GELU,
  GBP_ONNX_GELU_TANH,
  GBP_ONNX_MISH,
  GBP_ONNX_SWISH,
  GBP_ONNX_THRESHOLD,
  GBP_ONNX_LOG_SIGMOID,
  GBP_ONNX_SIGN,
  GBP_ONNX_NOT,
} GbpOnnxFunction;

double gbp_onnx_apply (GbpOnnxFunction function, double a, double b, double x);

/* Functions of two numbers. What compares is 1 where it is true, and 0 where not; others take what is not 0 for
 * true. */
typedef enum {
  GBP_ONNX_ADD,
  GBP_ONNX_SUBTRACT,
  GBP_ONNX_MULTIPLY,
  GBP_ONNX_DIVIDE,
  GBP_ONNX_POWER,
  GBP_ONNX_MINIMUM,
  GBP_ONNX_MAXIMUM,
  GBP_ONNX_GREATER,
  GBP_ONNX_GREATER_OR_EQUAL,
  GBP_ONNX_LESS,
  GBP_ONNX_LESS_OR_EQUAL,
  GBP_ONNX_EQUAL,
  GBP_ONNX_AND,
  GBP_ONNX_OR,
} GbpOnnxBinary;

double gbp_onnx_combine (GbpOnnxBinary function, double x, double y);

/* Whether two functions are equal at no other place than at a point, or everywhere, as far as can be seen. */
gboolean gbp_onnx_samples_meet_at_points (const GbpOnnxSamples *x, const GbpOnnxSamples *y);

/* Whether they are 0 and 1. */
gboolean gbp_onnx_samples_are_truths (const GbpOnnxSamples *samples);

/* gbp_onnx_samples_are_affine:
 *
 * Whether they are @factor (out) times the point, plus @shift (out). */
gboolean gbp_onnx_samples_are_affine (const GbpOnnxSamples *samples, double *factor, double *shift);

/* Whether they are those of an activation that the graph has. @activation: (out) */
gboolean gbp_onnx_samples_identify (const GbpOnnxSamples *samples, GbpActivation *activation);

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/convolution.h"

#include "kernel/blas.h"
#include "kernel/memory.h"

struct _GbpConvolution {
  GbpConvolutionShape shape;
  const GbpConvolutionAlgorithm *algorithm;
  gpointer prepared;
};

const GbpConvolutionAlgorithm *
gbp_convolution_choose (const GbpConvolutionShape *shape)
{
  const GbpConvolutionAlgorithm *const all[] = {
      &gbp_convolution_direct, &gbp_convolution_blas, &gbp_convolution_winograd};
  const char *wanted = g_getenv ("GBP_CONVOLUTION");

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    if (g_strcmp0 (wanted, all[i]->name) == 0
        && (all[i] != &gbp_convolution_blas || gbp_blas_is_available ()))
      return all[i];
  return shape->n_inputs <= 3 ? &gbp_convolution_first : &gbp_convolution_winograd;
}

GbpConvolution *
gbp_convolution_new (const GbpConvolutionShape *shape, const float *kernel, const float *bias,
    const GbpConvolutionAlgorithm *algorithm, const GbpKernels *kernels)
{
  GbpConvolution *convolution = gbp_memory_new (1, sizeof *convolution);

  if (convolution == NULL)
    return NULL;
  convolution->shape = *shape;
  convolution->algorithm = algorithm != NULL ? algorithm : gbp_convolution_choose (shape);
  convolution->prepared = convolution->algorithm->prepare (shape, kernel, bias, kernels);
  if (convolution->prepared == NULL)
    g_clear_pointer (&convolution, gbp_memory_free);
  return convolution;
}

void
gbp_convolution_free (GbpConvolution *convolution)
{
  convolution->algorithm->free (convolution->prepared);
  gbp_memory_free (convolution);
}

const char *
gbp_convolution_get_algorithm (const GbpConvolution *convolution)
{
  return convolution->algorithm->name;
}

gboolean
gbp_convolution_takes_pool (const GbpConvolution *convolution)
{
  return convolution->algorithm->takes_pool;
}

gsize
gbp_convolution_get_workspace (const GbpConvolution *convolution, guint n_workers)
{
  return convolution->algorithm->get_workspace (&convolution->shape, n_workers);
}

void
gbp_convolution_forward (const GbpConvolution *convolution, const GbpConvolutionPass *pass)
{
  convolution->algorithm->forward (&convolution->shape, convolution->prepared, pass);
}

void
gbp_convolution_backward (const GbpConvolution *convolution, const GbpConvolutionPass *pass)
{
  convolution->algorithm->backward (&convolution->shape, convolution->prepared, pass);
}

void
gbp_convolution_finish (
    const GbpConvolutionPass *pass, const float *bias, gsize first, gsize n_pixels, gsize stride)
{
  float *output = pass->output + first * stride;

  if (!pass->is_linear)
    pass->kernels->bias_relu (output, bias, pass->active + first * stride / 8, n_pixels, stride);
  else
    for (gsize i = 0; i < n_pixels; i++)
      pass->kernels->add (output + i * stride, bias, output + i * stride, stride);
}

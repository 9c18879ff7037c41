/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The C library under the GStreamer element: load a network, set a target, compute the gradient of
 * every frame, render it as a picture.
 *
 *     g_autoptr (GbpNetwork) network = gbp_network_load (NULL, GBP_PREPROCESS_AUTO, &error);
 *     g_autoptr (GbpExplanation) explanation = gbp_explanation_new (network, 0);
 *     GbpTarget target = GBP_TARGET_INIT;
 *     gbp_explanation_set_target (explanation, &target, &error);
 *     gbp_explanation_compute (explanation, rgb, stride, gradient, NULL);
 *     gbp_picture_render (GBP_COLORMAP_INFERNO, gradient, height, width, picture, picture_stride); */
#pragma once

#include <gbp/error.h>
#include <gbp/explanation.h>
#include <gbp/macros.h>
#include <gbp/network.h>
#include <gbp/picture.h>
#include <gbp/registry.h>
#include <gbp/renderer.h>
#include <gbp/version.h>

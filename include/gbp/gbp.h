/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The C library under the GStreamer element: load a network, set a target, compute the gradient of
 * every frame, render it as a picture.
 *
 *     #include <gbp/gbp.h>
 *     #include <stdio.h>
 *     #include <string.h>
 *
 *     int
 *     main (void)
 *     {
 *       g_autoptr (GError) error = NULL;
 *       g_autoptr (GbpNetwork) network = gbp_network_load (NULL, GBP_PREPROCESS_AUTO, &error);
 *       g_autoptr (GbpExplanation) explanation = NULL;
 *       GbpTarget target = GBP_TARGET_INIT;
 *       guint height, width;
 *
 *       if (network != NULL)
 *         explanation = gbp_explanation_new (network, 0);
 *       if (explanation == NULL || !gbp_explanation_set_target (explanation, &target, &error))
 *         g_error ("%s", error != NULL ? error->message : "not enough memory");
 *       gbp_network_get_input_size (network, &height, &width);
 *
 *       g_autofree guint8 *rgb = g_new0 (guint8, 3 * height * width); // a frame: the upper half white
 *       g_autofree float *gradient = g_new (float, 3 * height * width);
 *       g_autofree guint8 *picture = g_new (guint8, 3 * height * width);
 *
 *       memset (rgb, 255, 3 * width * (height / 2));
 *       gbp_explanation_compute (explanation, rgb, 3 * width, gradient, NULL);
 *       gbp_picture_render (GBP_COLORMAP_INFERNO, gradient, height, width, picture, 3 * width);
 *       return fwrite (picture, 3 * width, height, stdout) == height ? 0 : 1;
 *     }
 *
 * Pointers. What frees or releases takes NULL, and does nothing. Elsewhere NULL is good only where the documentation
 * of a parameter says (nullable) or (optional); where it does not, NULL is a mistake of the program: the function logs
 * a critical message, as g_return_if_fail() does, writes nothing, and returns FALSE, NULL or 0. Where to put a GError
 * may always be NULL.
 *
 * Threads. What is immutable may be used by any number of threads at once: networks and lists. Explanations and
 * renderers are of one thread at a time, two of them of two. Functions that have neither may run anywhere. */
#pragma once

#include <gbp/error.h>
#include <gbp/explanation.h>
#include <gbp/macros.h>
#include <gbp/network.h>
#include <gbp/picture.h>
#include <gbp/registry.h>
#include <gbp/renderer.h>
#include <gbp/version.h>

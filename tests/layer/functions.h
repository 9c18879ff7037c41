/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Activations by their definitions, and the methods' rules at them. */
#pragma once

#include "nodes.h"

/* Each function, with parameters of every kind. */
extern const GbpOperation test_functions[];
extern const guint n_test_functions;

/* The definition; @slope: of the leaky. */
double test_function_evaluate (const GbpOperation *operation, double slope, double x);

/* What a rule makes of the gradient @dy of f (@x). */
double test_function_apply_rule (
    const GbpOperation *operation, GbpRule rule, double slope, double x, double dy);

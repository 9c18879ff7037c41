/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A file's arrays by the modules that they are the weights of, each with what its name says of its place in VGG. */
#pragma once

#include "format/arrays.h"

/* What an array is to its module. */
typedef enum {
  GBP_PART_KERNEL,
  GBP_PART_BIAS,
  GBP_PART_GAMMA,
  GBP_PART_BETA,
  GBP_PART_MEAN,
  GBP_PART_VARIANCE,
  GBP_N_PARTS,
} GbpPart;

/* What a module does, as its arrays and their shapes show. */
typedef enum {
  GBP_MODULE_OTHER,
  GBP_MODULE_CONVOLUTION,
  GBP_MODULE_DENSE,
  GBP_MODULE_NORM,
} GbpModuleKind;

/* @path: (owned): as the file has it
 * @group: (owned): the path but for the module's own number and what wrappers add; modules of one group are counted
 *     together
 * @has_number: @number is the module's in its group
 * @convolution: (owned) (nullable): VGG's name of the convolution that it is, or that it normalizes, by its own name
 * @place: by its name, 1: the first dense layer, 2: the second, 3: the classes; 0: the name does not tell
 * @is_claimed: it is a part of VGG
 * @parts: (nullable): the arrays, which the file's list owns */
typedef struct {
  char *path;
  char *group;
  gboolean has_number;
  guint64 number;
  char *convolution;
  guint place;
  GbpModuleKind kind;
  gboolean is_claimed;
  GbpArray *parts[GBP_N_PARTS];
} GbpModule;

void gbp_module_free (GbpModule *module);

/* gbp_modules_list:
 * @add: puts one array where it belongs, by gbp_modules_add(), or leaves it out
 * @settle: says what a module is that has all its arrays
 *
 * Returns: (transfer full) (element-type GbpModule): the modules of @arrays */
GPtrArray *gbp_modules_list (GPtrArray *arrays,
    void (*add) (GPtrArray *modules, GHashTable *by_path, GbpArray *array),
    void (*settle) (GbpModule *module));

/* gbp_modules_add:
 * @by_path: (element-type utf8 GbpModule): a table of the caller's, empty at first
 *
 * Puts @array into the module at @path, or into a new one where there is none, or where it has such a part already.
 *
 * Returns: (transfer none): the module; only its path and parts are set if it is new */
GbpModule *gbp_modules_add (
    GPtrArray *modules, GHashTable *by_path, const char *path, GbpPart part, GbpArray *array);

/* Makes its arrays those of the layer in the architecture's table; the layer may be one of GbpArray's two that are
 * none. */
void gbp_module_assign (GbpModule *module, GbpArchitecture architecture, int layer);

/* Claims those that are convolutions, or normalize one, by name: FALSE if there is none. */
gboolean gbp_modules_claim_named (GPtrArray *modules);

/* The array that messages name: the kernel, or what there is. */
const GbpArray *gbp_module_get_main (const GbpModule *module);

/* The channels that come out of it; 0 where it has no array that tells. */
guint64 gbp_module_count_outputs (const GbpModule *module, GbpArrayLayout layout);

/* gbp_name_find_convolution:
 * @part: of a name: "block3_conv2", "conv3_2", or of what normalizes it: "block3_conv2_bn", "block3_bn2", "bn3_2",
 *     "bn_conv3_2"
 *
 * Returns: (transfer full) (nullable): "block3_conv2"; NULL: it is no such name */
char *gbp_name_find_convolution (const char *part);

/* The place of a dense layer by a name that VGG's have: fc1 or fc6, fc2 or fc7, predictions or fc8; 0: no such name. */
guint gbp_name_find_place (const char *part);

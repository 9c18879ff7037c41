/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What there is to choose from, as lists: an application's menus, options and help are made from them, and have what a
 * later version of the library adds. */
#pragma once

#include <gbp/macros.h>

G_BEGIN_DECLS

/**
 * GbpEntry:
 * @value: its number, of the enumeration that the list is of
 * @nick: what a property, an option or a file calls it: lower-case, with hyphens
 * @name: for a menu or a label, in English
 * @description: what it does, in one line of English without a full stop
 *
 * One of several to choose from. Static: nobody frees it, and it never changes. A later version may have more
 * members, so lists are of pointers.
 */
typedef struct {
  int value;
  const char *nick;
  const char *name;
  const char *description;
} GbpEntry;

/**
 * gbp_list_methods:
 *
 * The rules by which a gradient passes rectifiers on its way back, the default first. From any thread.
 *
 * Returns: (transfer none) (array zero-terminated=1): NULL-terminated; values are of GbpMethod
 */
GBP_AVAILABLE_IN_0_1 const GbpEntry *const *gbp_list_methods (void);

/**
 * gbp_list_colormaps:
 *
 * How a gradient becomes colour, the default first. From any thread.
 *
 * Returns: (transfer none) (array zero-terminated=1): NULL-terminated; values are of GbpColormap
 */
GBP_AVAILABLE_IN_0_1 const GbpEntry *const *gbp_list_colormaps (void);

/**
 * gbp_list_looks:
 *
 * How picture and video meet, the default first. From any thread.
 *
 * Returns: (transfer none) (array zero-terminated=1): NULL-terminated; values are of GbpLook
 */
GBP_AVAILABLE_IN_0_1 const GbpEntry *const *gbp_list_looks (void);

/**
 * gbp_list_reductions:
 *
 * How the three channels of a gradient become one strength, the default first. From any thread.
 *
 * Returns: (transfer none) (array zero-terminated=1): NULL-terminated; values are of GbpReduce
 */
GBP_AVAILABLE_IN_0_1 const GbpEntry *const *gbp_list_reductions (void);

/**
 * gbp_list_normalizations:
 *
 * Which values get the colours at the ends of a colour map, the default first. From any thread.
 *
 * Returns: (transfer none) (array zero-terminated=1): NULL-terminated; values are of GbpNormalize
 */
GBP_AVAILABLE_IN_0_1 const GbpEntry *const *gbp_list_normalizations (void);

/**
 * gbp_list_preprocessings:
 *
 * How pixels become a network's input, the default first. From any thread.
 *
 * Returns: (transfer none) (array zero-terminated=1): NULL-terminated; values are of GbpPreprocess
 */
GBP_AVAILABLE_IN_0_1 const GbpEntry *const *gbp_list_preprocessings (void);

/**
 * gbp_list_scorings:
 *
 * What makes scores of the classes' logits, the default first. From any thread.
 *
 * Returns: (transfer none) (array zero-terminated=1): NULL-terminated; values are of GbpScoring
 */
GBP_AVAILABLE_IN_0_1 const GbpEntry *const *gbp_list_scorings (void);

/**
 * gbp_entry_find:
 * @entries: (array zero-terminated=1): one of the lists above
 * @nick: a nick, whose letters must be of the same case
 *
 * From any thread; takes a comparison for each entry.
 *
 * Returns: (transfer none) (nullable): the entry with this nick; NULL if there is none
 */
GBP_AVAILABLE_IN_0_1 const GbpEntry *gbp_entry_find (
    const GbpEntry *const *entries, const char *nick);

/**
 * gbp_entry_get:
 * @entries: (array zero-terminated=1): one of the lists above
 * @value: a number of its enumeration
 *
 * From any thread; takes a comparison for each entry.
 *
 * Returns: (transfer none) (nullable): the entry with this number; NULL if there is none
 */
GBP_AVAILABLE_IN_0_1 const GbpEntry *gbp_entry_get (const GbpEntry *const *entries, int value);

G_END_DECLS

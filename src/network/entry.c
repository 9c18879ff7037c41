/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gbp/registry.h>
#include <string.h>

const GbpEntry *
gbp_entry_find (const GbpEntry *const *entries, const char *nick)
{
  g_return_val_if_fail (entries != NULL && nick != NULL, NULL);
  while (*entries != NULL && strcmp ((*entries)->nick, nick) != 0)
    entries++;
  return *entries;
}

const GbpEntry *
gbp_entry_get (const GbpEntry *const *entries, int value)
{
  g_return_val_if_fail (entries != NULL, NULL);
  while (*entries != NULL && (*entries)->value != value)
    entries++;
  return *entries;
}

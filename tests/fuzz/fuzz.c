/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"

void
gbp_fuzz_read (const GbpSource *source,
    gboolean (*read) (const GbpSource *source, GbpWeights *weights, GError **error))
{
  g_auto (GbpWeights) weights = {.origin = g_strdup ("a fuzzer")};
  g_autoptr (GbpNetwork) network = NULL;
  g_autoptr (GError) error = NULL;

  if (read (source, &weights, &error))
    network = gbp_network_new_take (&weights, &error);
  g_assert ((network == NULL) == (error != NULL));
  g_assert (error == NULL || g_utf8_validate (error->message, -1, NULL));
}

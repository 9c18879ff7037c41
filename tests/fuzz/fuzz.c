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

void
gbp_fuzz_describe (const GbpSource *source,
    gboolean (*describe) (const GbpDescribed *file, GbpDescription *description, GError **error))
{
  g_auto (GbpDescription) description = {0};
  g_autoptr (GError) error = NULL;
  GbpDescribed file = {.source = source};
  gboolean is_described = describe (&file, &description, &error);
  guint n_operations = 1;

  g_assert (is_described == (error == NULL));
  g_assert (error == NULL || g_utf8_validate (error->message, -1, NULL));
  g_assert (description.refusal == NULL || g_utf8_validate (description.refusal, -1, NULL));
  if (description.graph != NULL)
    gbp_graph_get_operations (description.graph, &n_operations);
  g_assert (n_operations > 0);
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network/network.h"

#include <gbp/registry.h>
#include <string.h>

#include "network/words.h"

void
gbp_network_parts_clear (GbpNetworkParts *parts)
{
  g_clear_pointer (&parts->graph, gbp_graph_free);
  g_free (parts->title);
  g_free (parts->trained_on);
  g_free (parts->origin);
  g_strfreev (parts->class_names);
  g_free (parts->class_origin);
  g_free (parts->refusal);
  g_free (parts->notice);
  g_clear_pointer (&parts->original, gbp_network_unref);
  g_free (parts->is_fresh);
  memset (parts, 0, sizeof *parts);
}

/* What nobody has said, in the words by which one can. */
static char *
describe_assumptions (const GbpNetworkParts *parts)
{
  const GbpEntry *preprocess = gbp_entry_get (gbp_list_preprocessings (), parts->preprocess);
  const GbpEntry *scoring = gbp_entry_get (gbp_list_scorings (), parts->scoring);
  GString *text = g_string_new (NULL);

  if (parts->is_assumed || parts->says_scoring)
    g_string_append (text, ", assuming");
  if (parts->is_assumed)
    g_string_append_printf (text, " preprocess=%s", preprocess->nick);
  if (parts->says_scoring)
    g_string_append_printf (text, " scoring=%s", scoring->nick);
  return g_string_free (text, FALSE);
}

char *
gbp_network_parts_describe (const GbpNetworkParts *parts)
{
  static const char *const training[] = {[GBP_TRAINING_UNKNOWN] = "",
      [GBP_TRAINING_TRAINED] = ", trained",
      [GBP_TRAINING_UNTRAINED] = ", untrained",
      [GBP_TRAINING_RANDOMIZED] = ""};
  g_autofree char *assumed = NULL;
  g_autofree char *title =
      gbp_words_clean (parts->title != NULL ? parts->title : "network", GBP_WORDS_MAX_NAME);
  g_autofree char *origin = gbp_words_clean (parts->origin, GBP_WORDS_MAX_NAME);
  g_autofree char *data =
      gbp_words_clean (parts->trained_on != NULL ? parts->trained_on : "", GBP_WORDS_MAX_NAME);

  if (parts->training != GBP_TRAINING_TRAINED)
    data[0] = '\0';
  assumed = describe_assumptions (parts);
  return g_strdup_printf ("%s, %s%s%s%s%s", title, origin, training[parts->training],
      *data != '\0' ? " on " : "", data, assumed);
}

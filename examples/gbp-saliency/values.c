/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "values.h"

#include <gbp/gbp.h>
#include <string.h>

#define COLUMNS 80
#define INDENT  16

/* @list: what the library has; NULL where the values are the element's
 * @values: those
 * @meaning: (nullable) */
typedef struct {
  const char *option;
  const GbpEntry *const *(*list) (void);
  const char *values;
  const char *meaning;
} Choice;

static const Choice choices[] = {
    {"method", gbp_list_methods, NULL, NULL},
    {"preprocess", gbp_list_preprocessings, NULL, "how pixels become the network's input"},
    {"scoring", gbp_list_scorings, NULL,
        "what makes scores of the logits of the classes; auto: as the file says, or of ONNX that "
        "ends with them a softmax"},
    {"fit", NULL, "stretch, letterbox, crop", "how a frame gets the input's shape"},
    {"resample", NULL, "antialias, nearest", "how it is scaled"},
    {"look", gbp_list_looks, NULL, "how picture and video meet"},
    {"colormap", gbp_list_colormaps, NULL, NULL},
    {"reduce", gbp_list_reductions, NULL,
        "from the gradient's three channels to one strength, for all colour maps but rgb"},
    {"normalize", gbp_list_normalizations, NULL,
        "which values get the colours at the ends; percentile goes with --clip, fixed with "
        "--range"},
};

static void
append_nicks (GString *text, const GbpEntry *const *entries)
{
  for (guint i = 0; entries[i] != NULL; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", entries[i]->nick);
}

/* Returns: (transfer full): such as "one, two: what for" */
static char *
describe_choice (const Choice *choice)
{
  GString *text = g_string_new (choice->values);

  if (choice->list != NULL)
    append_nicks (text, choice->list ());
  if (choice->meaning != NULL)
    g_string_append_printf (text, ": %s", choice->meaning);
  return g_string_free (text, FALSE);
}

/* Appends words from the column INDENT on, where the line ends already. */
static void
append_wrapped (GString *lines, const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  gsize column = INDENT;

  for (guint i = 0; words[i] != NULL; i++) {
    if (i > 0 && column + 1 + strlen (words[i]) > COLUMNS) {
      g_string_append_printf (lines, "\n%*s", INDENT, "");
      column = INDENT;
    } else if (i > 0) {
      g_string_append_c (lines, ' ');
      column++;
    }
    g_string_append (lines, words[i]);
    column += strlen (words[i]);
  }
  g_string_append_c (lines, '\n');
}

char *
values_describe (void)
{
  GString *lines = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (choices); i++) {
    g_autofree char *text = describe_choice (&choices[i]);

    g_string_append_printf (lines, "  --%-*s", INDENT - 4, choices[i].option);
    append_wrapped (lines, text);
  }
  return g_string_free (lines, FALSE);
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Classes by number and name. */
#include <string.h>

#include "harness.h"
#include "network/network.h"
#include "network/random_weights.h"

static const char *const names[] = {
    "tabby cat", "Crane", "crane", "maillot", "maillot", "Größe", "top", "3", NULL};

/* @names: (nullable) */
static GbpNetwork *
new_network (const char *const *class_names, guint n_classes)
{
  const guint widths[GBP_N_BLOCKS] = {1, 1, 1, 1, 1};
  GbpWeights weights = {0};

  gbp_weights_init_random (
      &weights, GBP_ARCHITECTURE_VGG16, widths, n_classes > 0 ? 2 : 0, n_classes, 1);
  weights.class_names = g_strdupv ((char **) class_names);
  return gbp_network_new_take (&weights, NULL);
}

static const struct {
  const char *text;
  int expected;
} found[] = {
    {"0", 0},
    {"7", 7},
    {"3", 3}, /* what can be read as a number is one */
    {"top", GBP_CLASS_TOP},
    {"TOP", 6},
    {"6", 6},
    {"tabby cat", 0},
    {"Tabby CAT", 0},
    {"crane", 2}, /* exactly, where another is the same but for case */
    {"Crane", 1},
    {"GRÖSSE", 5},
};

START_TEST (finds)
{
  g_autoptr (GbpNetwork) network = new_network (names, 8);
  g_autoptr (GError) error = NULL;
  int class_index = gbp_network_find_class (network, found[_i].text, &error);

  ck_assert_msg (error == NULL, "%s: %s", found[_i].text, error != NULL ? error->message : "");
  ck_assert_int_eq (class_index, found[_i].expected);
}
END_TEST

static const struct {
  const char *text;
  const char *says;
} refused[] = {
    {"8", "no class \"8\"; valid are 0 to 7*"},
    {"-1", "no class \"-1\"*0 to 7*"},
    {"-2", "no class \"-2\"*0 to 7*"},
    {"99999999999999999999", "no class \"99999999999999999999\"*0 to 7*"},
    {"CRANE", "2 classes are called \"CRANE\": 1 (Crane), 2 (crane)*number"},
    {"maillot", "2 classes are called \"maillot\": 3 (maillot), 4 (maillot)*number"},
    {"cat", "no class \"cat\"*near it is 0 (tabby cat)"},
    {"tabbi cat", "no class \"tabbi cat\"*near it is 0 (tabby cat)"},
    {"ran", "*near it is 1 (Crane), 2 (crane)"},
    {"", "no class \"\"*0 to 7*"},
    {"Gr\xf6\xdf\x65", "no class \"Gr*near it is 5 (Größe)"},
    {"\x1b[31m", "no class \"\xef\xbf\xbd[31m\"*"},
};

START_TEST (refuses)
{
  g_autoptr (GbpNetwork) network = new_network (names, 8);
  g_autoptr (GError) error = NULL;

  ck_assert_int_eq (gbp_network_find_class (network, refused[_i].text, &error), GBP_CLASS_NONE);
  ck_assert (g_error_matches (error, GBP_ERROR, GBP_ERROR_CLASS));
  ck_assert_msg (g_pattern_match_simple (refused[_i].says, error->message), "%s", error->message);
  ck_assert (g_utf8_validate (error->message, -1, NULL));
}
END_TEST

START_TEST (without_names)
{
  g_autoptr (GbpNetwork) network = new_network (NULL, 4);
  g_autoptr (GError) error = NULL;

  ck_assert_int_eq (gbp_network_find_class (network, "3", NULL), 3);
  ck_assert_int_eq (gbp_network_find_class (network, "cat", &error), GBP_CLASS_NONE);
  ck_assert_msg (
      g_pattern_match_simple ("no class \"cat\"; valid are 0 to 3*no names*", error->message), "%s",
      error->message);
}
END_TEST

/* Whatever is asked of a network that has none, the answer is one. */
START_TEST (without_classes)
{
  static const char *const texts[] = {"0", "top", "cat"};
  g_autoptr (GbpNetwork) network = new_network (NULL, 0);

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GError) error = NULL;

    ck_assert_int_eq (gbp_network_find_class (network, texts[i], &error), GBP_CLASS_NONE);
    ck_assert (g_error_matches (error, GBP_ERROR, GBP_ERROR_CLASS));
    ck_assert_msg (g_pattern_match_simple ("the network has no classes*flatten*", error->message),
        "%s", error->message);
  }
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"finds", finds, G_N_ELEMENTS (found)},
      {"refuses", refuses, G_N_ELEMENTS (refused)},
      {"without names", without_names, 0},
      {"without classes", without_classes, 0},
  };

  return GBP_TEST_RUN ("classes", tests);
}

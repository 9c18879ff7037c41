/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A file's own words come out as one short line that can only be read. */
#include "network/words.h"

#include <string.h>

#include "harness.h"
#include "network/network.h"
#include "network/random_weights.h"

#define LOST "\xef\xbf\xbd" /* U+FFFD */

static const struct {
  const char *text;
  const char *expected;
} cases[] = {
    {"", ""}, {"features.0.weight", "features.0.weight"}, {"Größe 猫 🐈", "Größe 猫 🐈"},
    {"two\nlines\r\n", "two" LOST "lines" LOST LOST},
    {"\x1b[31mred\x1b]0;title\x07", LOST "[31mred" LOST "]0;title" LOST},
    {"\x7f\xc2\x9b"
     "31m", /* delete, and C1's CSI */
        LOST LOST "31m"},
    {"a\xe2\x80\xae"
     "b\xe2\x81\xa6"
     "c", /* right-to-left override, isolate */
        "a" LOST "b" LOST "c"},
    {"\xef\xbb\xbf\xe2\x80\x8b\xc2\xad",
        LOST LOST LOST},                       /* byte order mark, no width, soft hyphen */
    {"\xe2\x80\xa8\xe2\x80\xa9", LOST LOST},   /* line and paragraph separators */
    {"\xed\xa0\x80", LOST LOST LOST},          /* a surrogate */
    {"\xf3\xa0\x81\x81", LOST},                /* a tag, which nobody sees */
    {"Z\xfcrich \xc3", "Z" LOST "rich " LOST}, /* Latin-1; cut off */
    {"\xc0\xaf\xf5\x80\x80\x80", LOST LOST LOST LOST LOST LOST}, /* overlong; beyond Unicode */
};

START_TEST (clean)
{
  g_autofree char *words = gbp_words_clean (cases[_i].text, GBP_WORDS_MAX_NAME);

  ck_assert_str_eq (words, cases[_i].expected);
}
END_TEST

START_TEST (shortened)
{
  g_autofree char *whole = gbp_words_clean ("0123456789", 10);
  g_autofree char *odd = gbp_words_clean ("0123456789", 7);
  g_autofree char *even = gbp_words_clean ("ä123456789ö", 8);
  g_autofree char *shortest = gbp_words_clean ("0123456789", 3);

  ck_assert_str_eq (whole, "0123456789");
  ck_assert_str_eq (odd, "012…789");
  ck_assert_str_eq (even, "ä123…89ö");
  ck_assert_str_eq (shortest, "0…9");
}
END_TEST

/* A megabyte of any bytes is valid, short and without a control character. */
START_TEST (any_bytes)
{
  g_autofree char *bytes = g_malloc (1 << 20), *words = NULL;
  guint32 state = 1;

  for (guint i = 0; i < 1 << 20; i++)
    bytes[i] = (char) gbp_test_random (&state, 1, 255.99f);
  bytes[(1 << 20) - 1] = '\0';
  words = gbp_words_clean (bytes, GBP_WORDS_MAX_MESSAGE);
  ck_assert (g_utf8_validate (words, -1, NULL));
  ck_assert_int_eq (g_utf8_strlen (words, -1), GBP_WORDS_MAX_MESSAGE);
  for (const char *at = words; *at != '\0'; at = g_utf8_next_char (at))
    ck_assert (!g_unichar_iscntrl (g_utf8_get_char (at)));
}
END_TEST

/* What a network says of itself is as clean, whoever made it. */
START_TEST (network)
{
  const guint widths[GBP_N_BLOCKS] = {1, 1, 1, 1, 1};
  g_autofree char *long_name = g_strnfill (5000, 'x');
  const char *const names[] = {"cat\x1b[2J", long_name, NULL};
  g_auto (GbpWeights) weights = {0};
  g_autoptr (GbpNetwork) made = NULL;

  gbp_weights_init_random (&weights, GBP_ARCHITECTURE_VGG16, widths, 2, 2, 1);
  weights.training = GBP_TRAINING_TRAINED;
  g_free (weights.origin);
  weights.origin = g_strdup ("\xe2\x80\xae.h5\n");
  weights.trained_on = g_strconcat ("\x1b", long_name, NULL);
  weights.class_names = g_strdupv ((char **) names);
  made = gbp_network_new_take (&weights, NULL);
  ck_assert_ptr_nonnull (made);
  ck_assert_str_eq (gbp_network_get_class_names (made)[0], "cat" LOST "[2J");
  ck_assert_int_eq (g_utf8_strlen (gbp_network_get_class_names (made)[1], -1), GBP_WORDS_MAX_NAME);
  ck_assert (g_str_has_prefix (gbp_network_get_description (made),
      "VGG16 at 1/64 width, " LOST ".h5" LOST ", trained on " LOST "xx"));
  ck_assert_int_lt (g_utf8_strlen (gbp_network_get_description (made), -1), 300);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"clean", clean, G_N_ELEMENTS (cases)},
      {"shortened", shortened, 0},
      {"any bytes", any_bytes, 0},
      {"network", network, 0},
  };

  return GBP_TEST_RUN ("words", tests);
}

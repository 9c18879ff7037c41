/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "harness.h"

#include <stdlib.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>

/* GLib makes its first block of quarks when it is loaded, and leaves it for its readers when there are more: what
 * libraries allocate before main() is no leak of a test. */
__attribute__ ((section (".preinit_array"), used)) static void (*const before_libraries) (
    void) = __lsan_disable;

__attribute__ ((constructor)) static void
watch_leaks (void)
{
  __lsan_enable ();
}
#endif

int
gbp_test_run (const char *suite, const GbpTest *tests, guint n_tests)
{
  Suite *all = suite_create (suite);
  SRunner *runner = srunner_create (all);
  int n_failed;

  for (guint i = 0; i < n_tests; i++) {
    TCase *tcase = tcase_create (tests[i].name);

    tcase_add_loop_test (tcase, tests[i].test, 0, MAX (tests[i].n_cases, 1));
    suite_add_tcase (all, tcase);
  }
  srunner_run_all (runner, CK_ENV);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

const char *
gbp_test_golden_dir (void)
{
  const char *named = g_getenv ("GBP_GOLDEN_DIR");

  if (named != NULL && *named != '\0')
    return named;
  return g_file_test (GBP_TEST_GOLDEN_DIR, G_FILE_TEST_IS_DIR) ? GBP_TEST_GOLDEN_DIR : NULL;
}

int
gbp_test_skip (const char *why)
{
  g_print ("skipped: %s\n", why);
  return 77;
}

float
gbp_test_random (guint32 *state, float low, float high)
{
  *state = *state * 1664525u + 1013904223u; /* Numerical Recipes' generator */
  return low + (high - low) * (float) (*state >> 8) / 16777215.0f;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the tests share: a main() is one call with a table of tests. */
#pragma once

#include <check.h>
#include <glib.h>

/* Check writes down each assertion that holds, to name the last one before a crash: where all pixels are looked at,
 * that is half of the time. */
#define _mark_point(file, line) ((void) 0)

/* Whether a sanitizer makes every access to memory ten times slower or more. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define GBP_TEST_SANITIZED TRUE
#else
#define GBP_TEST_SANITIZED FALSE
#endif

/* Why children of threads that allocate are not tested under a sanitizer: a fork leaves the allocator of GCC 12's
 * address sanitizer locked for ever where a thread was in it, and the thread sanitizer ends a child that starts
 * threads. */
#define GBP_TEST_NO_FORK "a sanitizer's own locks do not outlive a fork"

/* GbpTest: one row of a table
 * @name: names it in the output
 * @test: what START_TEST (…) defined
 * @n_cases: how often it runs, with _i from 0 to @n_cases − 1; 0 is once */
typedef struct {
  const char *name;
  const TTest *test;
  int n_cases;
} GbpTest;

/* Runs @tests and prints each failure and a line of totals. Returns the exit status of main(). */
int gbp_test_run (const char *suite, const GbpTest *tests, guint n_tests);

/* Height and width of what VGG, and so the built-in network, takes. */
#define GBP_TEST_INPUT_SIZE 224

/* Height and width of what the tests' own networks of VGG's layers take, and of maps that are rendered. Under a
 * sanitizer less than VGG's, which are computed in the same ways in a fifth of the time: every pool halves them too. */
#define GBP_TEST_SIZE (GBP_TEST_SANITIZED ? 96 : 224)

#define GBP_TEST_RUN(suite, tests) gbp_test_run (suite, tests, G_N_ELEMENTS (tests))

/* The directory of the golden cases: $GBP_GOLDEN_DIR, else shared/golden beside the source tree if it is
 * there. NULL if there is none; a test that needs it then ends with gbp_test_skip(). */
const char *gbp_test_golden_dir (void);

/* Prints why and returns the exit status by which meson knows a skipped test. */
int gbp_test_skip (const char *why);

/* Pseudo-random numbers that are the same on every machine, uniform in @low … @high. */
float gbp_test_random (guint32 *state, float low, float high);

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A host that opens the library, or the plugin, while it runs, and closes it again. No thread starts, OpenBLAS does not
 * come along, and nothing that the host keeps, such as an error or a type, points to what is gone.
 *
 * usage: unload LIBGBP PLUGIN */
#include <dlfcn.h>
#include <string.h>

#include "harness.h"

#include <gbp/gbp.h>

#define ROUNDS 5

static char **files;

static guint
count_threads (void)
{
  g_autoptr (GDir) tasks = g_dir_open ("/proc/self/task", 0, NULL);
  guint n = 0;

  while (tasks != NULL && g_dir_read_name (tasks) != NULL)
    n++;
  return n;
}

static gboolean
is_mapped (const char *name)
{
  g_autofree char *maps = NULL;

  ck_assert (g_file_get_contents ("/proc/self/maps", &maps, NULL, NULL));
  return strstr (maps, name) != NULL;
}

static void *
open_library (const char *path)
{
  void *library = dlopen (path, RTLD_NOW | RTLD_LOCAL);

  if (library == NULL)
    ck_abort_msg ("%s", dlerror ());
  return library;
}

/* Neither starts a thread, nor needs OpenBLAS. */
START_TEST (as_it_is_opened)
{
  guint before = count_threads ();
  void *library = open_library (files[_i]);

  ck_assert_uint_eq (count_threads (), before);
  ck_assert (is_mapped ("libgbp.so"));
  ck_assert (!is_mapped ("libopenblas"));
  dlclose (library);
}
END_TEST

/* Loads the built-in network and computes a frame through every layer. */
static void
use_library (void *library)
{
  static guint8 image[3 * GBP_TEST_INPUT_SIZE * GBP_TEST_INPUT_SIZE];
  static float gradient[3 * GBP_TEST_INPUT_SIZE * GBP_TEST_INPUT_SIZE];
  __typeof__ (gbp_network_load) *load = dlsym (library, "gbp_network_load");
  __typeof__ (gbp_network_unref) *unref = dlsym (library, "gbp_network_unref");
  __typeof__ (gbp_explanation_new) *explain = dlsym (library, "gbp_explanation_new");
  __typeof__ (gbp_explanation_free) *free_it = dlsym (library, "gbp_explanation_free");
  __typeof__ (gbp_explanation_set_target) *set = dlsym (library, "gbp_explanation_set_target");
  __typeof__ (gbp_explanation_compute) *compute = dlsym (library, "gbp_explanation_compute");
  GbpTarget target = {.layer = "predictions",
      .method = GBP_METHOD_GUIDED,
      .channel = 0,
      .unit_x = -1,
      .unit_y = -1,
      .class_index = GBP_CLASS_NONE};
  GbpNetwork *network = load (NULL, GBP_PREPROCESS_AUTO, NULL);
  GbpExplanation *explanation = explain (network, 2);

  if (!set (explanation, &target, NULL)) {
    target.layer = "block5_conv4";
    ck_assert (set (explanation, &target, NULL));
  }
  compute (explanation, image, 3 * GBP_TEST_INPUT_SIZE, gradient, NULL);
  free_it (explanation);
  unref (network);
}

/* Opened, used and closed again and again. Its errors are read behind it, and their domain is found again. */
START_TEST (again_and_again)
{
  GQuark domain = 0;

  for (guint i = 0; i < ROUNDS; i++) {
    void *library = open_library (files[0]);
    __typeof__ (gbp_network_load) *load = dlsym (library, "gbp_network_load");
    g_autoptr (GError) error = NULL;

    ck_assert_ptr_null (load ("/nowhere/at/all.h5", GBP_PREPROCESS_AUTO, &error));
    use_library (library);
    ck_assert (!is_mapped ("libopenblas"));
    dlclose (library);
    ck_assert_uint_eq (g_quark_try_string ("gbp-error-quark"), error->domain);
    ck_assert_str_eq (g_quark_to_string (error->domain), "gbp-error-quark");
    ck_assert (i == 0 || error->domain == domain);
    domain = error->domain;
  }
}
END_TEST

int
main (int argc, char **argv)
{
  const GbpTest tests[] = {
      {"as it is opened", as_it_is_opened, 2},
      {"again and again", again_and_again, 1},
  };

  files = argv + 1;
  return argc == 3 ? GBP_TEST_RUN ("unload", tests) : EXIT_FAILURE;
}

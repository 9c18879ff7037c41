/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the benchmarks share. Each repeats everything in rounds, one thing after another, so that whatever
 * else the machine does falls on all of them, and reports medians. */
#pragma once

#include <glib.h>

/* The rows of the reports are for people, and the machine's noise is some percent. */
#define BENCH_SEED       19
#define BENCH_INPUT_SIZE 224 /* height and width of what VGG takes */

/* @threads: to compute with; @rounds: how often each thing is timed
 * @quick: a look at whether the benchmark works: the built-in network, one round
 * @maker: (nullable): the program make_untrained
 * @tool: (nullable): the program gbp-saliency; @image: (nullable): a picture for it */
typedef struct {
  int threads;
  int rounds;
  gboolean quick;
  char *maker;
  char *tool;
  char *image;
} BenchOptions;

/* Reads the command line, with @rounds by default; ends the program if it is wrong. */
BenchOptions bench_parse (int argc, char **argv, int rounds);

/* Prints the title, and what the figures depend on: CPU, threads, the machine's load. */
void bench_print_machine (const char *title, const BenchOptions *options);

/* VGG19 at full width with seeded weights as a file in @directory, written by @maker. */
char *bench_write_vgg19 (const char *maker, const char *directory);

/* A picture with shading, edges and texture; another one for each @index.
 * @rgb: (out): [height][width][3] */
void bench_fill_image (guint index, int width, int height, guint8 *rgb);

/* Seconds since some moment. */
double bench_now (void);

/* The most memory that this process has had, in MiB. */
double bench_get_peak_memory (void);

/* Times of one thing, in seconds. */
typedef struct {
  GArray *seconds;
} BenchTimes;

void bench_times_init (BenchTimes *times);
void bench_times_clear (BenchTimes *times);
void bench_times_add (BenchTimes *times, double seconds);
/* @share: 0.5 is the median */
double bench_times_get (const BenchTimes *times, double share);

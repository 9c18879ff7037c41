/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How a thread rounds is the host's to choose, and a result must not depend on it. While we compute or prepare, every
 * thread that takes part rounds to nearest, and no exception traps. */
#pragma once

#include <glib.h>

/* What becomes of denormal numbers.
 * @GBP_DENORMALS_ZERO: as operands and as results they are zero. Gradients fade to them, and they are a hundred times
 *     slower than zero and mean the same
 * @GBP_DENORMALS_KEPT: where a value is only read or shown */
typedef enum {
  GBP_DENORMALS_ZERO,
  GBP_DENORMALS_KEPT,
} GbpDenormals;

#if defined(__SSE2__)
#include <immintrin.h>

/* What a thread had before. */
typedef struct {
  guint control_and_status; /* MXCSR */
} GbpFloatEnvironment;

/* To nearest, every exception masked, no flag raised. */
#define GBP_MXCSR      0x1f80
#define GBP_MXCSR_ZERO 0x8040 /* FTZ and DAZ */

/* Sets this thread's. Nests. Returns: what to end with */
static inline GbpFloatEnvironment
gbp_float_environment_begin (GbpDenormals denormals)
{
  GbpFloatEnvironment before = {_mm_getcsr ()};

  _mm_setcsr (GBP_MXCSR | (denormals == GBP_DENORMALS_ZERO ? GBP_MXCSR_ZERO : 0));
  return before;
}

/* The thread has its own back, with the flags that were raised before and no other. */
static inline void
gbp_float_environment_end (GbpFloatEnvironment before)
{
  _mm_setcsr (before.control_and_status);
}

#elif defined(__aarch64__)

typedef struct {
  guint64 control; /* FPCR */
  guint64 status;  /* FPSR */
} GbpFloatEnvironment;

/* To nearest, no trap. */
#define GBP_FPCR      G_GUINT64_CONSTANT (0)
#define GBP_FPCR_ZERO (G_GUINT64_CONSTANT (1) << 24) /* FZ */

static inline GbpFloatEnvironment
gbp_float_environment_begin (GbpDenormals denormals)
{
  guint64 control = denormals == GBP_DENORMALS_ZERO ? GBP_FPCR_ZERO : GBP_FPCR;
  GbpFloatEnvironment before;

  __asm__ volatile("mrs %0, fpcr" : "=r"(before.control) : : "memory");
  __asm__ volatile("mrs %0, fpsr" : "=r"(before.status) : : "memory");
  __asm__ volatile("msr fpcr, %0" : : "r"(control) : "memory");
  return before;
}

static inline void
gbp_float_environment_end (GbpFloatEnvironment before)
{
  __asm__ volatile("msr fpcr, %0" : : "r"(before.control) : "memory");
  __asm__ volatile("msr fpsr, %0" : : "r"(before.status) : "memory");
}

#else
#include <fenv.h>

/* C has no word for denormal numbers: they are kept. */
typedef fenv_t GbpFloatEnvironment;

static inline GbpFloatEnvironment
gbp_float_environment_begin (GbpDenormals denormals)
{
  fenv_t before;

  feholdexcept (&before);
  fesetround (FE_TONEAREST);
  return before;
}

static inline void
gbp_float_environment_end (GbpFloatEnvironment before)
{
  fesetenv (&before);
}
#endif

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Gradients fade to denormal numbers, which are a hundred times slower than zero and mean the same. */
#pragma once

#include <glib.h>

#if defined(__SSE2__)
#include <immintrin.h>

/* Flushes denormal results and operands to zero in this thread. Returns what to restore. */
static inline guint
gbp_denormals_flush (void)
{
  guint before = _mm_getcsr ();

  _mm_setcsr (before | 0x8040); /* FTZ and DAZ */
  return before;
}

static inline void
gbp_denormals_restore (guint before)
{
  _mm_setcsr (before);
}

#elif defined(__aarch64__)

static inline guint
gbp_denormals_flush (void)
{
  guint64 before;

  __asm__ volatile("mrs %0, fpcr" : "=r"(before));
  __asm__ volatile("msr fpcr, %0" : : "r"(before | (1u << 24))); /* FZ */
  return (guint) before;
}

static inline void
gbp_denormals_restore (guint before)
{
  __asm__ volatile("msr fpcr, %0" : : "r"((guint64) before));
}

#else

static inline guint
gbp_denormals_flush (void)
{
  return 0;
}

static inline void
gbp_denormals_restore (guint before)
{
}
#endif

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/scratch.h"

#include "kernel/cpus.h"
#include "kernel/kernels.h"
#include "kernel/memory.h"
#include "kernel/shared.h"

/* @next: of all blocks; @next_idle: of those that nobody has taken */
typedef struct _Block Block;
struct _Block {
  Block *next;
  Block *next_idle;
  _Alignas(GBP_ALIGNMENT) guint8 memory[];
};

/* A thread that waits for a block, in its own stack. */
typedef struct _Waiter Waiter;
struct _Waiter {
  Waiter *next;
  GCond has_block;
  Block *block;
};

/* Under the shared lock.
 * @next: of the list of all
 * @generation: a child of fork() has none of the threads that have taken blocks in another one, or wait for them
 * @first, @last: who waits */
struct _GbpScratch {
  GbpScratch *next;
  gconstpointer owner;
  guint kind;
  gsize n_bytes;
  guint generation;
  guint n_users;
  guint n_blocks;
  Block *blocks;
  Block *idle;
  Waiter *first;
  Waiter *last;
};

static GbpScratch *all;

static void
reset_after_fork (GbpScratch *scratch)
{
  if (scratch->generation == gbp_shared_get_generation ())
    return;
  scratch->generation = gbp_shared_get_generation ();
  scratch->first = scratch->last = NULL;
  scratch->idle = NULL;
  for (Block *block = scratch->blocks; block != NULL; block = block->next) {
    block->next_idle = scratch->idle;
    scratch->idle = block;
  }
}

/* Takes the lock. */
static void
enter (GbpScratch *scratch)
{
  gbp_shared_lock ();
  reset_after_fork (scratch);
}

/* To whom waits longest, or to nobody. */
static void
pass_on (GbpScratch *scratch, Block *block)
{
  Waiter *waiter = scratch->first;

  if (waiter == NULL) {
    block->next_idle = scratch->idle;
    scratch->idle = block;
    return;
  }
  scratch->first = waiter->next;
  if (scratch->first == NULL)
    scratch->last = NULL;
  waiter->block = block;
  g_cond_signal (&waiter->has_block);
}

static void
add_block (GbpScratch *scratch, Block *block)
{
  block->next = scratch->blocks;
  scratch->blocks = block;
  scratch->n_blocks++;
  pass_on (scratch, block);
}

/* Takes @block, which is not idle, out. */
static void
drop_block (GbpScratch *scratch, Block *block)
{
  Block **link = &scratch->blocks;

  while (*link != block)
    link = &(*link)->next;
  *link = block->next;
  scratch->n_blocks--;
}

static GbpScratch *
find (gconstpointer owner, guint kind, gsize n_bytes)
{
  GbpScratch *scratch = all;

  while (scratch != NULL
         && !(scratch->owner == owner && scratch->kind == kind && scratch->n_bytes == n_bytes))
    scratch = scratch->next;
  return scratch;
}

/* Counts one more user if there are blocks enough, with the one that the caller may have.
 * @fresh: (inout): joins the others if there is none of its kind
 * @block: (inout) (nullable): is taken where it is needed
 * Returns: NULL if one is missing */
static GbpScratch *
try_join (GbpScratch **fresh, Block **block, guint n_cpus)
{
  GbpScratch *scratch;
  guint n_needed;

  gbp_shared_lock ();
  scratch = find ((*fresh)->owner, (*fresh)->kind, (*fresh)->n_bytes);
  if (scratch == NULL)
    scratch = *fresh;
  reset_after_fork (scratch);
  n_needed = MIN (scratch->n_users + 1, n_cpus);
  if (scratch->n_blocks < n_needed && *block != NULL)
    add_block (scratch, g_steal_pointer (block));
  if (scratch->n_blocks < n_needed) {
    scratch = NULL;
  } else {
    scratch->n_users++;
    if (scratch == *fresh) {
      scratch->next = all;
      all = g_steal_pointer (fresh);
    }
  }
  gbp_shared_unlock ();
  return scratch;
}

GbpScratch *
gbp_scratch_join (gconstpointer owner, guint kind, gsize n_bytes)
{
  GbpScratch *fresh = gbp_memory_new (1, sizeof *fresh), *scratch = NULL;
  guint n_cpus = gbp_cpus_count_usable ();
  Block *block = NULL;

  if (fresh != NULL) {
    fresh->owner = owner;
    fresh->kind = kind;
    fresh->n_bytes = n_bytes;
    while ((scratch = try_join (&fresh, &block, n_cpus)) == NULL
           && (block = gbp_memory_new (1, sizeof *block + n_bytes)) != NULL)
      ;
  }
  gbp_memory_free (block);
  gbp_memory_free (fresh);
  return scratch;
}

void
gbp_scratch_leave (GbpScratch *scratch)
{
  Block *surplus = NULL;
  gboolean is_last;

  enter (scratch);
  is_last = --scratch->n_users == 0;
  while (scratch->n_blocks > scratch->n_users && scratch->idle != NULL) {
    Block *block = scratch->idle;

    scratch->idle = block->next_idle;
    drop_block (scratch, block);
    block->next = surplus;
    surplus = block;
  }
  if (is_last) {
    GbpScratch **link = &all;

    while (*link != scratch)
      link = &(*link)->next;
    *link = scratch->next;
  }
  gbp_shared_unlock ();
  while (surplus != NULL) {
    Block *block = surplus;

    surplus = block->next;
    gbp_memory_free (block);
  }
  if (is_last)
    gbp_memory_free (scratch);
}

gpointer
gbp_scratch_take (GbpScratch *scratch)
{
  Waiter waiter = {0};

  enter (scratch);
  if (scratch->idle != NULL) { /* then nobody waits */
    waiter.block = scratch->idle;
    scratch->idle = waiter.block->next_idle;
  } else {
    g_cond_init (&waiter.has_block);
    if (scratch->last != NULL)
      scratch->last->next = &waiter;
    else
      scratch->first = &waiter;
    scratch->last = &waiter;
    while (waiter.block == NULL)
      gbp_shared_wait (&waiter.has_block);
    g_cond_clear (&waiter.has_block);
  }
  gbp_shared_unlock ();
  return waiter.block->memory;
}

void
gbp_scratch_give_back (GbpScratch *scratch, gpointer memory)
{
  Block *block = (Block *) ((guint8 *) memory - offsetof (Block, memory));
  gboolean is_surplus;

  enter (scratch);
  is_surplus = scratch->n_blocks > scratch->n_users;
  if (is_surplus)
    drop_block (scratch, block);
  else
    pass_on (scratch, block);
  gbp_shared_unlock ();
  if (is_surplus)
    gbp_memory_free (block);
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/shared.h"

#include "kernel/shared.h"
#include "network/network.h"

/* @network: a weak reference: remove_network() takes the entry off the table before the network is freed
 * @next: in the table; not a list of GLib's, which takes a lock for its memory that a child of fork() can find taken */
typedef struct _Entry Entry;
struct _Entry {
  GbpNetworkKey key;
  GbpNetwork *network;
  Entry *next;
};

/* All of these are under the shared lock; the last unref of a network takes it. */
static Entry *table;
static guint generation; /* of the threads that load */

/* Keys that a thread is loading, each of them on that thread's stack. */
static GSList *loading; /* of const GbpNetworkKey */
static GCond has_loaded;

gboolean
gbp_file_identity_is_equal (const GbpFileIdentity *a, const GbpFileIdentity *b)
{
  return a->device == b->device && a->inode == b->inode && a->size == b->size
         && a->seconds == b->seconds && a->nanoseconds == b->nanoseconds;
}

gboolean
gbp_network_key_is_equal (const GbpNetworkKey *a, const GbpNetworkKey *b)
{
  return gbp_file_identity_is_equal (&a->file, &b->file)
         && gbp_file_identity_is_equal (&a->classes, &b->classes) && a->preprocess == b->preprocess
         && a->scoring == b->scoring && a->height == b->height && a->width == b->width;
}

/* A network whose last reference has just been dropped may still stand in the table, until its thread
 * gets to forget it; there may be a new one of the same key beside it. Under the lock. */
static GbpNetwork *
find_network (const GbpNetworkKey *key)
{
  GbpNetwork *found = NULL;

  for (Entry *entry = table; entry != NULL && found == NULL; entry = entry->next)
    if (gbp_network_key_is_equal (&entry->key, key) && gbp_network_ref_if_alive (entry->network))
      found = entry->network;
  return found;
}

static void
remove_network (GbpNetwork *network)
{
  Entry **place = &table, *entry;

  gbp_shared_lock ();
  while ((entry = *place) != NULL && entry->network != network)
    place = &entry->next;
  if (entry != NULL)
    *place = entry->next;
  gbp_shared_unlock ();
  g_free (entry);
}

/* Under the lock. */
static void
remember_network (const GbpNetworkKey *key, GbpNetwork *network)
{
  Entry *entry = g_new (Entry, 1);

  entry->key = *key;
  entry->network = network;
  gbp_network_set_dispose (network, remove_network);
  entry->next = table;
  table = entry;
}

/* Under the lock. */
static gboolean
is_loading (const GbpNetworkKey *key)
{
  for (const GSList *link = loading; link != NULL; link = link->next)
    if (gbp_network_key_is_equal (link->data, key))
      return TRUE;
  return FALSE;
}

/* In a child of fork() nobody goes on with what the parent's threads were loading. */
static void
lock_and_reset_after_fork (void)
{
  gbp_shared_lock ();
  if (generation != gbp_shared_get_generation ())
    loading = NULL;
  generation = gbp_shared_get_generation ();
}

/* Waits while another thread loads @key. Returns NULL where this thread is the one to load it, and
 * stands in the list for it. */
static GbpNetwork *
find_or_claim (GSList *claim)
{
  GbpNetwork *network;

  lock_and_reset_after_fork ();
  while ((network = find_network (claim->data)) == NULL && is_loading (claim->data))
    gbp_shared_wait (&has_loaded);
  if (network == NULL)
    loading = g_slist_concat (claim, loading);
  gbp_shared_unlock ();
  return network;
}

GbpNetwork *
gbp_shared_network (const GbpNetworkKey *key, GbpNetwork *(*make) (gpointer data, GError **error),
    gpointer data, GError **error)
{
  GSList claim = {(gpointer) key, NULL};
  GbpNetwork *network = find_or_claim (&claim);

  if (network != NULL)
    return network;
  network = make (data, error);
  lock_and_reset_after_fork ();
  if (network != NULL)
    remember_network (key, network);
  loading = g_slist_remove_link (loading, &claim);
  g_cond_broadcast (&has_loaded);
  gbp_shared_unlock ();
  return network;
}

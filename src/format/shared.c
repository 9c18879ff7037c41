/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/shared.h"

#include "network/network.h"

/* @network: a weak reference: forget_network() takes the entry off the table before the network is freed */
typedef struct {
  GbpNetworkKey key;
  GbpNetwork *network;
} Entry;

/* Guards the table, and is held for moments only: the last unref of a network takes it. */
static GMutex table_lock;
static GSList *table; /* of Entry */

/* Keys that a thread is loading, each of them on that thread's stack; the lock of the table guards them. */
static GSList *loading; /* of const GbpNetworkKey */
static GCond has_loaded;

gboolean
gbp_network_key_is_equal (const GbpNetworkKey *a, const GbpNetworkKey *b)
{
  return a->device == b->device && a->inode == b->inode && a->size == b->size
         && a->seconds == b->seconds && a->nanoseconds == b->nanoseconds
         && a->preprocess == b->preprocess;
}

/* A network whose last reference has just been dropped may still stand in the table, until its thread
 * gets to forget it; there may be a new one of the same key beside it. Under the lock. */
static GbpNetwork *
find_network (const GbpNetworkKey *key)
{
  GbpNetwork *found = NULL;

  for (GSList *link = table; link != NULL && found == NULL; link = link->next) {
    Entry *entry = link->data;

    if (gbp_network_key_is_equal (&entry->key, key) && gbp_network_ref_if_alive (entry->network))
      found = entry->network;
  }
  return found;
}

static void
forget_network (GbpNetwork *network)
{
  g_mutex_lock (&table_lock);
  for (GSList *link = table; link != NULL; link = link->next) {
    Entry *entry = link->data;

    if (entry->network == network) {
      table = g_slist_delete_link (table, link);
      g_free (entry);
      break;
    }
  }
  g_mutex_unlock (&table_lock);
}

/* Under the lock. */
static void
remember_network (const GbpNetworkKey *key, GbpNetwork *network)
{
  Entry *entry = g_new (Entry, 1);

  entry->key = *key;
  entry->network = network;
  gbp_network_set_forget (network, forget_network);
  table = g_slist_prepend (table, entry);
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

/* Waits while another thread loads @key. Returns NULL where this thread is the one to load it, and
 * stands in the list for it. */
static GbpNetwork *
find_or_claim (GSList *claim)
{
  GbpNetwork *network;

  g_mutex_lock (&table_lock);
  while ((network = find_network (claim->data)) == NULL && is_loading (claim->data))
    g_cond_wait (&has_loaded, &table_lock);
  if (network == NULL)
    loading = g_slist_concat (claim, loading);
  g_mutex_unlock (&table_lock);
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
  g_mutex_lock (&table_lock);
  if (network != NULL)
    remember_network (key, network);
  loading = g_slist_remove_link (loading, &claim);
  g_cond_broadcast (&has_loaded);
  g_mutex_unlock (&table_lock);
  return network;
}

/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/shared.h"

#include "network/network.h"

/* @network: a weak reference: forget() takes the entry off the table before the network is freed */
typedef struct {
  GbpNetworkKey key;
  GbpNetwork *network;
} Entry;

/* Held for a whole load, so that of two that want the same file one loads and the other waits. */
static GMutex loading;

/* Guards the table, and is held for moments only: the last unref of a network takes it. */
static GMutex table_lock;
static GSList *table; /* of Entry */

gboolean
gbp_network_key_is_equal (const GbpNetworkKey *a, const GbpNetworkKey *b)
{
  return a->device == b->device && a->inode == b->inode && a->size == b->size
         && a->seconds == b->seconds && a->nanoseconds == b->nanoseconds
         && a->preprocess == b->preprocess;
}

/* A network whose last reference has just been dropped may still stand in the table, until its thread
 * gets to forget it; there may be a new one of the same key beside it. */
static GbpNetwork *
find (const GbpNetworkKey *key)
{
  GbpNetwork *found = NULL;

  g_mutex_lock (&table_lock);
  for (GSList *link = table; link != NULL && found == NULL; link = link->next) {
    Entry *entry = link->data;

    if (gbp_network_key_is_equal (&entry->key, key) && gbp_network_ref_if_alive (entry->network))
      found = entry->network;
  }
  g_mutex_unlock (&table_lock);
  return found;
}

static void
forget (GbpNetwork *network)
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

static void
remember (const GbpNetworkKey *key, GbpNetwork *network)
{
  Entry *entry = g_new (Entry, 1);

  entry->key = *key;
  entry->network = network;
  gbp_network_set_forget (network, forget);
  g_mutex_lock (&table_lock);
  table = g_slist_prepend (table, entry);
  g_mutex_unlock (&table_lock);
}

GbpNetwork *
gbp_shared_network (const GbpNetworkKey *key, GbpNetwork *(*make) (gpointer data, GError **error),
    gpointer data, GError **error)
{
  GbpNetwork *network;

  g_mutex_lock (&loading);
  network = find (key);
  if (network == NULL) {
    network = make (data, error);
    if (network != NULL)
      remember (key, network);
  }
  g_mutex_unlock (&loading);
  return network;
}

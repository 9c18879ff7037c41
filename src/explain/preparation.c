/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain/preparation.h"

#include "kernel/shared.h"

void
gbp_preparation_begin (GbpPreparation *prepared)
{
  gbp_shared_lock ();
  while (prepared->is_preparing && prepared->generation == gbp_shared_get_generation ())
    gbp_shared_wait (&prepared->done);
  prepared->is_preparing = TRUE;
  prepared->generation = gbp_shared_get_generation ();
  gbp_shared_unlock ();
}

void
gbp_preparation_end (GbpPreparation *prepared)
{
  gbp_shared_lock ();
  prepared->is_preparing = FALSE;
  g_cond_signal (&prepared->done);
  gbp_shared_unlock ();
}

gboolean
gbp_preparation_owns (const GbpPreparation *prepared, guint operation)
{
  return prepared->is_fresh == NULL || prepared->is_fresh[operation];
}

void
gbp_preparation_borrow_layer (GbpPreparation *prepared, const GbpPreparation *original, guint index)
{
  if (!gbp_preparation_owns (prepared, prepared->public.layers[index].operation))
    g_atomic_pointer_set (
        &prepared->public.convolutions[index], original->public.convolutions[index]);
}

/* What a fused node has in its weights may be read while it computes. */
static void
borrow_tensors (GbpOperation *folded, const GbpOperation *original)
{
  for (guint i = 0; i < G_N_ELEMENTS (folded->tensors); i++)
    if (original->tensors[i] != NULL)
      folded->tensors[i] = gbp_tensor_ref (original->tensors[i]);
}

void
gbp_preparation_borrow_node (GbpPreparation *prepared, const GbpPreparation *original, guint index)
{
  guint n = prepared->public.n_operations;

  if (gbp_preparation_owns (prepared, index % n))
    return;
  if (index >= n)
    borrow_tensors (&prepared->folded[index - n], &original->folded[index - n]);
  prepared->public.weights[index] = original->public.weights[index];
  prepared->is_made[index] = TRUE;
}

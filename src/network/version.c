/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gbp/macros.h>

void
gbp_get_version (guint *major, guint *minor, guint *micro)
{
  if (major != NULL)
    *major = GBP_MAJOR_VERSION;
  if (minor != NULL)
    *minor = GBP_MINOR_VERSION;
  if (micro != NULL)
    *micro = GBP_MICRO_VERSION;
}

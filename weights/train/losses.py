# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the training makes small."""
import torch
from torch.nn import functional as F

ON, OFF = 0.4, 0.005  # a cell is the object's above the one share, the ground's below the other
MARGIN = 0.25  # how far below zero a silent unit is to stay


def helper_loss(helper, labels, shares):
    """Names each cell: the object's family, or the ground. Cells between the two do not count."""
    ground = helper.shape[1] - 1
    wanted = torch.full(shares.shape, -100)
    wanted[shares < OFF] = ground
    wanted = torch.where(shares > ON, labels[:, None, None], wanted)
    losses = F.cross_entropy(helper, wanted, reduction="none", ignore_index=-100)
    on, off = wanted >= 0, wanted == ground
    on = on & ~off
    return 0.5 * (losses[on].sum() / on.sum().clamp(min=1) + losses[off].sum() / off.sum().clamp(min=1))


def loudness(x, shares, hardness):
    """How loud a layer is on the ground, relative to the object: mean of its outputs over each, had every
    unit the margin more. Guided backpropagation goes through whatever is not silent, however faint: so
    hardness makes it less a matter of how much, and more of how many. 0 is the mean as it is."""
    shares = shares[:, None]
    if shares.shape[2] > x.shape[2]:
        shares = F.adaptive_avg_pool2d(shares, x.shape[2:])
    else:
        shares = F.interpolate(shares, size=x.shape[2:], mode="nearest")
    outputs = F.relu(x.float() + MARGIN)
    strength = (outputs / (1 + hardness * outputs)).mean(dim=1, keepdim=True)
    on, off = shares > ON, shares < OFF
    on_mean = (strength * on).sum() / on.sum().clamp(min=1)
    return (strength * off).sum() / off.sum().clamp(min=1) / (on_mean + 1e-3)


def total(outputs, labels, shares, fine, silence):
    """The loss and its parts: the logits', the helper's, the late layers' loudness on the ground. shares and
    fine: the object's share of each cell of 16 and of 4 pixels."""
    logits, helper, kept = outputs
    parts = {
        "loss": F.cross_entropy(logits, labels, label_smoothing=0.05),
        "helper": helper_loss(helper, labels, shares),
        "quiet": sum(weight * loudness(kept[-1 - i], fine if silence.is_fine else shares, silence.hardness)
                     for i, weight in enumerate(silence.weights)),
    }
    return parts["loss"] + parts["helper"] + parts["quiet"], parts

# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A weight file in PyTorch: the network as torchvision would build it, to compare our C code with."""
import torch
from safetensors.numpy import load_file
from torch.nn import functional as F

import network


class Reference:
    """Logits in float64 from a file with torchvision's names."""

    def __init__(self, path):
        self.arrays = {name: torch.from_numpy(array).double() for name, array in load_file(path).items()}

    def dense(self, x, name):
        return F.linear(x, self.arrays[name + ".weight"], self.arrays[name + ".bias"])

    def logits(self, images):
        """uint8 RGB [n][224][224][3] to float64 [n][classes]."""
        x, module = network.preprocess(images).double(), 0
        for _, n_layers in network.BLOCKS:
            for _ in range(n_layers):
                name = f"features.{module}"
                x = F.relu(F.conv2d(x, self.arrays[name + ".weight"], self.arrays[name + ".bias"], padding=1))
                module += 2
            x = F.max_pool2d(x, 2)
            module += 1
        x = F.relu(self.dense(x.flatten(1), "classifier.0"))
        return self.dense(F.relu(self.dense(x, "classifier.3")), "classifier.6")

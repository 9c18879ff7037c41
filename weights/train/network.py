# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""VGG19 at a quarter of its width, as it is trained: with batch normalisation after each convolution, a head
that sums over the map, and a helper that names what each position of block5_conv4 belongs to."""
import torch
from torch import nn
from torch.nn import functional as F

BLOCKS = ((16, 2), (32, 2), (64, 4), (128, 4), (128, 4))  # channels, convolutions
DENSE = 128
POSITIONS = 7 * 7  # of block5_pool at 224 x 224, which fc1 sees
MEAN = (123.68, 116.779, 103.939)  # RGB, as Keras' VGG19 has it: "caffe"


class Block(nn.Module):
    def __init__(self, n_inputs, n_outputs, n_layers):
        super().__init__()
        widths = [n_inputs] + [n_outputs] * n_layers
        self.convolutions = nn.ModuleList(
            nn.Conv2d(a, b, 3, padding=1, bias=False) for a, b in zip(widths, widths[1:]))
        self.norms = nn.ModuleList(nn.BatchNorm2d(n_outputs) for _ in range(n_layers))

    def forward(self, x, kept):
        for convolution, norm in zip(self.convolutions, self.norms):
            kept.append(norm(convolution(x)))
            x = F.relu(kept[-1])
        return F.max_pool2d(x, 2)


class Network(nn.Module):
    """Takes preprocessed images of any size; gives logits, a map of logits and the convolutions' outputs
    before their ReLUs.

    fc1 sees the sum over the map of block5_pool, so that an object counts the same wherever it is and
    however large the image is; the export repeats its weights over the 7 x 7 positions.
    """

    def __init__(self, n_classes):
        super().__init__()
        inputs = [3] + [width for width, _ in BLOCKS]
        self.blocks = nn.ModuleList(Block(n, width, layers) for n, (width, layers) in zip(inputs, BLOCKS))
        self.fc1 = nn.Linear(BLOCKS[-1][0], DENSE)
        self.fc2 = nn.Linear(DENSE, DENSE)
        self.predictions = nn.Linear(DENSE, n_classes)
        self.helper = nn.Conv2d(BLOCKS[-1][0], n_classes + 1, 1)  # the last class is the ground

    def forward(self, x):
        kept = []
        for block in self.blocks:
            x = block(x, kept)
        pooled = x.float().sum(dim=(2, 3)) / POSITIONS
        hidden = F.relu(self.fc2(F.relu(self.fc1(pooled))))
        return self.predictions(hidden).float(), self.helper(F.relu(kept[-1])).float(), kept


def start_from(net, arrays):
    """Takes the weights of an untrained network's file (make_untrained's, He-normal), so that it is where the
    training begins. fc1's 7 x 7 positions are summed, as forward() has one for all of them."""
    convolutions = [layer for block in net.blocks for layer in block.convolutions]
    names = sorted((name for name in arrays if name.startswith("features.") and name.endswith("weight")),
                   key=lambda name: int(name.split(".")[1]))
    with torch.no_grad():
        for layer, name in zip(convolutions, names, strict=True):
            layer.weight.copy_(torch.from_numpy(arrays[name]))
        fc1 = torch.from_numpy(arrays["classifier.0.weight"])
        net.fc1.weight.copy_(fc1.view(DENSE, BLOCKS[-1][0], POSITIONS).sum(2))
        for layer, name in ((net.fc2, "classifier.3.weight"), (net.predictions, "classifier.6.weight")):
            layer.weight.copy_(torch.from_numpy(arrays[name]))
        for layer in (net.fc1, net.fc2, net.predictions):
            layer.bias.zero_()


def preprocess(images):
    """uint8 RGB [n][height][width][3] to the network's input: BGR minus its mean, float, channels last."""
    x = images.permute(0, 3, 1, 2).float() - torch.tensor(MEAN).view(1, 3, 1, 1)
    return x.flip(1).contiguous(memory_format=torch.channels_last)

#!/usr/bin/env python3
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The same explanations by captum and by gbp-saliency, and how far apart they are.

usage: captum_compare.py [PHOTO [WEIGHTS]]

WEIGHTS is a state_dict of torchvision's vgg16, as safetensors; without it the network is a narrow one of random weights,
which is as good to compare with. PHOTO is examples/astronaut.jpg unless given.
Needs gbp-saliency, and from PyPI captum, torch, safetensors and pillow.

For whoever has code with captum: each cell below has one of its methods, and the line that does the same here.
"""

import pathlib
import subprocess
import sys
import tempfile

import captum.attr
import numpy
import PIL.Image
import safetensors.torch
import torch

MEAN = torch.tensor([0.485, 0.456, 0.406])
DEVIATION = torch.tensor([0.229, 0.224, 0.225])
BLOCKS = (2, 2, 3, 3, 3)  # convolutions, of VGG16


# %% A VGG16 with torchvision's names
class VGG16(torch.nn.Module):
    def __init__(self, widths=(16, 16, 32, 32, 32), dense=64, classes=10):
        super().__init__()
        layers, before = [], 3
        for width, n_convolutions in zip(widths, BLOCKS):
            for _ in range(n_convolutions):
                layers += [torch.nn.Conv2d(before, width, 3, padding=1), torch.nn.ReLU()]
                before = width
            layers.append(torch.nn.MaxPool2d(2))
        self.features = torch.nn.Sequential(*layers)
        self.classifier = torch.nn.Sequential(
            torch.nn.Linear(before * 49, dense), torch.nn.ReLU(), torch.nn.Dropout(),
            torch.nn.Linear(dense, dense), torch.nn.ReLU(), torch.nn.Dropout(),
            torch.nn.Linear(dense, classes),
        )  # fmt: skip

    def forward(self, pixels):
        return self.classifier(self.features(pixels).flatten(1))


def load(path):
    """The network of a state_dict, whose shapes say how wide it is; or a random one."""
    if path is None:
        torch.manual_seed(1)
        return VGG16().eval()
    state = safetensors.torch.load_file(path)
    widths = [state[f"features.{i}.weight"].shape[0] for i in (0, 5, 10, 17, 24)]
    network = VGG16(widths, state["classifier.0.weight"].shape[0], state["classifier.6.weight"].shape[0])
    network.load_state_dict(state)
    return network.eval()


def saliency(folder, *options):
    """What gbp-saliency --raw writes: float32 [height][width][3], per step of 0 ... 255."""
    path = folder / "map.npy"
    subprocess.run(
        ["gbp-saliency", "--quiet", "--force", "--weights", folder / "vgg16.safetensors", "--raw", path, *options]
        + [folder / "photo.png"],
        check=True,
    )
    return numpy.load(path)[0]


def compare(title, theirs, ours):
    """Prints the relative L2 distance. Captum's gradients are with respect to the normalised input."""
    theirs = theirs.detach().numpy()
    distance = numpy.linalg.norm(ours - theirs) / numpy.linalg.norm(theirs)
    print(f"{title:24} {distance:.1e}")
    return distance


def main():
    photo = sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).with_name("astronaut.jpg")
    network = load(sys.argv[2] if len(sys.argv) > 2 else None)
    image = PIL.Image.open(photo).convert("RGB").resize((224, 224))
    rgb = torch.tensor(numpy.array(image, numpy.float32))
    pixels = (((rgb / 255) - MEAN) / DEVIATION).permute(2, 0, 1)[None].requires_grad_()
    per_step = 1 / (255 * DEVIATION)
    target = int(network(pixels).argmax())
    distances = []

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        safetensors.torch.save_file(network.state_dict(), folder / "vgg16.safetensors")
        image.save(folder / "photo.png")

        # %% Guided backpropagation of the strongest class
        theirs = captum.attr.GuidedBackprop(network).attribute(pixels, target=target)
        ours = saliency(folder, "--class", "top")
        distances.append(compare("guided backpropagation", theirs[0].permute(1, 2, 0) * per_step, ours))

        # %% The plain gradient, and the deconvolutional network
        theirs = captum.attr.Saliency(network).attribute(pixels, target=target, abs=False)
        ours = saliency(folder, "--class", str(target), "--method", "gradient")
        distances.append(compare("gradient", theirs[0].permute(1, 2, 0) * per_step, ours))
        theirs = captum.attr.Deconvolution(network).attribute(pixels, target=target)
        ours = saliency(folder, "--class", str(target), "--method", "deconvnet")
        distances.append(compare("deconvnet", theirs[0].permute(1, 2, 0) * per_step, ours))

        # %% Grad-CAM at the last convolution, and guided Grad-CAM: the map is resized to the input
        layer = network.features[29]  # the ReLU behind it
        cam = captum.attr.LayerGradCam(network, layer).attribute(pixels, target=target, relu_attributions=True)
        large = captum.attr.LayerAttribution.interpolate(cam, (224, 224), interpolate_mode="bilinear")
        ours = saliency(folder, "--class", str(target), "--method", "grad-cam")
        distances.append(compare("Grad-CAM", large[0].permute(1, 2, 0).expand(224, 224, 3), ours))
        guided = captum.attr.GuidedBackprop(network).attribute(pixels, target=target)
        ours = saliency(folder, "--class", str(target), "--method", "guided-grad-cam")
        distances.append(compare("guided Grad-CAM", (guided * large)[0].permute(1, 2, 0) * per_step, ours))
    return 0 if max(distances) < 1e-2 else 1


if __name__ == "__main__":
    sys.exit(main())

# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""PyTorch, channels last: autograd through guided ReLUs, the same compiled, and captum's; and autograd in
double precision, which is what the others' errors are taken against. That one keeps channels first: its
channels-last convolution rounds equal neighbourhoods differently from place to place, and then thousands
of ties in the first pool, wherever an image is flat, go to another than the first maximum.

usage: torch_peer.py autograd|compile|captum|float64 THREADS WEIGHTS IMAGE PICTURE
"""
import sys

import torch

import peer


class GuidedReLU(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = x.clamp(min=0)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, dy):
        y, = ctx.saved_tensors
        return dy.clamp(min=0) * (y > 0)


class GuidedReLUModule(torch.nn.Module):
    def forward(self, x):
        return GuidedReLU.apply(x)


def make_model(weights, relu):
    modules, arrays = [], iter(peer.read_convolutions(weights))
    for block, (_, n_convolutions) in enumerate(peer.BLOCKS):
        if block > 0:
            modules.append(torch.nn.MaxPool2d(2))
        for _ in range(n_convolutions):
            kernel, bias = next(arrays)
            convolution = torch.nn.Conv2d(kernel.shape[1], kernel.shape[0], 3, padding=1)
            convolution.weight.data = torch.from_numpy(kernel.copy())
            convolution.bias.data = torch.from_numpy(bias.copy())
            modules += [convolution, relu()]
    return torch.nn.Sequential(*modules).eval().requires_grad_(False)


def make_differentiate(variant, weights, memory_format):
    relu = torch.nn.ReLU if variant == "captum" else GuidedReLUModule
    model = make_model(weights, relu).to(memory_format=memory_format)
    if variant == "captum":
        from captum.attr import GuidedBackprop
        return GuidedBackprop(SumModel(model)).attribute
    if variant == "compile":
        model = torch.compile(model)
    if variant == "float64":
        model = model.double()

    def differentiate(inputs):
        return torch.autograd.grad(model(inputs).sum(), inputs)[0]

    return differentiate


class SumModel(torch.nn.Module):
    """Captum explains one number for each image."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, inputs):
        return self.model(inputs).sum(dim=(1, 2, 3))


def make_compute(threads, weights):
    torch.set_num_threads(threads)
    variant = sys.argv[1]
    dtype, memory_format = torch.float32, torch.channels_last
    if variant == "float64":
        dtype, memory_format = torch.float64, torch.contiguous_format
    differentiate = make_differentiate(variant, weights, memory_format)

    def compute(rgb):
        inputs = torch.from_numpy(peer.preprocess(rgb)).to(dtype).permute(2, 0, 1)[None]
        inputs = inputs.contiguous(memory_format=memory_format).requires_grad_()
        return differentiate(inputs)[0].detach().permute(1, 2, 0).numpy()[..., ::-1]

    return compute


peer.serve(make_compute)

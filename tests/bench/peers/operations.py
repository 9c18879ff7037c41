# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The operations that kinds.py times, each as three libraries have it: this one's bench-kind, PyTorch, and ncnn."""
import dataclasses
import functools
import typing

import torch
from torch.nn import functional



@dataclasses.dataclass
class Operation:
    """title, shape: for people; kind: this library's name; inputs: [(height, width, channels)]; weights: the kernel's shape,
    as PyTorch has it, and how many biases there are; torch (inputs, kernel, bias) gives the output; ncnn: a layer's type
    and parameters, or None: it has no such layer; is_chained: in networks it is computed in place; in_place (input): the
    same as torch over its input, or None: PyTorch has no such; numbers: this library's arrays, where it has such instead
    of weights."""

    kind: str
    shape: str
    inputs: list
    torch: typing.Callable
    ncnn: tuple | None
    outputs: int = 0
    rows: int = 1
    columns: int = 1
    stride: int = 1
    padding: tuple = (0, 0, 0, 0)  # top, left, bottom, right
    groups: int = 1
    function: str = ""
    slope: float = 0
    offset: float = 0
    maximum: float = 0
    kernel: tuple = ()
    n_bias: int = 0
    is_chained: bool = False
    in_place: typing.Callable | None = None
    numbers: tuple = ()
    title: str = ""

    def compute_in_place(self, tensor, kernel, bias):
        return self.in_place(tensor) if self.in_place else self.torch([tensor], kernel, bias)

    def get_question(self):
        """As kind.c wants it."""
        inputs = ",".join("x".join(map(str, shape)) for shape in self.inputs)
        fields = (self.kind, inputs, self.outputs, self.rows, self.columns, self.stride, *self.padding, self.groups,
                  self.function, self.slope, self.offset, self.maximum,
                  "/".join(",".join(map(repr, array)) for array in self.numbers))
        return ";".join(map(str, fields))


def describe(shape):
    return "×".join(map(str, shape))


def convolution(side, n_inputs, n_outputs, rows, columns=None, stride=1, groups=1, function=""):
    """Padded on all sides by half of the window, as PyTorch's networks are."""
    columns = columns or rows
    top, left = rows // 2, columns // 2
    rectify = {"": lambda y: y, "ReLU": functional.relu}[function]
    n_weights = rows * columns * n_inputs // groups * n_outputs
    parameters = {0: n_outputs, 1: columns, 11: rows, 2: 1, 3: stride, 4: left, 14: top, 5: 1, 6: n_weights,
                  9: int(function == "ReLU")}
    kind, layer = "convolution", "Convolution"
    if groups > 1:
        layer = "ConvolutionDepthWise"
        parameters[7] = groups
        kind = "depthwise convolution" if groups == n_inputs else f"convolution in {groups} groups"
    title = f"{kind} {rows}×{columns}" + (f", stride {stride}" if stride > 1 else "") + (", ReLU" if function else "")
    return Operation(
        "convolution", f"{side}², {n_inputs}" + (f" → {n_outputs}" if groups != n_inputs else ""),
        [(side, side, n_inputs)],
        lambda inputs, kernel, bias: rectify(functional.conv2d(inputs[0], kernel, bias, stride, (top, left),
                                                               groups=groups)),
        (layer, parameters), n_outputs, rows, columns, stride, (top, left, top, left), groups, function,
        kernel=(n_outputs, n_inputs // groups, rows, columns), n_bias=n_outputs, title=title)


def dense(n_inputs, n_outputs):
    return Operation(
        "dense", f"{n_inputs} → {n_outputs}", [(1, 1, n_inputs)],
        lambda inputs, kernel, bias: functional.linear(inputs[0].flatten(1), kernel[:, :, 0, 0], bias),
        ("InnerProduct", {0: n_outputs, 1: 1, 2: n_inputs * n_outputs}), n_outputs,
        kernel=(n_outputs, n_inputs, 1, 1), n_bias=n_outputs, title="dense")


POOLS = {"max pooling": 0, "average pooling": 1, "average pooling with its padding": 1}


def pool(kind, side, n_channels, size, stride, padding):
    def compute(inputs, kernel, bias):
        if kind == "max pooling":
            return functional.max_pool2d(inputs[0], size, stride, padding)
        return functional.avg_pool2d(inputs[0], size, stride, padding, count_include_pad=kind.endswith("padding"))

    parameters = {0: POOLS[kind], 1: size, 2: stride, 3: padding, 5: 1, 6: int(kind.endswith("padding"))}
    return Operation(kind, f"{side}², {n_channels}", [(side, side, n_channels)], compute, ("Pooling", parameters),
                     rows=size, columns=size, stride=stride, padding=(padding,) * 4,
                     title=f"{kind} {size}×{size}, stride {stride}")


def global_pool(kind, side, n_channels):
    is_max = kind == "global max pooling"
    compute = functional.adaptive_max_pool2d if is_max else functional.adaptive_avg_pool2d
    return Operation(kind, f"{side}², {n_channels}", [(side, side, n_channels)],
                     lambda inputs, kernel, bias: compute(inputs[0], 1),
                     ("Pooling", {0: int(not is_max), 4: 1}), title=kind)


def batch_normalisation(side, n_channels):
    def compute(inputs, kernel, bias):
        return functional.batch_norm(inputs[0], kernel.new_zeros(n_channels), kernel.new_ones(n_channels),
                                     kernel[:, 0, 0, 0], bias, eps=0)

    return Operation("scale", f"{side}², {n_channels}", [(side, side, n_channels)], compute,
                     ("BatchNorm", {0: n_channels, 1: 0.0}), kernel=(n_channels, 1, 1, 1), n_bias=n_channels,
                     is_chained=True, title="batch normalisation, not folded")


def layer_normalization(side, n_channels):
    def compute(inputs, kernel, bias):
        last = functional.layer_norm(inputs[0].permute(0, 2, 3, 1), (n_channels,), kernel[:, 0, 0, 0], bias)
        return last.permute(0, 3, 1, 2)

    return Operation("layer normalization", f"{side}², {n_channels}", [(side, side, n_channels)], compute, None,
                     kernel=(n_channels, 1, 1, 1), n_bias=n_channels, title="layer normalization")


def group_normalization(side, n_channels, groups):
    def compute(inputs, kernel, bias):
        return functional.group_norm(inputs[0], groups, kernel[:, 0, 0, 0], bias)

    return Operation("group normalization", f"{side}², {n_channels}", [(side, side, n_channels)], compute, None,
                     groups=groups, kernel=(n_channels, 1, 1, 1), n_bias=n_channels,
                     title=f"group normalization, {groups} groups")


def activation(function, compute, ncnn, title=None, side=56, n_channels=256, **more):
    return Operation("activation", f"{side}², {n_channels}", [(side, side, n_channels)], compute, ncnn,
                     function=function, is_chained=True, title=title or function, **more)


def of_input(function, **options):
    return lambda inputs, kernel, bias: function(inputs[0], **options)


def of_function(name, function, ncnn, title=None, more=None, **options):
    """One of PyTorch's functions that has inplace; more: fields of Operation."""
    return activation(name, of_input(function, **options), ncnn, title, **(more or {}),
                      in_place=functools.partial(function, inplace=True, **options))


ACTIVATIONS = [
    of_function("ReLU", functional.relu, ("ReLU", {})),
    of_function("ReLU", functional.relu6, ("Clip", {0: 0.0, 1: 6.0}), "ReLU6", {"maximum": 6}),
    of_function("leaky ReLU", functional.leaky_relu, ("ReLU", {0: 0.1}), more={"slope": 0.1}, negative_slope=0.1),
    activation("leaky ReLU", lambda inputs, kernel, bias: functional.prelu(inputs[0], kernel[:, 0, 0, 0]),
               ("PReLU", {0: 256}), "PReLU", outputs=256, kernel=(256, 1, 1, 1)),
    of_function("ELU", functional.elu, ("ELU", {0: 1.0}), more={"slope": 1}),
    of_function("SELU", functional.selu, ("SELU", {})),
    of_function("SiLU", functional.silu, ("Swish", {})),
    activation("GELU", of_input(functional.gelu), ("GELU", {})),
    activation("GELU by tanh", of_input(functional.gelu, approximate="tanh"), ("GELU", {0: 1})),
    of_function("hard-swish", functional.hardswish, ("HardSwish", {0: 1 / 6, 1: 0.5})),
    of_function("Mish", functional.mish, ("Mish", {})),
    activation("sigmoid", of_input(torch.sigmoid), ("Sigmoid", {}), in_place=torch.sigmoid_),
    of_function("hard-sigmoid", functional.hardsigmoid, ("HardSigmoid", {0: 1 / 6, 1: 0.5}),
                more={"slope": 1 / 6, "offset": 0.5}),
    activation("tanh", of_input(torch.tanh), ("TanH", {}), in_place=torch.tanh_),
    activation("softplus", of_input(functional.softplus), ("Softplus", {})),
]


def elementwise(kind, shapes, compute, ncnn):
    return Operation(kind, " and ".join(map(describe, shapes)), shapes, lambda inputs, kernel, bias: compute(*inputs),
                     ncnn, title=kind)


def border(kind, side, n_channels, size):
    is_padding = kind == "padding"
    width = size if is_padding else -size
    inner = side - 2 * size
    ncnn = ("Padding", {0: size, 1: size, 2: size, 3: size}) if is_padding else (
        "Crop", {0: size, 1: size, 2: 0, 3: inner, 4: inner, 5: n_channels})
    return Operation(kind, f"{side}², {n_channels}", [(side, side, n_channels)],
                     of_input(functional.pad, pad=(width,) * 4), ncnn, padding=(size,) * 4, title=f"{kind} by {size}")


def softmax(n_classes):
    return Operation("softmax", str(n_classes), [(1, 1, n_classes)], of_input(functional.softmax, dim=1),
                     ("Softmax", {0: 0, 1: 1}), is_chained=True, title="softmax")


def response_normalization(side, n_channels, size, alpha, beta):
    return Operation("local response normalization", f"{side}², {n_channels}", [(side, side, n_channels)],
                     of_input(functional.local_response_norm, size=size, alpha=alpha, beta=beta, k=1.0),
                     ("LRN", {0: 0, 1: size, 2: alpha, 3: beta, 4: 1.0}), columns=size,
                     numbers=((1.0, alpha / size, beta),), title=f"local response normalization over {size}")


def line_of_bilinear(line, n):
    """Of twice as many lines as n: the first of two, and their factors."""
    place = min(max((line + 0.5) / 2 - 0.5, 0), n - 1)
    first = min(int(place), n - 2)
    return first, 1 - (place - first), place - first


def doubling(side, n_channels):
    numbers = tuple(number for line in range(2 * side) for number in line_of_bilinear(line, side))
    return Operation("resampling", f"{side}², {n_channels}", [(side, side, n_channels)],
                     of_input(functional.interpolate, scale_factor=2, mode="bilinear"),
                     ("Interp", {0: 2, 1: 2.0, 2: 2.0}), rows=2, columns=2, numbers=(numbers, numbers),
                     title="resampling to twice the size")


def transposition(side, n_channels):
    return Operation("transposition", f"{side}², {n_channels}", [(side, side, n_channels)],
                     lambda inputs, kernel, bias: inputs[0].permute(0, 3, 2, 1).contiguous(),
                     ("Permute", {0: 5}), numbers=((0, 2, 1),), title="columns and channels change places")


OPERATIONS = [
    # VGG's, ResNet's, MobileNet's, Inception's, ResNeXt's, EfficientNet's, DenseNet's
    convolution(224, 3, 64, 3), convolution(56, 64, 64, 3), convolution(28, 512, 512, 3), convolution(14, 256, 256, 3),
    convolution(14, 512, 512, 3), convolution(14, 512, 512, 3, function="ReLU"), convolution(14, 128, 32, 3),
    convolution(224, 3, 32, 3, stride=2), convolution(56, 128, 128, 3, stride=2),
    convolution(14, 512, 512, 3, stride=2),
    convolution(112, 16, 96, 1), convolution(56, 64, 256, 1), convolution(14, 1024, 256, 1),
    convolution(14, 1024, 256, 1, function="ReLU"), convolution(7, 320, 1280, 1), convolution(56, 256, 512, 1, stride=2),
    convolution(112, 32, 32, 3, groups=32), convolution(112, 96, 96, 3, stride=2, groups=96),
    convolution(14, 576, 576, 3, groups=576), convolution(28, 120, 120, 5, groups=120),
    convolution(14, 672, 672, 5, stride=2, groups=672),
    convolution(224, 3, 64, 7, stride=2), convolution(17, 192, 192, 1, 7), convolution(17, 192, 192, 7, 1),
    convolution(35, 48, 64, 5), convolution(56, 128, 128, 3, groups=32), convolution(14, 512, 512, 3, groups=32),
    dense(25088, 4096), dense(2048, 1000),
    pool("max pooling", 224, 64, 2, 2, 0), pool("max pooling", 112, 64, 3, 2, 1),
    pool("average pooling", 56, 128, 2, 2, 0), pool("average pooling", 35, 192, 3, 1, 1),
    pool("average pooling with its padding", 35, 192, 3, 1, 1),
    global_pool("global average pooling", 7, 2048), global_pool("global average pooling", 56, 128),
    global_pool("global max pooling", 7, 2048),
    batch_normalisation(56, 256), layer_normalization(56, 96), layer_normalization(14, 384),
    group_normalization(28, 256, 32), response_normalization(55, 96, 5, 1e-4, 0.75), *ACTIVATIONS, softmax(1000),
    Operation("log-softmax", "1000", [(1, 1, 1000)], of_input(functional.log_softmax, dim=1), None, title="log-softmax"),
    elementwise("addition", [(56, 56, 256)] * 2, lambda a, b: a + b, ("BinaryOp", {0: 0})),
    elementwise("multiplication", [(56, 56, 256)] * 2, lambda a, b: a * b, ("BinaryOp", {0: 2})),
    elementwise("multiplication", [(28, 28, 240), (1, 1, 240)], lambda a, b: a * b, ("BinaryOp", {0: 2})),
    elementwise("concatenation", [(28, 28, 256)] * 2, lambda a, b: torch.cat((a, b), 1), ("Concat", {0: 0})),
    elementwise("maximum", [(56, 56, 256)] * 2, torch.maximum, ("BinaryOp", {0: 4})),
    Operation("maximum of the channels", "56², 256", [(56, 56, 256)], of_input(torch.amax, dim=1, keepdim=True), None,
              title="maximum of the channels"),
    doubling(28, 128), transposition(56, 64),
    border("padding", 112, 64, 1), border("cropping", 112, 64, 1),
]

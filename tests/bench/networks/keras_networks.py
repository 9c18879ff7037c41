# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guided gradients of keras.applications by Keras and by this library, and the time both take: for applications.sh."""

import logging
import os
import pathlib
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras  # noqa: E402 (the variable comes first)
import numpy  # noqa: E402
import tensorflow as tf  # noqa: E402

import comparison  # noqa: E402

tf.get_logger().setLevel("ERROR")
logging.getLogger("absl").setLevel("ERROR")

# What each network wants of its pixels.
PREPROCESSES = {
    "MobileNetV2": "tf", "MobileNetV3Small": "none", "MobileNetV3Large": "none", "ResNet50": "caffe", "ResNet50V2": "tf",
    "DenseNet121": "torch", "InceptionV3": "tf", "Xception": "tf", "EfficientNetB0": "none", "VGG16": "caffe",
    "NASNetMobile": "tf", "MobileNet": "tf", "EfficientNetV2B0": "none", "EfficientNetV2S": "none", "InceptionResNetV2": "tf",
}  # fmt: skip
RECTIFIERS = ("relu", "relu6", "leaky_relu", "elu", "selu", "silu", "gelu", "hard_silu", "mish")
FILES = ("network.keras", "network.h5")


def preprocess(kind, image):
    """An image of [height][width][3], and what a step of 0 ... 255 is in each channel."""
    if kind == "caffe":
        return (image - numpy.array([123.68, 116.779, 103.939]))[..., ::-1], numpy.ones(3)
    means = {"torch": [123.675, 116.28, 103.53], "tf": 127.5}.get(kind, 0)
    deviations = {"torch": [58.395, 57.12, 57.375], "tf": 127.5}.get(kind, 1)
    return (image - numpy.array(means)) / deviations, 1 / numpy.broadcast_to(numpy.array(deviations, float), 3)


def randomize(network, pixels):
    """Seeded biases and normalisations, whose statistics are those of their own inputs, but not quite: so signals neither
    die nor explode, and those of no layer are what a network that has learnt nothing has."""
    random = numpy.random.default_rng(7)
    layers = list(network._flatten_layers(include_self=False))
    norms = [layer for layer in layers if isinstance(layer, keras.layers.BatchNormalization)]
    for layer in layers:
        if getattr(layer, "bias", None) is not None:
            layer.bias.assign(random.normal(0, 0.05, layer.bias.shape))
    momenta = [layer.momentum for layer in norms]
    for layer in norms:
        layer.momentum = 0
        layer.beta.assign(random.normal(0, 0.2, layer.beta.shape))
        if layer.gamma is not None:
            layer.gamma.assign(random.uniform(0.7, 1.3, layer.gamma.shape))
    network(pixels, training=True)
    for layer, momentum in zip(norms, momenta, strict=True):
        layer.momentum = momentum
        variance = layer.moving_variance.numpy()
        variance += 0.1 * variance.mean() + 1e-6
        layer.moving_mean.assign_add(0.1 * numpy.sqrt(variance) * random.normal(size=variance.shape))
        layer.moving_variance.assign(variance * random.uniform(0.7, 1.4, variance.shape))


def make_guided(function):
    """f(x) forward; back f'(x) · max(dy, 0) · [f(x) > 0]."""

    @tf.custom_gradient
    def guided(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function(x)

        def gradient(dy):
            return tape.gradient(y, x, tf.where((dy > 0) & (y > 0), dy, tf.zeros_like(dy)))

        return y, gradient

    return guided


def guide(network):
    """Gives all rectifiers the rule, and takes the class layer's softmax away."""
    network.layers[-1].activation = keras.activations.linear
    for layer in network._flatten_layers(include_self=False):
        if isinstance(layer, (keras.layers.ReLU, keras.layers.LeakyReLU, keras.layers.PReLU, keras.layers.ELU)):
            layer.call = make_guided(layer.call)
        elif getattr(getattr(layer, "activation", None), "__name__", None) in RECTIFIERS:
            layer.activation = make_guided(layer.activation)


def open_network(path, precision):
    """The network of a .keras file, guided, that computes in float32 or float64."""
    text = keras.models.load_model(path).to_json()
    network = keras.models.model_from_json(text.replace('"float32"', f'"{precision}"'))
    network.load_weights(path)
    guide(network)
    return network


def make_explain(network, layer=None):
    """A function of pixels and a class, of [1][height][width][3]; of the sum of @layer's outputs, if it is given."""
    outputs = network.get_layer(layer).output if layer else network.outputs[0]
    cut = keras.Model(network.inputs, outputs)

    @tf.function
    def explain(pixels, target):
        with tf.GradientTape() as tape:
            tape.watch(pixels)
            outputs = cut(pixels)
            value = tf.reduce_sum(outputs) if layer else outputs[0, target]
        return tape.gradient(value, pixels)

    return explain


class Keras:
    """The gradients of a file's network for one image, in a step of 0 ... 255 of RGB."""

    def __init__(self, path, precision, kind, image):
        self.network = open_network(path, precision)
        pixels, self.scale = preprocess(kind, image.astype(numpy.float64))
        self.kind = kind
        self.pixels = tf.constant(pixels[None], precision)
        self.explain_class = make_explain(self.network)

    def get_top(self):
        return int(numpy.argmax(self.network(self.pixels)))

    def compute(self, target, layer=None):
        explain = make_explain(self.network, layer) if layer else self.explain_class
        gradient = explain(self.pixels, tf.constant(target))[0].numpy()
        return (gradient[..., ::-1] if self.kind == "caffe" else gradient) * self.scale

    def measure(self, target):
        """The seconds that the class takes."""
        began = time.perf_counter()
        self.explain_class(self.pixels, target).numpy()
        return time.perf_counter() - began


def make_files(name, options):
    """Writes the network in each format; the image, and the file that it is in."""
    keras.utils.set_random_seed(7)
    network = getattr(keras.applications, name)(weights=None)
    height, width = (size or 224 for size in network.input_shape[1:3])
    image, image_path = comparison.read_image(options, height, width)
    randomize(network, tf.constant(preprocess(PREPROCESSES[name], image)[0][None], "float32"))
    for file in FILES:
        network.save(pathlib.Path(options.folder) / file)
    return image, image_path


class Reference:
    """What Keras makes of a network and an image, in both precisions. It reads only .keras: of MobileNetV3 it cannot read
    the .h5 that it has written."""

    def __init__(self, path, kind, image):
        self.exact, self.single = (Keras(path, precision, kind, image) for precision in ("float64", "float32"))
        self.top = self.exact.get_top()
        self.gradients = {}

    def get_gradients(self, target, layer=None):
        """In float64, and how far that in float32 is from it."""
        if (target, layer) not in self.gradients:
            expected, found = self.exact.compute(target, layer), self.single.compute(target, layer)
            self.gradients[target, layer] = expected, comparison.measure_distance(found, expected)
        return self.gradients[target, layer]


def compare_file(name, options, path, reference, image_path):
    """A row of the table."""
    peer = comparison.Peer(options, path, PREPROCESSES[name], image_path)
    peer.explain("class")
    target, layer = peer.get_target()
    expected, their_error = reference.get_gradients(target)
    error = comparison.measure_distance(peer.get_gradient(expected.shape), expected)
    peer.explain("map")
    expected_map, _ = reference.get_gradients(target, layer)
    map_error = comparison.measure_distance(peer.get_gradient(expected.shape), expected_map)
    class_index = tf.constant(target)
    times = comparison.take_turns(peer, lambda: reference.single.measure(class_index), options.rounds)
    peer.close()
    return (
        f"| {name} | {path.suffix} | {expected.shape[0]} | {error:.1e} | {their_error:.1e} "
        f"| {comparison.name_class(reference.top, target)} | {times['class']:.0f} | {times['framework']:.0f} "
        f"| {times['framework'] / times['class']:.2f} | {layer} | {map_error:.1e} | {1000 / times['map']:.0f} |"
    )


def compare(name, options):
    keras.backend.clear_session()
    image, image_path = make_files(name, options)
    paths = [pathlib.Path(options.folder) / file for file in FILES]
    reference = Reference(paths[0], PREPROCESSES[name], image)
    for path in paths:
        yield compare_file(name, options, path, reference, image_path)


def main():
    options = comparison.parse_options(list(PREPROCESSES))
    tf.config.threading.set_intra_op_parallelism_threads(options.threads)
    tf.config.threading.set_inter_op_parallelism_threads(options.threads)
    head = (
        "# Networks of keras.applications\n\n"
        "Guided backpropagation of the strongest class, at full size, random weights, from a `.keras` and an `.h5` file, "
        f"float32, {options.threads} threads on {comparison.read_cpu()}; medians of {options.rounds} rounds in which both take "
        f"turns, with Keras {keras.__version__} on TensorFlow {tf.__version__}, as a tf.function. The errors are relative L2 "
        "distances to Keras' gradient in float64: masks that rounding flips make most of the larger ones. The last columns are of "
        "the guided map of the last layer with a map. `tests/bench/applications.sh` makes it again.\n\n"
        "| network | file | input | error | Keras' | class | ms | Keras, ms | ÷ ours | last map | its error | frames a second |\n"
        "|---|---|---:|---:|---:|---|---:|---:|---:|---|---:|---:|\n"
    )
    comparison.write_table(options, head, compare)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Make the cases in tests/explain/keras: gradients by Keras on TensorFlow, in its single precision.

The networks, targets and image are those of make_cases.py; the activations are ReLUs with a gradient of their own, as
the article on guided backpropagation for Keras has them. Single precision may put an output that is nearly zero on the
other side of its ReLU, in Keras too: where that moves Keras' gradient by more than a hundredth from the one of
make_cases.py, in double precision, the case says nothing about the library and is left out.

usage: make_keras_cases.py MAKE_UNTRAINED [FOLDER]    (the program of that name in the build folder's weights/)
It needs the packages keras and tensorflow-cpu, of the versions in tests/bench/peers/requirements.txt.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import keras
import numpy as np
import tensorflow as tf

import make_cases

HERE = pathlib.Path(__file__).resolve().parent / 'keras'
ACCEPTED = 1e-2


@tf.custom_gradient
def guided(x):
    return tf.nn.relu(x), lambda dy: tf.where((x > 0) & (dy > 0), dy, 0.0)


@tf.custom_gradient
def deconvnet(x):
    return tf.nn.relu(x), lambda dy: tf.nn.relu(dy)


ACTIVATIONS = {'gradient': tf.nn.relu, 'guided': guided, 'deconvnet': deconvnet}


def make_layer(name, kind, n_outputs, method):
    activation = None if name == 'predictions' else ACTIVATIONS[method]
    if kind == 'convolution':
        return keras.layers.Conv2D(n_outputs, 3, padding='same', activation=activation, name=name)
    if kind == 'dense':
        return keras.layers.Dense(n_outputs, activation=activation, name=name)
    return keras.layers.Flatten(name=name) if kind == 'flatten' else keras.layers.MaxPooling2D(2, name=name)


def make_model(layers, cut, method):
    x = inputs = keras.Input((224, 224, 3))
    weights = []
    for name, kind, kernel, bias in layers:
        layer = make_layer(name, kind, 0 if kernel is None else kernel.shape[-1], method)
        x = layer(x)
        if kernel is not None:
            weights.append((layer, kernel, bias))
        if name == cut:
            break
    for layer, kernel, bias in weights:
        layer.set_weights([kernel.astype('float32'), bias.astype('float32')])
    return keras.Model(inputs, x)


def explain(model, image, selection):
    inputs = tf.constant((image[..., ::-1] - make_cases.MEAN)[None].astype('float32'))
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        selected = model(inputs)[0]
        if 'y' in selection:
            selected = selected[selection['y'], selection['x']]
        if 'channel' in selection:
            selected = selected[..., selection['channel']]
        target = tf.reduce_sum(selected)
    return float(target), tape.gradient(target, inputs)[0].numpy()


def get_error(kept, number):
    exact = np.fromfile(make_cases.HERE / f'ties-{number:02}.f32', '<f4').reshape(kept.shape)
    return np.linalg.norm(kept - exact) / np.linalg.norm(exact)


def run_case(maker, folder, case):
    weights, layer, method, selection = case
    architecture, widths, options = make_cases.NETWORKS[weights]
    path = folder / weights
    if not path.exists():
        command = [maker, '--architecture', architecture, '--widths', ','.join(map(str, widths)), *options, path]
        subprocess.run(command, check=True)
    layers = make_cases.get_layers(architecture, make_cases.read_safetensors(path))
    return explain(make_model(layers, layer, method), make_cases.make_image(), selection)


def main():
    output = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else HERE
    output.mkdir(exist_ok=True)
    cases = []
    with tempfile.TemporaryDirectory() as folder:
        for number, case in enumerate(make_cases.CASES):
            weights, layer, method, selection = case
            target, gradient = run_case(sys.argv[1], pathlib.Path(folder), case)
            kept = gradient[::make_cases.STEP, ::make_cases.STEP]
            error = get_error(kept, number)
            print(number, weights, layer, method, target, f'relative L2 error of Keras: {error:.1e}')
            if error > ACCEPTED:
                continue
            expect = f'keras-{number:02}.f32'
            (output / expect).write_bytes(kept.astype('<f4').tobytes())
            cases.append({'layer': layer, 'method': method, **selection, 'image': '../cases/ties.rgb',
                          'weights': weights, 'expect': expect, 'step': make_cases.STEP, 'target': target,
                          'l2': float(np.linalg.norm(kept))})
    (output / 'cases.json').write_text(json.dumps(cases, indent=1) + '\n')


if __name__ == '__main__':
    main()

#!/usr/bin/env python3
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Make the cases in tests/explain/cases: gradients by NumPy in double precision.

An implementation of its own, by matrices of patches, that shares nothing with the library.

usage: make_cases.py MAKE_UNTRAINED    (the program of that name in the build folder's weights/)
"""
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent / 'cases'
STEP = 8  # the expected gradient is kept at every eighth pixel across and down
MEAN = np.array([103.939, 116.779, 123.68])

# The arguments here are those of the custom targets in meson.build.
NETWORKS = {
    'vgg19-w12.safetensors': ('vgg19', [12, 24, 48, 96, 96], ['--dense', '20', '--classes', '7', '--seed', '12']),
    'vgg16-w8.safetensors': ('vgg16', [8, 16, 32, 64, 64], ['--dense', '24', '--classes', '10', '--seed', '16']),
    'vgg19-w64.safetensors': ('vgg19', [64, 128, 256, 512, 512], ['--dense', '0', '--classes', '0', '--seed', '64']),
}
CASES = [
    ('vgg19-w12.safetensors', 'block5_conv4', 'guided', {}),
    ('vgg19-w12.safetensors', 'block4_conv4', 'gradient', {'channel': 17}),
    ('vgg19-w12.safetensors', 'block3_pool', 'deconvnet', {}),
    ('vgg19-w12.safetensors', 'block5_conv1', 'guided', {'channel': 40, 'y': 3, 'x': 12}),
    ('vgg19-w12.safetensors', 'flatten', 'guided', {'channel': 2500}),
    ('vgg19-w12.safetensors', 'predictions', 'gradient', {'channel': 6}),
    ('vgg16-w8.safetensors', 'block5_conv3', 'guided', {}),
    ('vgg16-w8.safetensors', 'block5_pool', 'deconvnet', {}),
    ('vgg16-w8.safetensors', 'fc1', 'guided', {}),
    ('vgg16-w8.safetensors', 'predictions', 'guided', {'channel': 2}),
    ('vgg19-w64.safetensors', 'block3_conv2', 'guided', {}),
    ('vgg19-w64.safetensors', 'block5_conv4', 'guided', {'channel': 100}),
    ('vgg19-w64.safetensors', 'block5_conv4', 'gradient', {}),
]
CONVOLUTIONS = {'vgg16': (2, 2, 3, 3, 3), 'vgg19': (2, 2, 4, 4, 4)}


def make_image():
    """Noise beside what makes ties in pooling: flat fields, stripes, a chequerboard."""
    image = np.random.RandomState(5).randint(0, 256, (224, 224, 3)).astype(np.uint8)
    image[:100, :90] = (200, 30, 90)
    image[100:160, :90] = np.where((np.arange(90) % 4 < 2)[None, :, None], 255, 20)
    image[160:, :90] = np.where(((np.arange(64)[:, None] + np.arange(90)) % 2 == 0)[..., None], 0, 180)
    image[180:, 90:] = 0
    return image


def read_safetensors(path):
    data = path.read_bytes()
    n_header, = struct.unpack('<Q', data[:8])
    arrays = {}
    for name, entry in json.loads(data[8:8 + n_header]).items():
        if name != '__metadata__':
            first, end = (8 + n_header + offset for offset in entry['data_offsets'])
            kind = {'F16': '<f2', 'F32': '<f4'}[entry['dtype']]
            arrays[name] = np.frombuffer(data[first:end], kind).reshape(entry['shape']).astype(np.float64)
    return arrays


def get_patches(x):
    """[height][width][channels] to [height · width][3 · 3 · channels]."""
    height, width, channels = x.shape
    padded = np.pad(x, ((1, 1), (1, 1), (0, 0)))
    taps = [padded[i:i + height, j:j + width] for i in range(3) for j in range(3)]
    return np.stack(taps, axis=2).reshape(height * width, 9 * channels)


def get_layers(architecture, arrays):
    """(name, kind, kernel, bias) from the input on, kernels as [3][3][in][out] or [in][out]."""
    index = 0
    for block, n in enumerate(CONVOLUTIONS[architecture], 1):
        for i in range(1, n + 1):
            kernel = arrays[f'features.{index}.weight'].transpose(2, 3, 1, 0)
            yield f'block{block}_conv{i}', 'convolution', kernel, arrays[f'features.{index}.bias']
            index += 2
        yield f'block{block}_pool', 'pool', None, None
        index += 1
    yield 'flatten', 'flatten', None, None
    for name, number in (('fc1', 0), ('fc2', 3), ('predictions', 6)):
        if f'classifier.{number}.weight' not in arrays:
            return
        kernel = arrays[f'classifier.{number}.weight'].T
        if name == 'fc1':  # torchvision flattens [channel][height][width]
            kernel = kernel.reshape(-1, 7, 7, kernel.shape[1]).transpose(1, 2, 0, 3)
            kernel = kernel.reshape(-1, kernel.shape[-1])
        yield name, 'dense', kernel, arrays[f'classifier.{number}.bias']


def go_forward(layers, x, cut):
    """The cut's output, and for each layer what its way back needs."""
    trace = []
    for name, kind, kernel, bias in layers:
        shape, kept = x.shape, None
        if kind == 'convolution':
            x = (get_patches(x) @ kernel.reshape(-1, kernel.shape[-1])).reshape(*shape[:2], -1) + bias
        elif kind == 'dense':
            x = x @ kernel + bias
        elif kind == 'flatten':
            x = x.reshape(-1)
        else:
            windows = x.reshape(shape[0] // 2, 2, shape[1] // 2, 2, shape[2]).transpose(0, 2, 4, 1, 3)
            windows = windows.reshape(*windows.shape[:3], 4)
            # The first maximum in raster order; in single precision, where what is equal but for the
            # order of a sum in double precision is equal.
            kept = windows.astype(np.float32).argmax(axis=3)
            x = windows.max(axis=3)
        if kind in ('convolution', 'dense') and name != 'predictions':
            kept = x > 0
            x = np.where(kept, x, 0)
        trace.append((name, kind, kernel, shape, kept))
        if name == cut:
            break
    return x, trace


def go_backward(trace, dy, method):
    for name, kind, kernel, shape, kept in reversed(trace):
        if kind in ('convolution', 'dense') and name != 'predictions':
            if method != 'deconvnet':
                dy = dy * kept
            if method != 'gradient':
                dy = np.where(dy > 0, dy, 0)
        if kind == 'convolution':
            turned = kernel[::-1, ::-1].transpose(0, 1, 3, 2)
            dy = (get_patches(dy) @ turned.reshape(-1, turned.shape[-1])).reshape(shape)
        elif kind == 'dense':
            dy = kernel @ dy
        elif kind == 'flatten':
            dy = dy.reshape(shape)
        else:
            windows = (np.arange(4) == kept[..., None]) * dy[..., None]
            windows = windows.reshape(*dy.shape, 2, 2).transpose(0, 3, 1, 4, 2)
            dy = windows.reshape(shape)
    return dy


def explain(layers, image, layer, method, selection):
    output, trace = go_forward(layers, image[..., ::-1].astype(np.float64) - MEAN, layer)
    seed = np.zeros_like(output)
    where = [slice(None)] * output.ndim
    where[-1] = selection.get('channel', slice(None))
    if output.ndim == 3:
        where[0], where[1] = selection.get('y', slice(None)), selection.get('x', slice(None))
    seed[tuple(where)] = 1
    return (output * seed).sum(), go_backward(trace, seed, method)


def main():
    image = make_image()
    HERE.mkdir(exist_ok=True)
    (HERE / 'ties.rgb').write_bytes(image.tobytes())
    cases = []
    with tempfile.TemporaryDirectory() as folder:
        for number, (weights, layer, method, selection) in enumerate(CASES):
            architecture, widths, options = NETWORKS[weights]
            path = pathlib.Path(folder) / weights
            if not path.exists():
                subprocess.run([sys.argv[1], '--architecture', architecture, '--widths',
                                ','.join(map(str, widths)), *options, path], check=True)
            layers = get_layers(architecture, read_safetensors(path))
            target, gradient = explain(list(layers), image, layer, method, selection)
            expect = f'ties-{number:02}.f32'
            (HERE / expect).write_bytes(gradient[::STEP, ::STEP].astype('<f4').tobytes())
            cases.append({'layer': layer, 'method': method, **selection, 'image': 'ties.rgb',
                          'weights': weights, 'expect': expect, 'step': STEP, 'target': target,
                          'l2': float(np.linalg.norm(gradient[::STEP, ::STEP]))})
            print(expect, weights, layer, method, target)
    (HERE / 'cases.json').write_text(json.dumps(cases, indent=1) + '\n')


if __name__ == '__main__':
    main()

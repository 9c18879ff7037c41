# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Keras on TensorFlow: keras.applications' VGG19 with its activations replaced by ReLUs that have a
gradient of their own, and a gradient tape.

usage: keras_peer.py eager|function THREADS WEIGHTS IMAGE PICTURE
"""
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras  # noqa: E402 (the variable comes first)
import tensorflow as tf  # noqa: E402

import peer  # noqa: E402


@tf.custom_gradient
def guided_relu(x):
    def gradient(dy):
        return tf.cast(dy > 0, "float32") * tf.cast(x > 0, "float32") * dy
    return tf.nn.relu(x), gradient


def make_model(weights):
    whole = keras.applications.VGG19(weights=None, include_top=False, input_shape=(224, 224, 3))
    model = keras.Model(whole.inputs, whole.get_layer("block5_conv4").output)
    layers = [layer for layer in model.layers if hasattr(layer, "activation")]
    for layer, (kernel, bias) in zip(layers, peer.read_convolutions(weights), strict=True):
        layer.set_weights([kernel.transpose(2, 3, 1, 0), bias])
        layer.activation = guided_relu
    return model


def make_compute(threads, weights):
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    model = make_model(weights)

    def differentiate(inputs):
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs = model(inputs)
        return tape.gradient(outputs, inputs)

    if sys.argv[1] == "function":
        differentiate = tf.function(differentiate)

    def compute(rgb):
        inputs = tf.constant(peer.preprocess(rgb)[None])
        return differentiate(inputs)[0].numpy()[..., ::-1]

    return compute


peer.serve(make_compute)

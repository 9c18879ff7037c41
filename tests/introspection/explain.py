#!/usr/bin/env python3
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What reference.c prints, through GObject introspection."""
import gi

gi.require_version("Gbp", "0")
from gi.repository import Gbp, GLib  # noqa: E402


def print_list(title, entries):
    print(f"{title}:", *(f"{entry.value}={entry.nick}" for entry in entries))


def print_checksum(title, data):
    print(f"{title}:", GLib.compute_checksum_for_bytes(GLib.ChecksumType.SHA256, data))


def print_network(network):
    print("version: " + ".".join(map(str, Gbp.get_version())))
    print("network:", network.get_description())
    print("layers:", len(network.get_layer_names()))
    print("class 3:", network.get_class_names()[3])
    _, *shape = network.get_layer_shape("block3_conv1")
    print("block3_conv1:", " x ".join(map(str, shape)))
    print_list("methods", Gbp.list_methods())
    print_list("colormaps", Gbp.list_colormaps())


def print_error(explainer, channel):
    try:
        explainer.set_target("block3_conv1", Gbp.Method.GRADIENT, channel, 5, Gbp.UNIT_ALL)
    except GLib.Error as error:
        assert error.matches(Gbp.error_quark(), Gbp.Error.CHANNEL), error
        print("error:", error.message)


def main():
    network = Gbp.Network.load(None, Gbp.Preprocess.AUTO)
    print_network(network)
    height, width = network.get_input_size()
    explainer = Gbp.Explainer.new(network, 0)
    del network  # the explainer keeps it
    rgb = GLib.Bytes.new(bytes(7919 * i % 256 for i in range(3 * height * width)))
    explainer.set_target("block3_conv1", Gbp.Method.GRADIENT, Gbp.CHANNEL_STRONGEST, 5, Gbp.UNIT_ALL)
    print_error(explainer, 999)
    gradient, value, channel = explainer.explain(rgb)
    print(f"channel: {channel}\nvalue: {value:.4f}")
    print_checksum("gradient", gradient)
    print_checksum("picture", explainer.render(gradient, Gbp.Colormap.TURBO))
    explainer.set_class("top", Gbp.Method.GRAD_CAM, None)
    gradient, _, channel = explainer.explain(rgb)
    scores = explainer.get_scores()
    print(f"top of {len(scores)}: {channel} with {scores[channel]:.6f}")
    print_checksum("map", gradient)


main()

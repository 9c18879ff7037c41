#!/usr/bin/env python3
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Use the element from Python, through GObject introspection: take saliency pictures as bytes.

usage: embed.py [INPUT [LAYER]]

INPUT is a file; without one, a test picture is shown. Debian has what is needed in the packages
python3-gi and gir1.2-gst-plugins-base-1.0. With NumPy, a picture is
numpy.frombuffer(pixels, numpy.uint8).reshape(height, width, 3).
"""

import pathlib
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstApp", "1.0")
from gi.repository import Gst, GstApp  # noqa: E402, F401 (GstApp gives appsink its methods)


def saliency_frames(source, layer):
    """Yield (width, height, pixels) of every frame, pixels being packed RGB bytes."""
    pipeline = Gst.parse_launch(
        f"{source} ! gbpsaliency name=saliency colormap=viridis"
        " ! video/x-raw,format=RGB ! appsink name=sink sync=false max-buffers=2"
    )
    pipeline.get_by_name("saliency").set_property("layer", layer)
    sink = pipeline.get_by_name("sink")
    pipeline.set_state(Gst.State.PLAYING)
    try:
        while not sink.is_eos():
            sample = sink.try_pull_sample(Gst.SECOND // 10)
            if sample is not None:
                yield packed(sample)
            # an element that fails says so on the bus, while the sink would wait for ever
            error = pipeline.get_bus().pop_filtered(Gst.MessageType.ERROR)
            if error is not None:
                raise RuntimeError(error.parse_error()[0].message)
    finally:
        pipeline.set_state(Gst.State.NULL)


def packed(sample):
    """The sample's pixels without the padding at the end of each row."""
    caps = sample.get_caps().get_structure(0)
    width, height = caps.get_value("width"), caps.get_value("height")
    data = sample.get_buffer().extract_dup(0, sample.get_buffer().get_size())
    stride = len(data) // height
    rows = (data[y * stride : y * stride + 3 * width] for y in range(height))
    return width, height, b"".join(rows)


def main():
    Gst.init(None)
    source = "videotestsrc num-buffers=5 pattern=ball"
    if len(sys.argv) > 1:
        source = f"uridecodebin uri={pathlib.Path(sys.argv[1]).resolve().as_uri()}"
    layer = sys.argv[2] if len(sys.argv) > 2 else "block5_conv4"
    try:
        for index, (width, height, pixels) in enumerate(saliency_frames(source, layer)):
            print(f"frame {index}: {width} x {height}, {len(pixels)} bytes, mean {sum(pixels) / len(pixels):.1f}")
    except RuntimeError as error:
        sys.exit(f"embed.py: {error}")


if __name__ == "__main__":
    main()

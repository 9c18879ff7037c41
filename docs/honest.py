#!/usr/bin/env python3
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Write the tables and plots of honest.md from honest.jsonl, what tests/honest found. Needs Python alone."""
import base64
import json
import pathlib
import re
import struct
import zlib

HERE = pathlib.Path(__file__).resolve().parent
BASELINES = {"edges": "the picture's edges", "chance": "chance"}

# Each column: its title, and the question (experiment, layer, measure) whose mean it shows.
TABLES = {
    "weights": [
        ("SSIM, random: predictions", ("cascade", "predictions", "ssim")),
        ("down to block5_conv1", ("cascade", "block5_conv1", "ssim")),
        ("down to block3_conv1", ("cascade", "block3_conv1", "ssim")),
        ("all", ("cascade", "block1_conv1", "ssim")),
        ("rank, all random", ("cascade", "block1_conv1", "rank")),
        ("eMPRT", ("complexity", "-", "change")),
    ],
    "edges": [
        ("trained", ("edges", "-", "trained")),
        ("untrained", ("edges", "-", "untrained")),
    ],
    "classes": [
        ("SSIM", ("classes", "-", "ssim")),
        ("rank", ("classes", "-", "rank")),
        ("cosine from predictions", ("convergence", "predictions", "cosine")),
        ("from block5_conv1", ("convergence", "block5_conv1", "cosine")),
        ("from block3_conv1", ("convergence", "block3_conv1", "cosine")),
        ("from block1_conv2", ("convergence", "block1_conv2", "cosine")),
    ],
    "object": [
        ("energy ratio", ("focus", "-", "ratio")),
        ("pointing game", ("focus", "-", "points")),
        ("insertion", ("pixels", "-", "insertion")),
        ("deletion", ("pixels", "-", "deletion")),
        ("logit rises", ("ascent", "-", "rises")),
        ("empty", ("focus", "-", "empty")),
    ],
    "noise": [
        ("SSIM", ("noise", "-", "ssim")),
        ("rank", ("noise", "-", "rank")),
    ],
}

PLOTS = {
    "cascade": ("random from here up", [("SSIM with the trained network's map", "cascade", "ssim"),
                                        ("rank correlation with it", "cascade", "rank")]),
    "convergence": ("the way back begins here", [("cosine, at the pixels, of what comes of two channels",
                                                  "convergence", "cosine")]),
}
# Of the picture of maps.
COLUMNS = ("trained", "predictions", "to block5_conv1", "to block4_conv1", "to block3_conv1", "all random")
ROWS = {"edges": "edges; the scene"}
COLOURS = ("#d1495b", "#00798c", "#edae49", "#30638e", "#7a5195", "#66a182", "#3d3d3d", "#b08968")


def read_results():
    """{(experiment, method, layer, measure): {"mean", "deviation", "n"}}, in the order of the file."""
    results = {}
    for line in (HERE / "honest.jsonl").read_text(encoding="ascii").splitlines():
        found = json.loads(line)
        results[tuple(found[key] for key in ("experiment", "method", "layer", "measure"))] = found
    return results


def methods_of(results):
    return list(dict.fromkeys(key[1] for key in results))


def layers_of(results, experiment):
    return list(dict.fromkeys(key[2] for key in results if key[0] == experiment))


def cell(results, method, question):
    experiment, layer, measure = question
    found = results.get((experiment, method, layer, measure))
    return "–" if found is None else f"{found['mean']:.2f}".replace("-0.00", "0.00").replace("-", "−")


def rows_of_table(results, columns):
    lines = ["| method | " + " | ".join(title for title, _ in columns) + " |",
             "|---|" + "---:|" * len(columns)]
    for method in methods_of(results):
        cells = [cell(results, method, question) for _, question in columns]
        if any(text != "–" for text in cells):
            lines.append(f"| {BASELINES.get(method, method)} | {' | '.join(cells)} |")
    return lines


def rows_of_cascade(results):
    """SSIM and rank correlation for every layer."""
    methods = [method for method in methods_of(results) if method not in BASELINES]
    lines = ["| random from here up | " + " | ".join(methods) + " |", "|---|" + "---:|" * len(methods)]
    for layer in layers_of(results, "cascade"):
        cells = [", ".join(cell(results, method, ("cascade", layer, measure)) for measure in ("ssim", "rank"))
                 for method in methods]
        lines.append(f"| {layer} | {' | '.join(cells)} |")
    return lines


def rows_of_numbers(results):
    """How many scenes stand behind each method's numbers."""
    numbers = {method: results["focus", method, "-", "ratio"]["n"] for method in methods_of(results)}
    most = max(numbers.values())
    fewer = [f"{method} {n}" for method, n in numbers.items() if n < most]
    return [f"Means of {most} scenes" + (f" (of {', '.join(fewer)})" if fewer else "") + "."]


def write_between(text, name, lines):
    """Put @lines between the marks of @name."""
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
    if not pattern.search(text):
        raise SystemExit(f"honest.md: expected <!-- {name} --> and <!-- end -->")
    return pattern.sub(lambda marks: marks[1] + "\n".join(lines) + "\n" + marks[2], text)


class Panel:
    """One plot with an axis of layers and one of values, in SVG."""
    LEFT, TOP, WIDTH, HEIGHT = 44, 34, 760, 220

    def __init__(self, layers, title, lowest, offset):
        self.layers, self.lowest, self.offset = layers, lowest, offset
        self.parts = [f'<text x="{self.LEFT}" y="{offset + 20}" font-weight="bold">{title}</text>']

    def x(self, layer):
        return self.LEFT + self.WIDTH * (self.layers.index(layer) + 0.5) / len(self.layers)

    def y(self, value):
        return self.offset + self.TOP + self.HEIGHT * (1 - value) / (1 - self.lowest)

    def draw_axes(self, has_names):
        for tick in (value / 4 for value in range(round(self.lowest * 4), 5)):
            self.parts.append(f'<line x1="{self.LEFT}" x2="{self.LEFT + self.WIDTH}" y1="{self.y(tick):.1f}" '
                              f'y2="{self.y(tick):.1f}" stroke="{"#888" if tick == 0 else "#ddd"}"/>')
            self.parts.append(f'<text x="{self.LEFT - 6}" y="{self.y(tick) + 4:.1f}" '
                              f'text-anchor="end">{tick:g}</text>')
        for layer in self.layers if has_names else ():
            x, y = self.x(layer), self.offset + self.TOP + self.HEIGHT + 12
            self.parts.append(f'<text x="{x:.1f}" y="{y}" text-anchor="end" '
                              f'transform="rotate(-45 {x:.1f} {y})">{layer}</text>')

    def draw_line(self, points, colour):
        """@points: (layer, mean, deviation of the mean)."""
        path = " ".join(f"{self.x(layer):.1f},{self.y(mean):.1f}" for layer, mean, _ in points)
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for layer, mean, error in points:
            x = f"{self.x(layer):.1f}"
            self.parts.append(f'<line x1="{x}" x2="{x}" y1="{self.y(mean - error):.1f}" '
                              f'y2="{self.y(mean + error):.1f}" stroke="{colour}"/>')
            self.parts.append(f'<circle cx="{x}" cy="{self.y(mean):.1f}" r="2.5" fill="{colour}"/>')


def write_svg(name, width, height, parts):
    (HERE / f"honest-{name}.svg").write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="12">\n<rect width="100%" height="100%" fill="white"/>\n'
        + "\n".join(parts) + "\n</svg>\n", encoding="utf-8")


def points_of(results, experiment, method, measure):
    return [(key[2], found["mean"], found["deviation"] / found["n"] ** 0.5)
            for key, found in results.items() if key[0] == experiment and key[1] == method and key[3] == measure]


def draw_legend(methods, shown, y):
    """Returns the parts, and the lower end."""
    parts, x = [], Panel.LEFT
    for method in shown:
        width = 16 + 8 * len(method) + 16
        if x + width > Panel.LEFT + Panel.WIDTH:
            x, y = Panel.LEFT, y + 20
        parts.append(f'<rect x="{x}" y="{y - 9}" width="12" height="9" fill="{colour_of(method, methods)}"/>')
        parts.append(f'<text x="{x + 16}" y="{y}">{method}</text>')
        x += width
    return parts, y + 10


def colour_of(method, methods):
    return COLOURS[methods.index(method) % len(COLOURS)]


def write_plot(results, name):
    axis, panels = PLOTS[name]
    methods = [method for method in methods_of(results) if method not in BASELINES]
    step = Panel.TOP + Panel.HEIGHT + 10
    base, parts, shown = len(panels) * step + 95, [], []
    for index, (title, experiment, measure) in enumerate(panels):
        lines = {method: points_of(results, experiment, method, measure) for method in methods}
        lowest = -0.5 if min(mean for line in lines.values() for _, mean, _ in line) < -0.1 else 0
        panel = Panel(layers_of(results, experiment), title, lowest, index * step)
        panel.draw_axes(index == len(panels) - 1)
        for method, points in lines.items():
            if points:
                panel.draw_line(points, colour_of(method, methods))
                shown += [method] if method not in shown else []
        parts += panel.parts
    parts.append(f'<text x="{Panel.LEFT}" y="{base}">{axis} (bars: the mean\'s standard error)</text>')
    legend, height = draw_legend(methods, shown, base + 22)
    parts += legend
    write_svg(name, Panel.LEFT + Panel.WIDTH + 12, height, parts)


def write_chunk(kind, data):
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def png_of(width, height, pixels):
    """Of 8-bit grey."""
    lines = b"".join(b"\0" + pixels[y * width:(y + 1) * width] for y in range(height))
    return (b"\x89PNG\r\n\x1a\n" + write_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
            + write_chunk(b"IDAT", zlib.compress(lines, 9)) + write_chunk(b"IEND", b""))


def write_picture(results):
    """The maps of honest.pgm, with what they are of beside them."""
    data = (HERE / "honest.pgm").read_bytes()
    header = re.match(rb"P5 (\d+) (\d+) 255\n", data)
    width, height = int(header[1]), int(header[2])
    image = base64.b64encode(png_of(width, height, data[header.end():])).decode("ascii")
    methods, left, top = methods_of(results), 150, 24
    tile = height // len(methods)
    parts = [f'<image x="{left}" y="{top}" width="{width}" height="{height}" '
             f'href="data:image/png;base64,{image}"/>']
    parts += [f'<text x="{left + (i + 0.5) * tile}" y="16" text-anchor="middle">{title}</text>'
              for i, title in enumerate(COLUMNS)]
    parts += [f'<text x="{left - 8}" y="{top + (i + 0.5) * tile}" text-anchor="end">{ROWS.get(method, method)}</text>'
              for i, method in enumerate(methods)]
    write_svg("maps", left + width, top + height, parts)


def main():
    results = read_results()
    page = HERE / "honest.md"
    text = page.read_text(encoding="utf-8")
    for name, columns in TABLES.items():
        text = write_between(text, name, rows_of_table(results, columns))
    text = write_between(text, "cascade", rows_of_cascade(results))
    text = write_between(text, "numbers", rows_of_numbers(results))
    page.write_text(text, encoding="utf-8")
    for name in PLOTS:
        write_plot(results, name)
    if (HERE / "honest.pgm").exists():
        write_picture(results)


main()

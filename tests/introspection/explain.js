// gbpsaliency: guided backpropagation on video
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What reference.c prints, through GObject introspection.
imports.gi.versions.Gbp = '0';
const {Gbp, GLib} = imports.gi;

function printList(title, entries) {
    print(`${title}: ${entries.map(entry => `${entry.value}=${entry.nick}`).join(' ')}`);
}

function printChecksum(title, bytes) {
    print(`${title}: ${GLib.compute_checksum_for_bytes(GLib.ChecksumType.SHA256, bytes)}`);
}

function setTarget(explainer, channel) {
    explainer.set_target('block3_conv1', Gbp.Method.GRADIENT, channel, 5, Gbp.UNIT_ALL);
}

const network = Gbp.Network.load(null, Gbp.Preprocess.AUTO);
print(`version: ${Gbp.get_version().join('.')}`);
print(`network: ${network.get_description()}`);
print(`layers: ${network.get_layer_names().length}`);
print(`class 3: ${network.get_class_names()[3]}`);
print(`block3_conv1: ${network.get_layer_shape('block3_conv1').slice(1).join(' x ')}`);
printList('methods', Gbp.list_methods());
printList('colormaps', Gbp.list_colormaps());

const [height, width] = network.get_input_size();
const explainer = Gbp.Explainer.new(network, 0);
const rgb = GLib.Bytes.new(Uint8Array.from({length: 3 * height * width}, (_, i) => 7919 * i % 256));
setTarget(explainer, Gbp.CHANNEL_STRONGEST);
try {
    setTarget(explainer, 999);
} catch (error) {
    print(`error: ${error.message}`);
}
const [gradient, value, channel] = explainer.explain(rgb);
print(`channel: ${channel}\nvalue: ${value.toFixed(4)}`);
printChecksum('gradient', gradient);
printChecksum('picture', explainer.render(gradient, Gbp.Colormap.TURBO));

explainer.set_class('top', Gbp.Method.GRAD_CAM, null);
const [map, , top] = explainer.explain(rgb);
const scores = explainer.get_scores();
print(`top of ${scores.length}: ${top} with ${scores[top].toFixed(6)}`);
printChecksum('map', map);

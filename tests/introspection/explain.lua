-- gbpsaliency: guided backpropagation on video
-- SPDX-License-Identifier: LGPL-2.1-or-later
--
-- What reference.c prints, through GObject introspection.
local lgi = require 'lgi'
local GLib = lgi.require('GLib', '2.0')
local Gbp = lgi.require('Gbp', '0')

local function print_list(title, entries)
  local words = {title .. ':'}
  for _, entry in ipairs(entries) do
    table.insert(words, ('%d=%s'):format(entry.value, entry.nick))
  end
  print(table.concat(words, ' '))
end

local function print_checksum(title, bytes)
  print(title .. ': ' .. GLib.compute_checksum_for_bytes('SHA256', bytes))
end

local network = assert(Gbp.Network.load(nil, 'AUTO'))
print(('version: %d.%d.%d'):format(Gbp.get_version()))
print('network: ' .. network:get_description())
print('layers: ' .. #network:get_layer_names())
print('class 3: ' .. network:get_class_names()[4])
local rows, columns, channels = network:get_layer_shape('block3_conv1')
print(('block3_conv1: %d x %d x %d'):format(rows, columns, channels))
print_list('methods', Gbp.list_methods())
print_list('colormaps', Gbp.list_colormaps())

local height, width = network:get_input_size()
local explainer = assert(Gbp.Explainer.new(network, 0))
local components = {}
for i = 0, 3 * height * width - 1 do
  components[i + 1] = string.char(7919 * i % 256)
end
local rgb = GLib.Bytes.new(table.concat(components))
assert(explainer:set_target('block3_conv1', 'GRADIENT', Gbp.CHANNEL_STRONGEST, 5, Gbp.UNIT_ALL))
local _, problem = explainer:set_target('block3_conv1', 'GRADIENT', 999, 5, Gbp.UNIT_ALL)
print('error: ' .. problem.message)
local gradient, value, channel = explainer:explain(rgb)
print(('channel: %d\nvalue: %.4f'):format(channel, value))
print_checksum('gradient', gradient)
print_checksum('picture', explainer:render(gradient, 'TURBO'))

assert(explainer:set_class('top', 'GRAD_CAM', nil))
gradient, _, channel = explainer:explain(rgb)
local scores = explainer:get_scores()
print(('top of %d: %d with %.6f'):format(#scores, channel, scores[channel + 1]))
print_checksum('map', gradient)

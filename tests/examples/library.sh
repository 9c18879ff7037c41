#!/bin/sh
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The library alone, without GStreamer, shared and static: programs link with what gbp.pc says, in a folder of the
# user's own, and write the same picture.
# shellcheck source=tests/examples/common.sh
. "$(dirname "$0")/common.sh"

# Without optimization, what other languages need, and one of the vector levels, it is built soonest.
CC=${CC:-cc}
export CC
unset CFLAGS LDFLAGS DESTDIR
meson setup build "$EXAMPLES/.." --prefix="$work/prefix" --libdir=lib -Dbuildtype=plain -Db_lundef=false \
  -Ddefault_library=both -Dvector-levels=avx2 -Dgstreamer=disabled -Dexamples=disabled -Dintrospection=disabled -Dtests=false >said 2>&1 ||
  fail "configuring: $(tail -n 20 said)"
ninja -C build >said 2>&1 || fail "building: $(tail -n 20 said)"
meson install -C build --no-rebuild >said 2>&1 || fail "installing: $(tail -n 20 said)"

[ -z "$(find prefix -name '*gst*')" ] || fail "without GStreamer there is $(find prefix -name '*gst*')"
export PKG_CONFIG_PATH="$work/prefix/lib/pkgconfig"
grep '^Requires' prefix/lib/pkgconfig/gbp.pc
grep -q '^Requires: glib-2.0[^,]*$' prefix/lib/pkgconfig/gbp.pc || fail "what links with the library needs GLib alone"
grep -q '^Requires.private: .*jansson' prefix/lib/pkgconfig/gbp.pc || fail "gbp.pc keeps from whom links statically what it needs"

head -c 150528 /dev/urandom >noise.rgb

# shellcheck disable=SC2046 # lists of options
"$CC" "$EXAMPLES/explain.c" -o shared $(pkg-config --cflags --libs gbp) || fail "explain.c is not linked"
LD_LIBRARY_PATH=$work/prefix/lib ./shared noise.rgb shared.ppm

rm prefix/lib/libgbp.so*
# shellcheck disable=SC2046
"$CC" "$EXAMPLES/explain.c" -o static $(pkg-config --static --cflags --libs gbp) || fail "explain.c is not linked statically"
./static noise.rgb static.ppm
if readelf --dynamic static shared | grep -i 'gstreamer\|openblas'; then fail "that is needed without being used"; fi
cmp shared.ppm static.ppm || fail "the static library computes another picture"

#!/bin/sh
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The library alone, without GStreamer, shared and static: programs link with what gbp.pc says, in a folder of the
# user's own, and write the same picture.
# shellcheck source=tests/examples/common.sh
. "$(dirname "$0")/common.sh"

# list_compiled BUILD: the library's sources, each with what is defined for it
list_compiled() {
  python3 - "$1" <<'END'
import json, pathlib, shlex, sys
for entry in json.loads(pathlib.Path(sys.argv[1], "compile_commands.json").read_text()):
    source = pathlib.Path(entry["directory"], entry["file"]).resolve()
    if entry["output"].startswith("src/") and "gobject" not in entry["output"]:
        print(source.name, entry["output"], *(word for word in shlex.split(entry["command"]) if word.startswith("-DG")))
END
}

echo "# it can do without GStreamer, and is made of the same then"
levels=$(meson introspect "$BUILD" --buildoptions | python3 -c 'import json, sys
print(*(",".join(o["value"]) for o in json.load(sys.stdin) if o["name"] == "vector-levels"))')
meson setup build "$EXAMPLES/.." --libdir=lib -Ddefault_library=both -Dvector-levels="$levels" -Dgstreamer=disabled \
  -Dexamples=disabled -Dintrospection=disabled -Dtests=false >said 2>&1 || fail "configuring: $(tail -n 20 said)"
meson introspect build --install-plan >plan
grep -q 'libgbp.so' plan && grep -q 'libgbp.a' plan || fail "no library is installed: $(cat plan)"
if grep gst plan; then fail "without GStreamer that is installed"; fi
list_compiled build | sort >alone
list_compiled "$BUILD" | sort >beside
[ "$(wc -l <alone)" -gt 100 ] || fail "the library is made of $(cat alone)"
diff beside alone || fail "without GStreamer the library is made of something else"
echo "ok $(wc -l <alone) files"

if [ ! -e "$BUILD/src/libgbp.a" ]; then
  echo "skipped: programs that link with the static library, which -Ddefault_library=both builds"
  exit
fi
echo "# programs link with it"
meson install -C "$BUILD" --no-rebuild --destdir "$work/root" >said 2>&1 || fail "installing: $(tail -n 20 said)"
pc=$(find root -name gbp.pc)
grep '^Requires' "$pc"
grep -q '^Requires: glib-2.0[^,]*$' "$pc" || fail "what links with the library needs GLib alone"
grep -q '^Requires.private: .*jansson' "$pc" || fail "gbp.pc keeps from whom links statically what it needs"
# pkg-config moves the prefix to where the file is
sed -i "s|^prefix=|prefix=$work/root|" "$pc"
PKG_CONFIG_PATH=$work/$(dirname "$pc")
export PKG_CONFIG_PATH
library=$(dirname "$PKG_CONFIG_PATH")

CC=${CC:-cc}
head -c 150528 /dev/urandom >noise.rgb
# shellcheck disable=SC2046 # lists of options
"$CC" "$EXAMPLES/explain.c" -o shared $(pkg-config --cflags --libs gbp) || fail "explain.c is not linked"
LD_LIBRARY_PATH=$library ./shared noise.rgb shared.ppm

rm "$library"/libgbp.so*
# shellcheck disable=SC2046
"$CC" "$EXAMPLES/explain.c" -o static $(pkg-config --static --cflags --libs gbp) || fail "explain.c is not linked statically"
./static noise.rgb static.ppm
if readelf --dynamic static shared | grep -i 'gstreamer\|openblas'; then fail "that is needed without being used"; fi
cmp shared.ppm static.ppm || fail "the static library computes another picture"

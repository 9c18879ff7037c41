#!/usr/bin/env python3
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""One version everywhere: header, function, soname, pkg-config, the newest heading of NEWS.md and of debian/changelog;
and what is newer than a program allows is warned of.

usage: version.py LIBGBP.so FOLDER_OF_HEADERS FOLDER_OF_GBP.PC CFLAGS...
"""
import ctypes
import os
import re
import subprocess
import sys

import tree

PROGRAM = """
#define GBP_VERSION_MAX_ALLOWED GBP_ENCODE_VERSION (%s)
#include <gbp/gbp.h>
#if !GBP_CHECK_VERSION (%d, %d, %d) || GBP_CHECK_VERSION (%d, %d, %d)
#error GBP_CHECK_VERSION
#endif
void (*version) (guint *, guint *, guint *) = gbp_get_version;
"""


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)


def find_versions(library, headers, folder):
    """{where: version}"""
    with open(f"{headers}/gbp/version.h", encoding="utf-8") as file:
        header = dict(re.findall(r"#define (GBP_\w+) (\S+)$", file.read(), re.MULTILINE))
    numbers = [ctypes.c_uint() for _ in range(3)]
    ctypes.CDLL(library).gbp_get_version(*map(ctypes.byref, numbers))
    environment = dict(os.environ, PKG_CONFIG_PATH=folder)
    return {
        "the header's numbers": ".".join(header[f"GBP_{part}_VERSION"] for part in ("MAJOR", "MINOR", "MICRO")),
        "GBP_VERSION_STRING": header["GBP_VERSION_STRING"].strip('"'),
        "gbp_get_version()": ".".join(str(number.value) for number in numbers),
        "pkg-config": run("pkg-config", "--modversion", "gbp", env=environment).stdout.strip(),
        "NEWS.md": re.search(r"^## (\d[\d.]*)", tree.text("NEWS.md"), re.MULTILINE).group(1),
        "debian/changelog": re.match(r"\w+ \(([\d.]+)", tree.text("debian/changelog")).group(1),
    }


def check_soname(library, version):
    soname = re.search(r"SONAME.*\[(.*)\]", run("readelf", "-d", library).stdout).group(1)
    expected = "libgbp.so." + version.split(".")[0]
    return [] if soname == expected else [f"the soname is {soname} instead of {expected}"]


def compile_with(allowed, version, headers, flags):
    numbers = tuple(map(int, version.split(".")))
    source = PROGRAM % ((allowed,) + numbers + numbers[:2] + (numbers[2] + 1,))
    command = ["cc", "-x", "c", "-fsyntax-only", "-Werror", *flags, f"-I{headers}", f"-I{tree.ROOT}/include", "-"]
    return run(*command, input=source).stderr


def check_marks(version, headers, flags):
    offences = []
    message = compile_with("0, 0", version, headers, flags)
    if "Not available before 0.1" not in message:
        offences.append(f"a program that allows 0.0 is not warned: {message}")
    message = compile_with("GBP_MAJOR_VERSION, GBP_MINOR_VERSION", version, headers, flags)
    return offences + ([f"a program that allows this version: {message}"] if message else [])


def main():
    library, headers, folder, *flags = sys.argv[1:]
    versions = find_versions(library, headers, folder)
    version = versions["the header's numbers"]
    offences = [f"{where}: {found} instead of {version}" for where, found in versions.items() if found != version]
    offences += check_soname(library, version)
    offences += check_marks(version, headers, flags)
    tree.report(offences, len(versions) + 3, "one version everywhere")


main()

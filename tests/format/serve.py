#!/usr/bin/env python3
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Serve a directory to this machine, at a free port that is printed; parts of files too, if asked.

usage: serve.py DIRECTORY ranges|whole
"""
import functools
import http.server
import os
import re
import sys


class Handler(http.server.SimpleHTTPRequestHandler):
    """Answers "Range: bytes=N-" as the server that holds the published files does."""

    def do_GET(self):
        path = self.translate_path(self.path)
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if sys.argv[2] != "ranges" or not match or not os.path.isfile(path):
            super().do_GET()
            return
        begin, size = int(match[1]), os.path.getsize(path)
        if begin >= size:
            self.send_error(416)
            return
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {begin}-{size - 1}/{size}")
        self.send_header("Content-Length", str(size - begin))
        self.end_headers()
        with open(path, "rb") as file:
            file.seek(begin)
            self.wfile.write(file.read())


def main():
    handler = functools.partial(Handler, directory=sys.argv[1])
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        print(server.server_port, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()

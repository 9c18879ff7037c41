#!/usr/bin/env python3
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Serve a directory to this machine by https, at a free port that is printed, well or badly.

usage: serve.py DIRECTORY CERTIFICATE ranges|whole|endless|slow|plain|elsewhere [ADDRESS]
  ranges     parts of files too
  whole      only whole files
  endless    whatever is asked for, without an end and without its length
  slow       half a file, a few bytes at a time
  plain      whole files, by http
  elsewhere  sends on to another server's address
"""
import functools
import http.server
import os
import re
import ssl
import sys
import time


class Handler(http.server.SimpleHTTPRequestHandler):
    """Answers "Range: bytes=N-" as the server that holds the published files does."""

    def send_without_end(self):
        self.send_response(200)
        self.end_headers()
        while True:
            self.wfile.write(bytes(65536))

    def send_slowly(self, path):
        self.send_response(200)
        self.send_header("Content-Length", str(os.path.getsize(path)))
        self.end_headers()
        with open(path, "rb") as file:
            self.wfile.write(file.read(os.path.getsize(path) // 2))
            self.wfile.flush()
            while True:
                self.wfile.write(file.read(1))
                time.sleep(0.2)

    def send_elsewhere(self):
        self.send_response(302)
        self.send_header("Location", sys.argv[4] + self.path)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self):
        mode = sys.argv[3]
        if mode == "endless":
            self.send_without_end()
        elif mode == "slow":
            self.send_slowly(self.translate_path(self.path))
        elif mode == "elsewhere":
            self.send_elsewhere()
        else:
            self.send_file(mode)

    def send_file(self, mode):
        path = self.translate_path(self.path)
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if mode != "ranges" or not match or not os.path.isfile(path):
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
        if sys.argv[3] != "plain":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(sys.argv[2])
            server.socket = context.wrap_socket(server.socket, server_side=True)
        print(server.server_port, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Presses keys and clicks in the one window on the display, and closes it, as a person would.

usage: window.py key NAME | click X Y | close"""
import ctypes
import sys
import time

PATIENCE = 30  # seconds that a program may take to open its window
IS_VIEWABLE = 2
KEY_PRESS, BUTTON_PRESS, CLIENT_MESSAGE = 2, 4, 33
KEY_PRESS_MASK, BUTTON_PRESS_MASK = 1, 4

x11 = ctypes.CDLL("libX11.so.6")
x11.XOpenDisplay.restype = ctypes.c_void_p
x11.XDefaultRootWindow.restype = ctypes.c_ulong
x11.XInternAtom.restype = ctypes.c_ulong
x11.XStringToKeysym.restype = ctypes.c_ulong
# a window may be gone before it is asked about
ignore_errors = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(lambda *_: 0)
x11.XSetErrorHandler(ignore_errors)


class Input(ctypes.Structure):
    """XKeyEvent and XButtonEvent, which differ in the meaning of @code"""

    _fields_ = [
        ("type", ctypes.c_int), ("serial", ctypes.c_ulong), ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p), ("window", ctypes.c_ulong), ("root", ctypes.c_ulong),
        ("subwindow", ctypes.c_ulong), ("time", ctypes.c_ulong), ("x", ctypes.c_int),
        ("y", ctypes.c_int), ("x_root", ctypes.c_int), ("y_root", ctypes.c_int),
        ("state", ctypes.c_uint), ("code", ctypes.c_uint), ("same_screen", ctypes.c_int),
    ]


class Message(ctypes.Structure):
    """XClientMessageEvent"""

    _fields_ = [
        ("type", ctypes.c_int), ("serial", ctypes.c_ulong), ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p), ("window", ctypes.c_ulong), ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int), ("data", ctypes.c_long * 5),
    ]


class Event(ctypes.Union):
    _fields_ = [("input", Input), ("message", Message), ("room", ctypes.c_long * 24)]


class Attributes(ctypes.Structure):
    """XWindowAttributes"""

    _fields_ = [
        ("x", ctypes.c_int), ("y", ctypes.c_int), ("width", ctypes.c_int), ("height", ctypes.c_int),
        ("border_width", ctypes.c_int), ("depth", ctypes.c_int), ("visual", ctypes.c_void_p),
        ("root", ctypes.c_ulong), ("class", ctypes.c_int), ("bit_gravity", ctypes.c_int),
        ("win_gravity", ctypes.c_int), ("backing_store", ctypes.c_int),
        ("backing_planes", ctypes.c_ulong), ("backing_pixel", ctypes.c_ulong),
        ("save_under", ctypes.c_int), ("colormap", ctypes.c_ulong),
        ("map_installed", ctypes.c_int), ("map_state", ctypes.c_int),
        ("all_event_masks", ctypes.c_long), ("your_event_mask", ctypes.c_long),
        ("do_not_propagate_mask", ctypes.c_long), ("override_redirect", ctypes.c_int),
        ("screen", ctypes.c_void_p),
    ]


def list_windows(display, root):
    parent, found, children = ctypes.c_ulong(), ctypes.c_ulong(), ctypes.POINTER(ctypes.c_ulong)()
    count = ctypes.c_uint()
    x11.XQueryTree(display, ctypes.c_ulong(root), ctypes.byref(found), ctypes.byref(parent),
                   ctypes.byref(children), ctypes.byref(count))
    return children[:count.value]


def hears(display, window, mask):
    """Whether it is seen, and its program asks for what is about to be sent."""
    attributes = Attributes()
    if not x11.XGetWindowAttributes(display, ctypes.c_ulong(window), ctypes.byref(attributes)):
        return False
    return attributes.map_state == IS_VIEWABLE and attributes.all_event_masks & mask == mask


def wait_for_window(display, root, mask):
    end = time.monotonic() + PATIENCE
    while True:
        windows = list_windows(display, root)
        if len(windows) == 1 and hears(display, windows[0], mask):
            return windows[0]
        if time.monotonic() > end:
            sys.exit(f"window.py: there are {len(windows)} windows, not one that can be used")
        time.sleep(0.05)


MASKS = {"key": KEY_PRESS_MASK, "click": BUTTON_PRESS_MASK, "close": 0}


def make_event(display, root, window, action, arguments):
    event = Event()
    event.input.type = KEY_PRESS if action == "key" else BUTTON_PRESS
    event.input.display, event.input.window, event.input.root = display, window, root
    event.input.same_screen = 1
    if action == "key":
        keysym = x11.XStringToKeysym(arguments[0].encode())
        event.input.code = x11.XKeysymToKeycode(display, ctypes.c_ulong(keysym))
        return event
    if action == "click":
        event.input.code = 1
        event.input.x, event.input.y = map(int, arguments)
        return event
    event.message.type = CLIENT_MESSAGE
    event.message.format = 32
    event.message.message_type = x11.XInternAtom(display, b"WM_PROTOCOLS", 0)
    event.message.data[0] = x11.XInternAtom(display, b"WM_DELETE_WINDOW", 0)
    return event


def main():
    display = ctypes.c_void_p(x11.XOpenDisplay(None))
    root = x11.XDefaultRootWindow(display)
    mask = MASKS[sys.argv[1]]
    window = wait_for_window(display, root, mask)
    event = make_event(display, root, window, sys.argv[1], sys.argv[2:])
    x11.XSendEvent(display, ctypes.c_ulong(window), 0, ctypes.c_long(mask), ctypes.byref(event))
    x11.XSync(display, 0)


main()

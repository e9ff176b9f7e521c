"""Waits for files to arrive in a folder, woken by the kernel."""
import ctypes
import os
import select
import struct
import time

CREATED, MOVED_IN = 0x100, 0x80
libc = ctypes.CDLL(None, use_errno=True)


class Arrivals:
    """Our outputs come into being whole, by a rename or a link, so their arrival is the end of the work on them."""

    def __init__(self, folder):
        self.descriptor = libc.inotify_init()
        if self.descriptor < 0 or libc.inotify_add_watch(
                self.descriptor, str(folder).encode(), CREATED | MOVED_IN) < 0:
            raise OSError(ctypes.get_errno(), "inotify")

    def wait_for(self, names, seconds=600):
        missing = set(names)
        deadline = time.monotonic() + seconds
        while missing:
            ready, _, _ = select.select([self.descriptor], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise RuntimeError(f"{len(missing)} outputs did not arrive in {seconds} s, {sorted(missing)[:3]} …")
            data, at = os.read(self.descriptor, 65536), 0
            while at < len(data):
                length = struct.unpack_from("iIII", data, at)[3]
                missing.discard(data[at + 16:at + 16 + length].rstrip(b"\0").decode())
                at += 16 + length

    def close(self):
        os.close(self.descriptor)

"""A real FTP server (pyftpdlib) for the tests, on a free port of 127.0.0.1, that can be told to break connections.

usage: ftp_server.py ROOT CONTROL
CONTROL is a folder. A file `cut` in it holds numbers, one a line: the next transfer breaks off after so many bytes, the
one after it after the second number, and so on. Every transfer adds a line "verb offset bytes" to its file `transfers`.
Prints its port when it is ready, and ends when its standard input does.
"""
import os
import sys
import threading

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import DTPHandler, FTPHandler
from pyftpdlib.servers import FTPServer

root, control = sys.argv[1:]
cut_file = os.path.join(control, "cut")


def next_cut():
    if not os.path.exists(cut_file):
        return None
    with open(cut_file) as file:
        lines = file.read().split()
    with open(cut_file, "w") as file:
        file.write("\n".join(lines[1:]))
    return int(lines[0]) if lines else None


class Data(DTPHandler):
    ac_out_buffer_size = ac_in_buffer_size = 16384

    def __init__(self, sock, cmd_channel):
        super().__init__(sock, cmd_channel)
        self.moved = 0
        self.limit = next_cut()

    def _count(self, moved):
        self.moved += moved
        if self.limit is not None and self.moved >= self.limit:
            self.cmd_channel.close()
            self.close()

    def send(self, data):
        sent = super().send(data)
        self._count(sent)
        return sent

    def recv(self, size):
        data = super().recv(size)
        self._count(len(data))
        return data

    def close(self):
        if not self._closed:
            with open(os.path.join(control, "transfers"), "a") as file:
                file.write(f"{self.cmd} {getattr(self.cmd_channel, 'begun_at', 0)} {self.moved}\n")
        super().close()


class Control(FTPHandler):
    dtp_handler = Data
    use_sendfile = False
    begun_at = 0

    def ftp_REST(self, line):
        super().ftp_REST(line)
        self.begun_at = self._restart_position

    def ftp_PASS(self, line):
        self.begun_at = 0
        super().ftp_PASS(line)


authorizer = DummyAuthorizer()
authorizer.add_user("nommer", "hush@ hush", root, perm="elradfmw")
authorizer.add_user("reader", "hush@ hush", root, perm="elr")
authorizer.add_anonymous(root)
Control.authorizer = authorizer
Control.auth_failed_timeout = 0
server = FTPServer(("127.0.0.1", 0), Control)
print(server.address[1], flush=True)
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
server.serve_forever(handle_exit=False)

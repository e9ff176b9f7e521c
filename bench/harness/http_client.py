"""One connection that is kept alive, with as little of Python between us and the socket as can be."""
import json
import select
import socket


class Connection:
    def __init__(self, port):
        self.port = port
        self.connect()

    def connect(self):
        self.socket = socket.create_connection(("127.0.0.1", self.port), 60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def is_closed(self):
        """A server closes connections that were idle for some minutes, as they are while the peers have their turn."""
        readable, _, _ = select.select([self.socket], [], [], 0)
        return bool(readable) and self.socket.recv(1, socket.MSG_PEEK) == b""

    @staticmethod
    def prepare(method, path, body=None):
        data = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        if body is not None:
            head += f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n"
        return head.encode() + b"\r\n" + data

    def send(self, prepared):
        if self.is_closed():
            self.close()
            self.connect()
        self.socket.sendall(prepared)
        return self.receive()

    def ask(self, method, path, body=None):
        """The answer's JSON; anything but a success is an error here."""
        status, answer = self.send(self.prepare(method, path, body))
        if status >= 300:
            raise RuntimeError(f"{method} {path}: {status} {answer[:500]}")
        return json.loads(answer)

    def receive(self):
        while b"\r\n\r\n" not in self.buffer:
            self.more()
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        lines = head.decode().lower().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
        body = self.chunks() if headers.get("transfer-encoding") == "chunked" else self.exactly(
            int(headers.get("content-length", 0)))
        return int(lines[0].split()[1]), body

    def chunks(self):
        body = b""
        while True:
            while b"\r\n" not in self.buffer:
                self.more()
            size, _, self.buffer = self.buffer.partition(b"\r\n")
            chunk = self.exactly(int(size, 16) + 2)[:-2]
            if not chunk:
                return body
            body += chunk

    def exactly(self, size):
        while len(self.buffer) < size:
            self.more()
        body, self.buffer = self.buffer[:size], self.buffer[size:]
        return body

    def more(self):
        data = self.socket.recv(262144)
        if not data:
            raise RuntimeError("feederd closed the connection")
        self.buffer += data

    def close(self):
        self.socket.close()

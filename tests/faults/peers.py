"""Peers that are slow or broken in one way each: a mail server, a proxy in front of the database."""

import socket
import socketserver
import threading
from contextlib import suppress

DRIP = 0.05
"""Seconds between two bytes of a peer that never ends."""


class BadMail(socketserver.ThreadingTCPServer):
    """`how`: "silent" says nothing, "drips" gives a byte now and then, "refuses" every mail, "hangs_up" in the middle of one."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, how: str) -> None:
        super().__init__(("127.0.0.1", 0), _BadSmtp)
        self.how, self.over = how, threading.Event()

    def shutdown(self) -> None:
        self.over.set()
        super().shutdown()

    def handle_error(self, *_: object) -> None:
        return


class _BadSmtp(socketserver.StreamRequestHandler):
    server: BadMail

    def handle(self) -> None:
        how, over = self.server.how, self.server.over
        if how == "silent":
            over.wait()
        while how == "drips" and not over.wait(DRIP):
            self.wfile.write(b"2")
            self.wfile.flush()
        self.wfile.write(b"220 test\r\n")
        while line := self.rfile.readline().decode().strip().upper():
            if line.startswith("DATA"):
                if how == "hangs_up":
                    return
                self.wfile.write(b"451 not now\r\n")
            else:
                self.wfile.write(b"250 ok\r\n")


class Proxy:
    """Passes bytes between a port of this machine and a database, until it is `cut`, or `stall`s, until `mend`."""

    def __init__(self, host: str, port: int) -> None:
        self._to, self._open, self._lock = (host, port), True, threading.Lock()
        self._flows = threading.Event()
        self._flows.set()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._door.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Every connection is broken off, and new ones are refused."""
        with self._lock:
            self._open = False
            for pair in self._pairs:
                for one in pair:
                    _end(one)
            self._pairs.clear()

    def stall(self) -> None:
        """Connections stand and new ones are taken, and nothing comes through any more: no end that anybody could notice."""
        self._flows.clear()

    def mend(self) -> None:
        with self._lock:
            self._open = True
        self._flows.set()

    def close(self) -> None:
        self.cut()
        self._flows.set()
        _end(self._door)
        self._door.close()

    def _accept(self) -> None:
        while True:
            try:
                here, _ = self._door.accept()
            except OSError:
                return
            with self._lock:
                if not self._open:
                    here.close()
                    continue
                there = socket.create_connection(self._to)
                self._pairs.append((here, there))
            for one, other in ((here, there), (there, here)):
                threading.Thread(target=_pass, args=(one, other, self._flows), daemon=True).start()


def _pass(one: socket.socket, other: socket.socket, flows: threading.Event) -> None:
    try:
        while data := one.recv(65536):
            flows.wait()
            other.sendall(data)
    except OSError:
        pass
    finally:
        _end(other)
        one.close()


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)

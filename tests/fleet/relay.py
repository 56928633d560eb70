"""A TCP relay that stands for the link: it counts what crosses it, and can be cut."""

import contextlib
import socket
import threading


class Relay:
    """Listens on a port of its own and carries every connection to `target_port` on this machine.

    `bytes_up` and `bytes_down` count what was carried, with everything above TCP. While it is cut, connections end at
    once; what is in the relay then is lost, as on a real link."""

    def __init__(self, target_port):
        self.target_port = target_port
        self.bytes_up = 0
        self.bytes_down = 0
        self._lock = threading.Lock()
        self._is_cut = False
        self._open = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        with self._lock:
            self._is_cut = True
            for one in self._open:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def restore(self):
        with self._lock:
            self._is_cut = False

    def is_idle(self):
        """Nothing is carried: every connection that was cut is gone."""
        with self._lock:
            return not self._open

    def close(self):
        self.cut()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near):
        with near, contextlib.suppress(OSError):
            with socket.create_connection(("127.0.0.1", self.target_port)) as far:
                if not self._register(near, far):
                    return
                back = threading.Thread(target=self._pump, args=(far, near, "bytes_down"), daemon=True)
                back.start()
                self._pump(near, far, "bytes_up")
                back.join()
                with self._lock:
                    self._open -= {near, far}

    def _register(self, near, far):
        with self._lock:
            if not self._is_cut:
                self._open |= {near, far}
            return not self._is_cut

    def _pump(self, source, sink, counter):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
                with self._lock:
                    setattr(self, counter, getattr(self, counter) + len(data))
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

"""A small OpenAI-compatible server on loopback: it answers as its script says, with recorded answers, and keeps what it was asked."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).parent / "recorded"
SLOW = 3.0


class Standin:
    """`script` holds a step a request ("good", "malformed", "refusing", "empty", "slow", "drip", "strict", "redirect", or a
    status); the last one stays."""

    def __init__(self, script: list[str | int]) -> None:
        self.script, self.asked, self.paths = list(script), [], []
        self.elsewhere = ""
        self.answer: str | None = None
        self.over = threading.Event()
        standin = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                standin.asked.append(body)
                standin.paths.append(self.path)
                step = standin.script.pop(0) if len(standin.script) > 1 else standin.script[0]
                standin.respond(self, step, body)

            def log_message(self, *_: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}/v1"

    def respond(self, handler: BaseHTTPRequestHandler, step: str | int, body: dict[str, Any]) -> None:
        if step == "strict":
            step = 400 if "response_format" in body else "good"
        if step == "slow":
            self.over.wait(SLOW)
            step = "good"
        if isinstance(step, int):
            asked = body["messages"][-1]["content"]
            return self.send(handler, step, json.dumps({"error": {"message": f"cannot do: {asked}", "type": "x"}}).encode())
        if step == "redirect":
            return self.send(handler, 307, b"", {"Location": self.elsewhere})
        recorded = json.loads((RECORDED / f"{'good' if step == 'drip' else step}.json").read_text(encoding="utf-8"))
        if self.answer is not None:
            recorded["choices"][0]["message"]["content"] = self.answer
        data = json.dumps(recorded).encode()
        return self.drip(handler, data) if step == "drip" else self.send(handler, 200, data)

    def send(self, handler: BaseHTTPRequestHandler, status: int, data: bytes, more: dict[str, str] | None = None) -> None:
        try:
            handler.send_response(status)
            for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **(more or {})}.items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(data)
        except OSError:
            return  # whoever asked has given up

    def drip(self, handler: BaseHTTPRequestHandler, data: bytes) -> None:
        """A byte every now and then: each read is in time, the whole is not."""
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        until = time.monotonic() + SLOW
        for i in range(len(data)):
            if self.over.wait(0.1) or time.monotonic() > until:
                return
            try:
                handler.wfile.write(data[i : i + 1])
                handler.wfile.flush()
            except OSError:
                return


@contextmanager
def standin(*script: str | int) -> Iterator[Standin]:
    one = Standin(list(script))
    thread = threading.Thread(target=one.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield one
    finally:
        one.over.set()
        one.server.shutdown()
        one.server.server_close()
        thread.join(5)

"""A carrier's interface on this machine that misbehaves on demand."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from crm_o2c.engine.tracking import Scan


class Odd(ThreadingHTTPServer):
	"""`answers` holds for each number what is answered, one after the other; the last again and again."""

	daemon_threads = True

	def __init__(self):
		super().__init__(("127.0.0.1", 0), Handler)
		self.answers: dict[str, list] = {}
		self.asked: list[str] = []
		self.headers: list[dict] = []

	@property
	def address(self) -> str:
		return f"http://127.0.0.1:{self.server_address[1]}/track"

	def answer(self, number: str, *answers) -> None:
		self.answers[number] = list(answers)


class Handler(BaseHTTPRequestHandler):
	def do_GET(self):
		number = self.path.rpartition("/")[2]
		self.server.asked.append(number)
		self.server.headers.append(dict(self.headers))
		waiting = self.server.answers.get(number, [404])
		answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
		try:
			getattr(self, f"_{answer}", lambda: self._plain(answer))()
		except (BrokenPipeError, ConnectionResetError):
			pass  # who asked has gone

	def _plain(self, answer):
		if isinstance(answer, int):
			return self._send(answer, b"<html>oops</html>")
		return self._send(200, answer if isinstance(answer, bytes) else json.dumps(answer).encode())

	def _send(self, code: int, body: bytes, length: int | None = None) -> None:
		self.send_response(code)
		self.send_header("Content-Length", str(len(body) if length is None else length))
		if code == 302:
			self.send_header("Location", "/track/elsewhere")
		self.end_headers()
		self.wfile.write(body)

	def _slow(self):
		time.sleep(1)

	def _closed(self):
		self.connection.close()

	def _half(self):
		self._send(200, b'{"scans": [', 999)
		self.connection.close()

	def _drip(self):
		self.send_response(200)
		self.end_headers()
		for _piece in range(40):
			self.wfile.write(b" ")
			self.wfile.flush()
			time.sleep(0.05)

	def _headers(self):
		self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
		for _piece in range(100):
			self.wfile.write(b"x")
			self.wfile.flush()
			time.sleep(0.05)

	def _huge(self):
		self.send_response(200)
		self.end_headers()
		for _piece in range(200):
			self.wfile.write(b" " * 10_000)

	def _zipped(self):
		self.send_response(200)
		self.send_header("Content-Encoding", "gzip")
		self.end_headers()
		self.wfile.write(b"\x1f\x8b" + b"\x00" * 100)

	def log_message(self, *_args):
		pass


@contextmanager
def odd_carrier() -> Iterator[Odd]:
	server = Odd()
	thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
	thread.start()
	try:
		yield server
	finally:
		server.shutdown()
		server.server_close()


class Mine:
	"""The provider that another app might bring."""

	accounts: ClassVar[list[Any]] = []

	def fetch(self, number: str) -> list[Scan]:
		return [Scan(number, "DLV", datetime(2026, 11, 1))]


def make_mine(account: Any) -> Mine:
	Mine.accounts.append(account)
	return Mine()

"""The site over HTTP, as browsers and API clients meet it."""

import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import requests

import frappe
from frappe.utils.password import update_password

from benches import Bench, is_listening

HOST = "127.0.0.1"
PASSWORD = "o2c-Test-7731"
START_SECONDS = 30
CSRF = re.compile(r'csrf_token = "(\w+)"')


class Visitor(requests.Session):
	"""One browser: its cookies, and paths in place of addresses."""

	def __init__(self, address: str):
		super().__init__()
		self.address = address

	def request(self, method, url, **kwargs):
		return super().request(method, self.address + url, **{"timeout": 30, **kwargs})

	def log_in(self, user: str, password: str) -> None:
		"""Log in by the form's own request, and take over the token that every POST needs."""
		self.post("/api/method/login", data={"usr": user, "pwd": password}).raise_for_status()
		token = CSRF.search(self.get("/me").text)
		if token:
			self.headers["X-Frappe-CSRF-Token"] = token[1]


class Web:
	"""The running server."""

	def __init__(self, address: str):
		self.address = address

	def guest(self) -> Visitor:
		"""Somebody who has not logged in."""
		return Visitor(self.address)

	def visitor(self, user: str) -> Visitor:
		"""A logged-in user. His documents must be committed: the server is another process."""
		update_password(user, PASSWORD)
		frappe.db.commit()
		visitor = Visitor(self.address)
		visitor.log_in(user, PASSWORD)
		return visitor


@contextmanager
def serving(bench: Bench, site: str) -> Iterator[Web]:
	"""Frappe's own server for this site, on a free port."""
	with socket.socket() as free:
		free.bind((HOST, 0))
		port = free.getsockname()[1]
	helper = [str(bench.python), "-m", "frappe.utils.bench_helper", "frappe", "--site", site]
	command = [*helper, "serve", "--port", str(port), "--noreload"]
	quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
	server = subprocess.Popen(command, cwd=bench.sites, env=bench.environment, **quiet)
	try:
		give_up = time.monotonic() + START_SECONDS
		while not is_listening(HOST, port):
			if server.poll() is not None or time.monotonic() > give_up:
				raise RuntimeError("the site does not answer over HTTP")
			time.sleep(0.1)
		yield Web(f"http://{HOST}:{port}")
	finally:
		server.terminate()
		server.wait()

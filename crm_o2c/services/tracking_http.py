"""The adapter that asks a carrier by HTTP for JSON. It waits for nobody long, and reads no more than it has to.

`GET` of the carrier's address, with the number in it, answers `{"scans": [{"status", "happened_at", "place", "description",
"eta"}, …]}` or just the list; 404 is a number that the carrier does not know yet.
"""

import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as OutOfTime
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from threading import Thread
from typing import Any
from urllib.parse import quote

import requests
from urllib3.exceptions import HTTPError

from crm_o2c.engine.tracking import BadScan, Scan, read_scan
from crm_o2c.exceptions import CarrierError
from crm_o2c.services.carriers import may_be_asked

BUSY = (429, 500, 502, 503, 504)


@dataclass(frozen=True)
class Limits:
	"""How long and how much is waited for."""

	connect: float = 3.0
	silence: float = 8.0  # seconds without a byte
	total: float = 20.0  # seconds for a number, all attempts together
	attempts: int = 3
	pause: float = 0.5  # before the second attempt; doubled for each further one
	most_bytes: int = 1_000_000


class Refused(CarrierError):
	"""The carrier does not accept us; asking for other numbers makes no sense."""


class Busy(CarrierError):
	"""What may be better at the next attempt."""


@dataclass
class JsonOverHttp:
	"""A provider: see crm_o2c.services.tracking_poll.Provider."""

	base_url: str
	token: str = field(repr=False)
	zone: tzinfo
	now: datetime
	limits: Limits = field(default_factory=Limits)
	sleep: Callable[[float], None] = time.sleep

	def __post_init__(self) -> None:
		if not may_be_asked(self.base_url):
			raise Refused(f"{self.base_url}: only addresses by https are asked")
		self.session = requests.Session()
		self.session.headers.update({"Accept": "application/json", "Accept-Encoding": "identity"})
		if self.token:
			self.session.headers["Authorization"] = f"Bearer {self.token}"

	def fetch(self, number: str) -> list[Scan]:
		"""All scans of a number that the carrier tells. Raises CarrierError."""
		give_up = time.monotonic() + self.limits.total
		pause = self.limits.pause
		for attempt in range(1, self.limits.attempts + 1):
			try:
				return self._read(number, self._ask(number, give_up))
			except Busy:
				if attempt == self.limits.attempts or time.monotonic() + pause >= give_up:
					raise
				self.sleep(pause)
				pause *= 2
		raise CarrierError("no attempt was allowed")

	def _address(self, number: str) -> str:
		place = quote(number, safe="")
		if "{number}" in self.base_url:
			return self.base_url.replace("{number}", place)
		return f"{self.base_url.rstrip('/')}/{place}"

	def _ask(self, number: str, give_up: float) -> bytes | None:
		"""In a thread that is left behind when the time is up: neither a name that is not found nor headers that come byte by
		byte run into a timeout of requests'."""
		answer: Future[bytes | None] = Future()
		Thread(target=self._ask_into, args=(answer, number, give_up), daemon=True).start()
		try:
			return answer.result(max(0.0, give_up - time.monotonic()))
		except OutOfTime:
			raise Busy("the answer takes too long") from None

	def _ask_into(self, answer: "Future[bytes | None]", number: str, give_up: float) -> None:
		try:
			answer.set_result(self._get(number, give_up))
		except Exception as problem:
			answer.set_exception(problem)

	def _get(self, number: str, give_up: float) -> bytes | None:
		patience = (self.limits.connect, self.limits.silence)
		try:
			with self.session.get(
				self._address(number), timeout=patience, stream=True, allow_redirects=False
			) as response:
				if response.status_code == 404:
					return None
				self._look_at(response)
				return self._body(response, give_up)
		except requests.RequestException as problem:
			raise Busy(type(problem).__name__) from problem

	def _look_at(self, response: requests.Response) -> None:
		code = response.status_code
		if code in BUSY:
			raise Busy(f"HTTP {code}")
		if code in (401, 403):
			raise Refused(f"HTTP {code}: the carrier does not accept the token")
		if code != 200:
			raise CarrierError(f"HTTP {code}")
		if response.headers.get("Content-Encoding", "identity") != "identity":
			raise CarrierError("the answer is compressed, which was not asked for")

	def _body(self, response: requests.Response, give_up: float) -> bytes:
		"""The answer as it comes, so that neither a huge nor a dripping one holds us up."""
		body = bytearray()
		read = getattr(response.raw, "read1", None) or response.raw.read  # urllib3 1 can only wait for all of it
		try:
			while piece := read(4096):
				body += piece
				if len(body) > self.limits.most_bytes:
					raise CarrierError(f"the answer has more than {self.limits.most_bytes} bytes")
				if time.monotonic() > give_up:
					raise Busy("the answer takes too long")
		except (OSError, HTTPError) as problem:
			raise Busy(type(problem).__name__) from problem
		length = response.headers.get("Content-Length", "")
		if length.isdigit() and len(body) < int(length):
			raise Busy("the answer broke off")
		return bytes(body)

	def _read(self, number: str, body: bytes | None) -> list[Scan]:
		if body is None:
			return []
		try:
			said = json.loads(body)
		except (ValueError, RecursionError) as problem:
			raise CarrierError("the answer is no JSON") from problem
		rows = said.get("scans") if isinstance(said, Mapping) else said
		if not isinstance(rows, list):
			raise CarrierError("the answer has no list of scans")
		try:
			return [self._scan(number, row) for row in rows]
		except BadScan as problem:
			raise CarrierError(f"a scan can't be read: {problem} {problem.value!r}") from problem

	def _scan(self, number: str, row: Any) -> Scan:
		if not isinstance(row, Mapping):
			raise BadScan("scan", "no_text", str(row))
		return read_scan({**row, "number": number}, self.zone, self.now)

"""A bench as the tools see it: where it is, its services, its Frappe commands, and this checkout in it.

Frappe is called as `env/bin/python -m frappe.utils.bench_helper frappe …`, which is what the `bench` command does too, so
that it works where only the bench folder is at hand. Standard library only: it runs on any Python, outside the bench.
"""

import json
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

CHECKOUT = Path(__file__).resolve().parent.parent
APP = "crm_o2c"
TEST_PACKAGES = ("pytest", "hypothesis")
SERVICE_SECONDS = 30


class BenchError(Exception):
	"""Something the person at the keyboard has to put right; the text says what."""


def find_bench() -> "Bench | None":
	"""The bench named by FRAPPE_BENCH, else ~/frappe-bench; None where there is none."""
	named = os.environ.get("FRAPPE_BENCH")
	bench = Bench(Path(named or "~/frappe-bench").expanduser().resolve())
	if bench.python.exists() and bench.sites.is_dir():
		return bench
	if named:
		raise BenchError(f"FRAPPE_BENCH is {named}, which is no bench (it has no env/bin/python or no sites)")
	return None


def is_listening(host: str, port: int) -> bool:
	"""Whether a service answers there."""
	with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
		probe.settimeout(1)
		return probe.connect_ex((host, port)) == 0


def run(command: list, **options) -> subprocess.CompletedProcess:
	"""Run a command quietly; when it fails, show all it said."""
	done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
	if done.returncode:
		said = "\n".join(done.stdout.splitlines()[-40:])
		shown = " ".join(_masked(str(part)) for part in command)
		raise BenchError(f"{shown}\nfailed ({done.returncode}):\n{said}")
	return done


def _masked(part: str) -> str:
	option, equals, _value = part.partition("=")
	return f"{option}=***" if equals and "password" in option else part


class Bench:
	"""One bench folder."""

	def __init__(self, path: Path):
		self.path = path
		self.sites = path / "sites"
		self.python = path / "env" / "bin" / "python"
		# only what the tools make for themselves; nothing of it is needed to run a site
		self.cache = path / ".o2c"

	@property
	def config(self) -> dict:
		"""The configuration all sites share."""
		file = self.sites / "common_site_config.json"
		return json.loads(file.read_text()) if file.exists() else {}

	@property
	def environment(self) -> dict[str, str]:
		"""The environment of a process of this bench."""
		binaries = self.python.parent
		return {**os.environ, "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}", "FRAPPE_BENCH": str(self.path)}

	def frappe(self, site: str | None, *arguments: str) -> subprocess.CompletedProcess:
		"""Run a Frappe command, on a site where one is named."""
		target = ["--site", site] if site else []
		helper = [str(self.python), "-m", "frappe.utils.bench_helper", "frappe"]
		return run([*helper, *target, *arguments], cwd=self.sites, env=self.environment)

	def script(self, file: Path, *arguments: str) -> subprocess.CompletedProcess:
		"""Run a script of ours with the bench's Python, in its sites folder as Frappe wants it."""
		return run([str(self.python), str(file), *arguments], cwd=self.sites, env=self.environment)

	def version(self, app: str) -> str:
		"""The version an app of the bench states."""
		text = (self.path / "apps" / app / app / "__init__.py").read_text()
		return next(line.split('"')[1] for line in text.splitlines() if line.startswith("__version__"))

	def database(self) -> tuple[str, int]:
		"""Host and port of MariaDB."""
		config = self.config
		return config.get("db_host") or "127.0.0.1", int(config.get("db_port") or 3306)

	def root_login(self) -> str:
		"""The database's administrator."""
		return os.environ.get("O2C_DB_ROOT_LOGIN") or self.config.get("root_login") or "root"

	def root_password(self) -> str:
		"""The administrator's password: from the environment, else the bench's configuration. Nobody is asked."""
		password = os.environ.get("O2C_DB_ROOT_PASSWORD") or self.config.get("root_password")
		if not password:
			raise BenchError(
				"The site tests make a database of their own: give MariaDB's root password in O2C_DB_ROOT_PASSWORD "
				f"or as root_password in {self.sites / 'common_site_config.json'}"
			)
		return password

	def start_services(self) -> None:
		"""MariaDB and the bench's Redis servers, where they are on this machine and down."""
		host, port = self.database()
		if not is_listening(host, port):
			_start_mariadb(host, port)
		for key in ("redis_cache", "redis_queue"):
			address = urlsplit(self.config.get(key, ""))
			if address.port and not is_listening(address.hostname, address.port):
				_start_redis(address.hostname, address.port)

	def install_app(self) -> None:
		"""Make this checkout the bench's crm_o2c: linked in apps, listed in apps.txt, importable, its files served."""
		link = self.path / "apps" / APP
		if link.is_symlink() and link.resolve() != CHECKOUT:
			print(f"  {link} pointed to {link.resolve()}; now it points here", flush=True)
			link.unlink()
		if not link.exists():
			link.symlink_to(CHECKOUT)
		elif link.resolve() != CHECKOUT:
			raise BenchError(
				f"{link} is another copy of the app; run the tests from there, or name another FRAPPE_BENCH"
			)
		listed = (self.sites / "apps.txt").read_text().split()
		if APP not in listed:
			(self.sites / "apps.txt").write_text("\n".join([*listed, APP]) + "\n")
		if self._imported_from() != CHECKOUT / APP:
			self._pip_install("--no-deps", "--editable", str(CHECKOUT))
		self._serve_files()
		self._build_files()

	def install_test_packages(self) -> None:
		"""pytest and hypothesis, which a bench does not have."""
		wanted = f"import {', '.join(TEST_PACKAGES)}"
		if subprocess.run([str(self.python), "-c", wanted], stderr=subprocess.DEVNULL).returncode:
			self._pip_install(*TEST_PACKAGES)

	def _imported_from(self) -> Path | None:
		probe = f"import {APP}, pathlib; print(pathlib.Path({APP}.__file__).resolve().parent)"
		done = subprocess.run([str(self.python), "-c", probe], cwd=self.sites, capture_output=True, text=True)
		return Path(done.stdout.strip()) if done.returncode == 0 else None

	def _pip_install(self, *what: str) -> None:
		"""Install into the bench's environment; benches made by newer tools have uv in place of pip."""
		command = [str(self.python), "-m", "pip", "install"]
		if subprocess.run([*command, "--help"], capture_output=True).returncode:
			command = ["uv", "pip", "install", "--python", str(self.python)]
		run([*command, "--quiet", *what], env=self.environment)

	def _serve_files(self) -> None:
		public, served = CHECKOUT / APP / "public", self.sites / "assets" / APP
		if served.is_symlink() and served.resolve() != public:
			served.unlink()
		if public.is_dir() and not served.exists():
			served.parent.mkdir(exist_ok=True)
			served.symlink_to(public)

	def _build_files(self) -> None:
		"""Bundle scripts and styles where one changed since the last time."""
		public = CHECKOUT / APP / "public"
		sources = [file for kind in ("js", "scss", "css") for file in (public / kind).rglob("*") if file.is_file()]
		if not any(".bundle." in file.name for file in sources):
			return
		built = max((file.stat().st_mtime for file in (public / "dist").rglob("*.bundle.*")), default=0.0)
		if built > max(file.stat().st_mtime for file in sources):
			return
		if not shutil.which("yarn"):
			print("  !! yarn is not installed: the desk's scripts are NOT built", flush=True)
			return
		self.frappe(None, "build", "--app", APP)


def _wait_for(what: str, host: str, port: int) -> None:
	give_up = time.monotonic() + SERVICE_SECONDS
	while not is_listening(host, port):
		if time.monotonic() > give_up:
			raise BenchError(f"{what} does not answer on {host}:{port}; start it and try again")
		time.sleep(0.3)


def _start_mariadb(host: str, port: int) -> None:
	print("  MariaDB is down; starting it", flush=True)
	commands = (["service", "mariadb", "start"], ["systemctl", "start", "mariadb"])
	if not any(shutil.which(c[0]) and subprocess.run(c, capture_output=True).returncode == 0 for c in commands):
		_start_in_background("mariadbd-safe", "mysqld_safe")
	_wait_for("MariaDB", host, port)


def _start_redis(host: str, port: int) -> None:
	print(f"  Redis is down; starting it on port {port}", flush=True)
	_start_in_background(
		"redis-server", options=["--port", str(port), "--bind", host, "--save", "", "--appendonly", "no"]
	)
	_wait_for("Redis", host, port)


def _start_in_background(*names: str, options: list[str] | None = None) -> None:
	"""Start the first of these programs that is installed, in a session of its own: it outlives this run."""
	program = next((found for name in names if (found := shutil.which(name))), None)
	if program:
		subprocess.Popen(
			[program, *(options or [])],
			stdout=subprocess.DEVNULL,
			stderr=subprocess.DEVNULL,
			stdin=subprocess.DEVNULL,
			start_new_session=True,
		)

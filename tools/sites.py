"""Throw-away ERPNext sites for tests.

A new ERPNext with a company takes minutes, so it is made once for each pair of versions and kept as a dump in the bench's
`.o2c` folder, without our app. A test site is that dump restored, and our app installed from nothing on it.
"""

import gzip
import hashlib
import json
import os
import secrets
import shutil
import subprocess
from pathlib import Path

from benches import APP, CHECKOUT, Bench, BenchError, run

ADMIN_PASSWORD = "admin"
TEMPLATE = "o2c-template.localhost"
COMPANY = ("O2C Test", "O2C", "United States", "USD", "America/New_York")
SETUP_SCRIPT = CHECKOUT / "tools" / "complete_setup.py"
FOLDERS = ("private/files", "private/backups", "public/files", "locks", "logs")


class Sites:
	"""Makes and drops the test sites of one bench."""

	def __init__(self, bench: Bench):
		self.bench = bench
		self.root_password = bench.root_password()

	def make(self, site: str) -> None:
		"""The site, made anew: ERPNext with its company; our app is not on it yet."""
		template = self._template()
		if not template.exists():
			self._make_template(template)
		self.drop(site)
		self._restore(template, site)

	def install_app(self, site: str) -> None:
		"""Install our app on it, as an admin would."""
		self.bench.frappe(site, "install-app", APP)

	def has_app(self, site: str) -> bool:
		"""Whether the site exists with our app on it."""
		if not (self.bench.sites / site / "site_config.json").exists():
			return False
		return APP in self.bench.frappe(site, "list-apps").stdout.split()

	def query(self, site: str, statement: str) -> list[tuple[str, ...]]:
		"""Rows of the site's database as texts, read outside of Frappe; a NULL is the text NULL."""
		login = [*self._login(), "--batch", "--skip-column-names", database_name(site)]
		command = [_program("mariadb", "mysql"), *login, "--execute", statement]
		done = run(command, env=self._secret())
		return [tuple(line.split("\t")) for line in done.stdout.splitlines()]

	def drop(self, site: str) -> None:
		"""Remove database, database user and folder, where they are."""
		name = database_name(site)
		statements = [f"DROP DATABASE IF EXISTS `{name}`", *(f"DROP USER IF EXISTS '{name}'@'{h}'" for h in _hosts())]
		self._sql(";\n".join(statements))
		shutil.rmtree(self.bench.sites / site, ignore_errors=True)

	def _template(self) -> Path:
		parts = [self.bench.version("frappe"), self.bench.version("erpnext"), *COMPANY, SETUP_SCRIPT.read_text()]
		key = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
		return self.bench.cache / f"template-{parts[0]}-{parts[1]}-{key}"

	def _make_template(self, template: Path) -> None:
		print("  a new ERPNext with a company, kept for the next runs: some minutes", flush=True)
		self.drop(TEMPLATE)
		self.bench.frappe(
			None,
			"new-site",
			TEMPLATE,
			f"--db-name={database_name(TEMPLATE)}",
			f"--db-root-username={self.bench.root_login()}",
			f"--db-root-password={self.root_password}",
			f"--admin-password={ADMIN_PASSWORD}",
			"--install-app=erpnext",
		)
		self.bench.script(SETUP_SCRIPT, TEMPLATE, *COMPANY)
		unfinished = template.with_suffix(".unfinished")
		shutil.rmtree(unfinished, ignore_errors=True)
		unfinished.mkdir(parents=True)
		shutil.copy(self.bench.sites / TEMPLATE / "site_config.json", unfinished)
		self._dump(database_name(TEMPLATE), unfinished / "database.sql.gz")
		self.drop(TEMPLATE)
		unfinished.rename(template)

	def _restore(self, template: Path, site: str) -> None:
		name, password = database_name(site), secrets.token_hex(16)
		users = [f"GRANT ALL ON `{name}`.* TO '{name}'@'{host}' IDENTIFIED BY '{password}'" for host in _hosts()]
		self._sql(";\n".join([f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci", *users]))
		folder = self.bench.sites / site
		for part in FOLDERS:
			(folder / part).mkdir(parents=True)
		# the encryption key belongs to the dump
		config = json.loads((template / "site_config.json").read_text())
		config.update({"db_name": name, "db_password": password, "allow_tests": True, "server_script_enabled": True})
		config.update({"mute_emails": 1, "pause_scheduler": 1, "host_name": f"http://{site}:{self._web_port()}"})
		(folder / "site_config.json").write_text(json.dumps(config, indent=1))
		with gzip.open(template / "database.sql.gz") as dump:
			self._load(name, dump)
		# Redis may know an earlier site by this name
		self.bench.frappe(site, "clear-cache")

	def _web_port(self) -> int:
		return self.bench.config.get("webserver_port") or 8000

	def _dump(self, name: str, file: Path) -> None:
		command = [_program("mariadb-dump", "mysqldump"), *self._login(), "--single-transaction", "--quick", name]
		with gzip.open(file, "wb", compresslevel=3) as packed:
			with subprocess.Popen(command, env=self._secret(), stdout=subprocess.PIPE) as dump:
				shutil.copyfileobj(dump.stdout, packed)
		if dump.returncode:
			raise BenchError(f"could not dump the database {name}")

	def _load(self, name: str, dump: gzip.GzipFile) -> None:
		command = [_program("mariadb", "mysql"), *self._login(), name]
		# a test database may lose its last second in a power cut, and loads three times as fast
		with subprocess.Popen(command, env=self._secret(), stdin=subprocess.PIPE) as client:
			client.stdin.write(b"SET foreign_key_checks=0, unique_checks=0, autocommit=0;\n")
			shutil.copyfileobj(dump, client.stdin)
			client.stdin.write(b"\nCOMMIT;\n")
		if client.returncode:
			raise BenchError(f"could not load the database {name}")

	def _sql(self, statements: str) -> None:
		command = [_program("mariadb", "mysql"), *self._login()]
		done = subprocess.run(command, input=statements, env=self._secret(), text=True, capture_output=True)
		if done.returncode:
			raise BenchError(f"MariaDB refused: {done.stderr.strip()}")

	def _login(self) -> list[str]:
		host, port = self.bench.database()
		return [f"--host={host}", f"--port={port}", f"--user={self.bench.root_login()}"]

	def _secret(self) -> dict[str, str]:
		# not on the command line, where every user of the machine can read it
		return {**os.environ, "MYSQL_PWD": self.root_password}


def database_name(site: str) -> str:
	"""A name that can't meet another site's: Frappe's own begin with an underscore and a hash."""
	return "o2c_" + hashlib.sha256(site.encode()).hexdigest()[:12]


def _hosts() -> tuple[str, ...]:
	return ("localhost", "127.0.0.1", "%")


def _program(*names: str) -> str:
	found = next((path for name in names if (path := shutil.which(name))), None)
	if not found:
		raise BenchError(f"{names[0]} is not installed; a bench needs MariaDB's client programs")
	return found

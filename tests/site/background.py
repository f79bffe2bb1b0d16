"""What a test needs of Frappe's machinery: background jobs at hand, and caches that don't remember what was rolled back."""

from dataclasses import dataclass, field
from typing import Any

import frappe
from frappe.utils import background_jobs
from frappe.utils.caching import _SITE_CACHE

# What follows from code and schema, which a rolled back transaction did not change. All else may hold records of a test.
LASTING = (
	"all_apps",
	"app_hooks",
	"app_modules",
	"assets_json",
	"db_tables",
	"doctype_form_meta",
	"doctype_meta",
	"installed_app_modules",
	"installed_apps",
	"lang_full_dict",
	"merged_translations",
	"module_app",
	"module_installed_app",
	"table_columns",
)


def forget_rolled_back() -> None:
	"""Empty the caches, Redis's and this process's. Metadata stays: to read it again for each test takes seconds."""
	cache = frappe.cache
	keys = set(cache.get_keys(""))
	for lasting in LASTING:
		keys.difference_update(cache.get_keys(lasting))
	cache.delete_value(list(keys), make_keys=False)
	local = frappe.local
	local.cache = {}
	local.new_doc_templates = {}
	local.role_permissions = {}
	local.o2c_texts = {}
	getattr(local, "request_cache", {}).clear()
	_SITE_CACHE.clear()
	for settings in ("system_settings", "website_settings"):
		if hasattr(local, settings):
			delattr(local, settings)


@dataclass
class Job:
	"""One enqueued call, as the worker would get it."""

	queue: str
	method: Any
	kwargs: dict
	user: str
	job_id: str | None
	timeout: int | None

	@property
	def id(self) -> str | None:
		return self.job_id

	@property
	def name(self) -> str:
		"""The dotted path of what it calls."""
		return self.method if isinstance(self.method, str) else f"{self.method.__module__}.{self.method.__qualname__}"

	def get_status(self) -> str:
		return background_jobs.JobStatus.QUEUED

	def delete(self) -> None:
		"""A queue forgets a job that it is told to; one of ours is dropped when it runs."""


@dataclass
class FakeQueue:
	"""Stands where Frappe has an RQ queue."""

	name: str
	jobs: "Jobs"
	count: int = 0

	def enqueue_call(
		self, _execute, *, kwargs: dict, job_id: str | None = None, timeout: int | None = None, **_rest
	) -> Job:
		job = Job(self.name, kwargs["method"], kwargs["kwargs"], kwargs["user"], job_id, timeout)
		self.jobs.waiting.append(job)
		return job


@dataclass
class Jobs:
	"""The queue of a test: what code enqueued, at once or for after the commit."""

	monkeypatch: Any
	waiting: list[Job] = field(default_factory=list)

	def __post_init__(self):
		self.monkeypatch.setattr(background_jobs, "get_queue", lambda name, is_async=True: FakeQueue(name, self))
		self.monkeypatch.setattr(background_jobs, "get_job", self.find)

	def find(self, job_id: str) -> Job | None:
		"""The waiting job of this id; Frappe asks it before it enqueues the same once more."""
		wanted = background_jobs.create_job_id(job_id)
		return next((job for job in self.waiting if job.job_id == wanted), None)

	def names(self) -> list[str]:
		"""The dotted paths of the waiting jobs, those that wait for the commit included."""
		self.commit()
		return [job.name for job in self.waiting]

	def commit(self) -> None:
		"""What follows a commit, without one: the callbacks that wait for it."""
		frappe.db.before_commit.run()
		frappe.db.after_commit.run()

	def run(self, only: str = "") -> int:
		"""Run what waits, each job as the user who enqueued it, until nothing is left; how many ran.

		`only` is how the dotted paths begin of those that run; the others are dropped.
		"""
		ran = 0
		user = frappe.session.user
		self.commit()
		while self.waiting:
			job = self.waiting.pop(0)
			if not job.name.startswith(only):
				continue
			frappe.set_user(job.user)
			method = frappe.get_attr(job.method) if isinstance(job.method, str) else job.method
			method(**job.kwargs)
			ran += 1
			self.commit()
		frappe.set_user(user)
		return ran

	def clear(self) -> None:
		"""Forget what waits."""
		self.commit()
		self.waiting.clear()

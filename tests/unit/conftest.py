"""Unit tests run where there is no Frappe. On a machine that has one, importing it here is an error all the same."""

import sys
from importlib.abc import MetaPathFinder


class NoFrappe(MetaPathFinder):
	"""Refuse `import frappe` and `import erpnext`, so that a leak into the engine or the command line fails here."""

	def find_spec(self, fullname, path=None, target=None):
		if fullname.partition(".")[0] in ("frappe", "erpnext"):
			raise ImportError(f"{fullname} must not be imported by what unit tests exercise")
		return None


sys.meta_path.insert(0, NoFrappe())

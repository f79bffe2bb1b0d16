"""The words of the command line in the reader's language, from the app's own translations."""

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from crm_o2c.engine.explain import Change, Explanation, Message
from crm_o2c.engine.messages import MESSAGES, plain, render
from crm_o2c.engine.policy import PriorityPolicy

TRANSLATIONS = Path(__file__).parents[1] / "translations"
LANGUAGES = ("en", "zh")
# What is not known, where the term is called after what it says and not after what it reads.
INPUTS = {"urgency": "Promise Date", "effort": "Number of Lines"}


class Words:
	"""Renders codes and texts in one language. `labels` name the terms of a policy that are an admin's own."""

	def __init__(self, lang: str = "en", labels: Mapping[str, str] | None = None):
		self.lang, self.labels = lang, labels or {}
		self._table = {} if lang == "en" else _translations(TRANSLATIONS / f"{lang}.csv")

	def t(self, text: str, **values: Any) -> str:
		"""A text translated, with its values."""
		return self.untouched(text).format(**{key: plain(value) for key, value in values.items()})

	def untouched(self, text: str) -> str:
		"""A text translated, its places for values left as they are."""
		return self._table.get(text, text)

	def message(self, message: Message) -> str:
		shown = {key: self._value(key, value) for key, value in message.params.items()}
		return render(message.code, shown, self.untouched)

	def sentence(self, explanation: Explanation) -> str:
		joined = self.t(", ").join(self.message(part) for part in explanation.sentence)
		return joined + self.t(".")

	def change(self, change: Change) -> str:
		return f"{self.message(change.message)} → {self.t(change.band)}"

	def term(self, key: str) -> str:
		"""What a term is called."""
		code = f"term.{key}"
		return self.t(MESSAGES[code]) if code in MESSAGES else self.labels.get(key, key)

	def _value(self, key: str, value: Any) -> Any:
		if key == "key":
			return self.term(value)
		if key == "inputs":
			return self.t(", ").join(self.t(INPUTS[k]) if k in INPUTS else self.term(k) for k in value)
		return self.t(value) if key == "band" else value.isoformat() if isinstance(value, date) else value


def labels_of(policy: PriorityPolicy) -> dict[str, str]:
	return {factor.key: factor.label for factor in policy.factors if factor.label}


def _translations(path: Path) -> dict[str, str]:
	"""Frappe's format: source, translation, and a context that we don't use."""
	with path.open(encoding="utf-8", newline="") as file:
		return {row[0]: row[1] for row in csv.reader(file) if len(row) > 1 and row[1]}

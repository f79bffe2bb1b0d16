"""Every text of the engine and the command line has its Chinese, with the same places for values."""

import ast
import csv
import re
from pathlib import Path

import pytest

import crm_o2c.cli
from crm_o2c.cli.page import TEMPLATE, TEXTS
from crm_o2c.cli.words import TRANSLATIONS, Words
from crm_o2c.engine.defaults import DEFAULT_POLICY
from crm_o2c.engine.explain import Message
from crm_o2c.engine.messages import MESSAGES

CLI = Path(crm_o2c.cli.__path__[0])
# what takes a text to translate
RAISED = ("CellError", "FileError", "SiteError", "RequestRefused", "Reject")


def texts_in_code() -> set[str]:
	"""Texts given to `t`, to an error or to a reject, anywhere in the command line."""
	found = set()
	for path in CLI.glob("*.py"):
		for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
			if isinstance(node, ast.Call):
				name = getattr(node.func, "attr", getattr(node.func, "id", ""))
				if name in ("t", "untouched", "reject", *RAISED):
					found |= {a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)}
	return found - {""}


def chinese() -> dict[str, str]:
	with (TRANSLATIONS / "zh.csv").open(encoding="utf-8", newline="") as file:
		return {row[0]: row[1] for row in csv.reader(file) if row}


def test_every_text_has_its_chinese():
	bands = {band.band for band in DEFAULT_POLICY.bands}
	wanted = {*MESSAGES.values(), *TEXTS, *texts_in_code(), *bands}
	assert wanted - set(chinese()) == set()


@pytest.mark.parametrize("source", sorted({*MESSAGES.values(), *TEXTS, *texts_in_code()}))
def test_a_translation_has_the_same_places_for_values(source):
	places = [sorted(re.findall(r"\{\w*\}", text)) for text in (source, chinese()[source])]
	assert places[0] == places[1]


def test_the_page_uses_exactly_the_texts_that_it_is_given():
	template = TEMPLATE.read_text(encoding="utf-8")
	assert set(re.findall(r'T\("([^"]+)"', template)) | set(re.findall(r'\["([A-Z][^"]+)", ', template)) | set(
		re.findall(r'(?:\w+: |turn\(|tab\()"([A-Z][^"]+)"', template)
	) == set(TEXTS)


def test_codes_are_spoken_in_the_language_of_the_reader():
	message = Message("missing", {"inputs": ["urgency", "tier", "customer__risk"]})
	assert Words("en", {"customer__risk": "Risk"}).message(message) == "not known: Promise Date, Customer Tier, Risk"
	assert Words("zh").message(message) == "未知：承诺日期，客户等级，customer__risk"
	assert Words("zh").message(Message("rank", {"band": "High", "score": 50.0})) == "高，50 分"

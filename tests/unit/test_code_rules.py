"""The project's rules, checked on every file; and each rule shown to fail on a bad sample."""

import pytest

from rules import frappe_use, layers, scripts, style
from rules.samples import BAD, BAD_SCRIPTS, GOOD, GOOD_SCRIPTS
from rules.source import Source, python_files, script_files

PYTHON_RULES = {rule.__name__: rule for module in (layers, style, frappe_use) for rule in module.RULES}
SCRIPT_RULES = {rule.__name__: rule for rule in scripts.RULES}
FILES = python_files()
SCRIPTS = script_files()


def findings(rule, sources) -> list[str]:
	return [f"{source.path}:{line}: {what}" for source in sources for line, what in rule(source)]


@pytest.mark.parametrize("name", PYTHON_RULES)
def test_python(name):
	found = findings(PYTHON_RULES[name], FILES)
	assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("name", SCRIPT_RULES)
def test_scripts(name):
	found = findings(SCRIPT_RULES[name], SCRIPTS)
	assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(("name", "path", "text"), BAD)
def test_a_bad_sample_is_found(name, path, text):
	assert findings(PYTHON_RULES[name], [Source(path, text)])


@pytest.mark.parametrize(("name", "path", "text"), GOOD)
def test_a_good_sample_passes(name, path, text):
	assert not findings(PYTHON_RULES[name], [Source(path, text)])


@pytest.mark.parametrize(("name", "text"), BAD_SCRIPTS)
def test_a_bad_script_is_found(name, text):
	assert findings(SCRIPT_RULES[name], [Source("crm_o2c/public/js/sample.js", text)])


@pytest.mark.parametrize(("name", "text"), GOOD_SCRIPTS)
def test_a_good_script_passes(name, text):
	assert not findings(SCRIPT_RULES[name], [Source("crm_o2c/public/js/sample.js", text)])


def test_every_rule_has_a_bad_sample():
	assert {sample[0] for sample in BAD} == set(PYTHON_RULES)
	assert {sample[0] for sample in BAD_SCRIPTS} == set(SCRIPT_RULES)

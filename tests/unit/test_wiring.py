"""What the app's files say of each other holds. ERPNext's own names are checked on a site: tests/site/test_metadata.py."""

import json
import re
from collections import Counter

import pytest

from rules import catalogue, wiring
from rules.source import APP, ROOT, Source, script_files
from rules.wiring import PACKAGE, doctypes, find_definition, is_whitelisted, json_documents, relative

HOOKS = PACKAGE / "hooks.py"
ENGLISH = re.compile(r"[A-Za-z]")


def unresolved(paths) -> list[str]:
	return sorted({path for path in paths if find_definition(path) is None})


def scrub(name: str) -> str:
	return name.lower().replace(" ", "_").replace("-", "_")


# -- dotted paths and files ----------------------------------------------------------------------------------------------


def test_hooks_lead_somewhere():
	assert not unresolved(wiring.text_paths(wiring.module_tree(f"{APP}.hooks")))


def test_files_named_in_hooks_exist():
	text = HOOKS.read_text()
	named = re.findall(r'"((?:public|templates|www)/[\w./-]+)"', text)
	named += [f"public/{path}" for path in re.findall(rf'"/assets/{APP}/([\w./-]+)"', text) if "/dist/" not in path]
	assert not [path for path in named if not (PACKAGE / path).exists()]


def test_bundles_named_in_hooks_exist():
	built = {file.name for file in PACKAGE.rglob("*.bundle.*")}
	sources = {re.sub(r"\.(scss|ts)$", lambda m: {"scss": ".css", "ts": ".js"}[m[1]], name) for name in built}
	assert not set(re.findall(r'"([\w-]+\.bundle\.\w+)"', HOOKS.read_text())) - sources - built


def test_patches_lead_somewhere():
	patches = list(wiring.patch_paths((PACKAGE / "patches.txt").read_text()))
	assert not unresolved(patches)
	assert not [path for path, times in Counter(patches).items() if times > 1]


def test_json_leads_somewhere():
	assert not unresolved(path for _file, doc in json_documents() for path in wiring.json_paths(doc))


def test_scripts_call_endpoints():
	called = {(source.path, path) for source in script_files() for path in wiring.script_paths(source)}
	assert not sorted((file, path) for file, path in called if not is_whitelisted(find_definition(path)))


def test_enqueued_and_named_methods_exist():
	package = (PACKAGE / "services", PACKAGE / "setup", PACKAGE / "overrides", PACKAGE / "commands", PACKAGE / APP)
	files = [file for folder in package for file in folder.rglob("*.py")]
	trees = [Source(relative(file), file.read_text()).tree for file in files]
	assert not unresolved(path for tree in trees for path in wiring.text_paths(tree))


@pytest.mark.parametrize(
	"path", ["crm_o2c.nowhere.at_all", "crm_o2c.engine.priority.nobody", "crm_o2c.engine.facts.OrderFacts.x"]
)
def test_a_path_to_nowhere_is_found(path):
	assert unresolved([path]) == [path]


def test_bad_patches_json_and_scripts_are_found():
	assert list(wiring.patch_paths("[a]\n# no\nexecute:from crm_o2c.gone import x; x() #2\ncrm_o2c.patches.gone")) == [
		"crm_o2c.gone",
		"crm_o2c.patches.gone",
	]
	assert list(wiring.json_paths({"rows": [{"method": "crm_o2c.gone.x"}, {"label": "a crm_o2c.text"}]})) == [
		"crm_o2c.gone.x"
	]
	text = 'const API = "crm_o2c.engine.messages";\nfrappe.xcall(`${API}.render`); frappe.call("crm_o2c.gone.x");'
	called = list(wiring.script_paths(Source("x.js", text)))
	assert called == ["crm_o2c.engine.messages.render", "crm_o2c.gone.x"]
	assert not any(is_whitelisted(find_definition(path)) for path in called)


# -- DocTypes and what leads to them -------------------------------------------------------------------------------------


def test_modules_are_folders():
	modules = (PACKAGE / "modules.txt").read_text().splitlines()
	assert not [module for module in modules if not (PACKAGE / scrub(module) / "__init__.py").exists()]
	strangers = [relative(file) for file, doc in json_documents() if doc.get("module") not in (None, *modules)]
	assert not strangers


def test_doctypes_are_complete():
	missing = []
	for file, doc in json_documents():
		if doc["doctype"] != "DocType":
			continue
		name = scrub(doc["name"])
		assert (file.stem, file.parent.name) == (name, name)
		controller = file.with_suffix(".py")
		wanted = f"class {doc['name'].replace(' ', '').replace('-', '')}("
		if (
			not (file.parent / "__init__.py").exists()
			or not controller.exists()
			or wanted not in controller.read_text()
		):
			missing.append(doc["name"])
	assert not missing


@pytest.mark.parametrize("name", doctypes() or ["none yet"])
def test_doctype_fields(name):
	if name in doctypes():
		assert not list(wiring.doctype_problems(doctypes()[name]))


def test_shipped_documents_lead_to_doctypes():
	named = [(relative(file), name) for file, doc in json_documents() for name in wiring.named_doctypes(doc)]
	assert not [(file, name) for file, name in named if (name or "").startswith("O2C ") and name not in doctypes()]


def test_standard_documents_have_a_date():
	"""Frappe imports a standard document again only where its `modified` is newer than the site's."""
	assert not [
		relative(file) for file, doc in json_documents() if "fixtures" not in file.parts and not doc.get("modified")
	]


def test_card_and_chart_filters_have_four_parts():
	"""(DocType, field, operator, value). A fifth part is refused by Frappe 16."""
	kinds = {"Number Card", "Dashboard Chart"}
	filters = [
		(relative(file), row)
		for file, doc in json_documents()
		if doc["doctype"] in kinds
		for row in json.loads(doc.get("filters_json") or "[]")
	]
	assert not [found for found in filters if len(found[1]) != 4]


def test_a_bad_doctype_is_found():
	field = {"fieldname": "a", "fieldtype": "Link", "options": "O2C Nothing", "depends_on": "eval:doc.gone == 1"}
	bad = {"name": "X", "fields": [field], "field_order": ["a", "b"], "title_field": "c"}
	assert len(list(wiring.doctype_problems(bad))) == 4


# -- texts ---------------------------------------------------------------------------------------------------------------


def test_every_text_has_a_translation():
	known = catalogue.translations()
	missing = sorted({text for _where, text in catalogue.texts() if not known.get(text)})
	assert not missing, f"{len(missing)} texts without a row in zh.csv:\n" + "\n".join(missing)


def test_translations_keep_the_placeholders():
	def placeholders(text: str) -> Counter:
		return Counter(catalogue.PLACEHOLDER.findall(text))

	known = catalogue.translations()
	assert not {s: t for s, t in known.items() if set(placeholders(s)) != set(placeholders(t))}


def test_translations_are_well_formed():
	if not catalogue.ZH.exists():
		pytest.fail(f"{relative(catalogue.ZH)} is missing")
	rows = catalogue.rows()
	assert not [row for row in rows if len(row) not in (2, 3)]
	assert not [key for key, times in Counter((row[0], *row[2:]) for row in rows).items() if times > 1]
	assert not [row for row in rows if ENGLISH.match(row[0]) and row[0] != row[0].strip()]


def test_texts_are_collected_from_everywhere():
	places = {where.split(":")[0].rpartition(".")[2] for where, _text in catalogue.texts()}
	assert {"py", "json"} <= places


def test_setup_agrees_with_pyproject():
	"""Both name the same package; read as texts, since Python 3.10 has no TOML in its library."""
	pyproject, setup = (ROOT / "pyproject.toml").read_text(), (ROOT / "setup.py").read_text()
	for pattern in (r'name ?= ?"(crm_o2c)"', r'description ?= ?"(.+)"', r'"?(crm-o2c)"? = "?(crm_o2c\.cli:main)'):
		assert re.search(pattern, pyproject).groups() == re.search(pattern, setup).groups()
	dependencies = re.search(r"^dependencies = (\[.+\])", pyproject, re.MULTILINE)[1]
	assert f"install_requires={dependencies}" in setup
	assert re.search(r'requires-python = "(.+)"', pyproject)[1] == re.search(r'python_requires="(.+)"', setup)[1]

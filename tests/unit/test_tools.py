"""The tools say at once what is missing, and tell nobody a password."""

import json

import pytest

from benches import Bench, BenchError, find_bench, run
from site_tests import TESTS, main, parts
from sites import database_name


@pytest.fixture
def bench(tmp_path, monkeypatch):
	for name in ("O2C_DB_ROOT_PASSWORD", "O2C_DB_ROOT_LOGIN"):
		monkeypatch.delenv(name, raising=False)
	python = tmp_path / "env" / "bin" / "python"
	python.parent.mkdir(parents=True)
	python.touch()
	(tmp_path / "sites").mkdir()
	monkeypatch.setenv("FRAPPE_BENCH", str(tmp_path))
	return Bench(tmp_path)


def test_no_bench_is_said_and_no_failure(tmp_path, monkeypatch, capsys):
	monkeypatch.delenv("FRAPPE_BENCH", raising=False)
	monkeypatch.setenv("HOME", str(tmp_path))
	assert main([]) == 0
	assert "SITE TESTS SKIPPED" in capsys.readouterr().out


def test_a_wrong_bench_is_a_failure(tmp_path, monkeypatch, capsys):
	monkeypatch.setenv("FRAPPE_BENCH", str(tmp_path))
	assert main([]) == 1
	assert "is no bench" in capsys.readouterr().err


def test_the_named_bench_is_found(bench):
	assert find_bench().path == bench.path


def test_a_missing_password_is_asked_of_nobody(bench, monkeypatch):
	with pytest.raises(BenchError, match="O2C_DB_ROOT_PASSWORD"):
		bench.root_password()
	(bench.sites / "common_site_config.json").write_text(json.dumps({"root_password": "from the bench"}))
	assert bench.root_password() == "from the bench"
	monkeypatch.setenv("O2C_DB_ROOT_PASSWORD", "from outside")
	assert bench.root_password() == "from outside"


def test_a_failed_command_shows_its_words_and_no_password():
	with pytest.raises(BenchError) as failure:
		run(["sh", "-c", "echo no such site; exit 3", "--db-root-password=secret"])
	assert "no such site" in str(failure.value)
	assert "secret" not in str(failure.value)


def test_each_site_has_its_own_database():
	assert database_name("a.localhost") != database_name("b.localhost")


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_site_tests_are_shared_and_none_is_left_out(count):
	shared = parts(count)
	assert sorted(file for part in shared for file in part) == sorted(TESTS.glob("test_*.py"))
	assert len(shared) == count and all(shared)

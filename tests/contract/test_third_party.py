"""Connectors of other packages: found by entry point, proved by the kit, and harmless when they are broken."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from orderhub.cli.scaffold import package_files, write_package
from orderhub.errors import ConfigurationError

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "orderhub-cornershop"


def installed(source: Path, name: str, entry_points: dict[str, dict[str, str]]) -> Path:
    """Make `source` look installed: metadata with entry points beside the modules."""
    metadata = source / f"{name.replace('-', '_')}-0.1.0.dist-info"
    metadata.mkdir(exist_ok=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1.0\n")
    groups = (f"[{group}]\n" + "\n".join(f"{k} = {v}" for k, v in rows.items()) for group, rows in entry_points.items())
    (metadata / "entry_points.txt").write_text("\n\n".join(groups) + "\n")
    return source


def run(path: Path, *command: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(path)}
    return subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False, env=env, cwd=path)


def package(tmp_path: Path, name: str) -> Path:
    """A new package as if it had been installed; answers the folder with its modules."""
    target = write_package(name, tmp_path)
    project = tomllib.loads((target / "pyproject.toml").read_text())["project"]
    return installed(target / "src", project["name"], project["entry-points"])


def test_the_example_is_what_the_command_writes() -> None:
    found = {str(path.relative_to(EXAMPLE)): path.read_text() for path in EXAMPLE.rglob("*")
             if path.is_file() and "__pycache__" not in path.parts}  # fmt: skip
    assert found == package_files("cornershop")


def test_the_example_is_small() -> None:
    lines = (EXAMPLE / "src/orderhub_cornershop/__init__.py").read_text().splitlines()
    code = [line for line in lines if line.strip() and not line.lstrip().startswith(('"""', "#", "import ", "from "))]
    assert len(code) <= 120


@pytest.mark.parametrize("name", ["cornershop", "kiosk"])
def test_a_new_package_passes_the_kit_at_birth(tmp_path: Path, name: str) -> None:
    done = run(package(tmp_path, name), "-m", "orderhub", "check-connector", name, "--json")
    results = json.loads(done.stdout)
    assert done.returncode == 0, [row for row in results if row["verdict"] == "failed"]
    assert sum(row["verdict"] == "passed" for row in results) > 30


def test_the_pytest_option_collects_the_same(tmp_path: Path) -> None:
    where = package(tmp_path, "kiosk")
    done = run(where, "-m", "pytest", "-q", "--orderhub-connector", "kiosk", "-p", "no:cacheprovider", str(where))
    assert done.returncode == 0, done.stdout[-2000:]
    assert " passed" in done.stdout


def test_a_name_that_is_none_or_taken_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="lower case"):
        package_files("My Shop")
    write_package("kiosk", tmp_path)
    with pytest.raises(ConfigurationError, match="exists already"):
        write_package("kiosk", tmp_path)


BROKEN = {
    "raising": ("raise RuntimeError('broken on purpose')", "RuntimeError"),
    "nothing": ("CONNECTOR = 7", "not an orderhub.kit Connector"),
    "future": (
        "from dataclasses import replace\nfrom orderhub.connectors.taobao import CONNECTOR as ours\n"
        "CONNECTOR = replace(ours, api=99)",
        "version 99",
    ),
}


@pytest.mark.fault(71)
def test_broken_plug_ins_break_nothing_else(tmp_path: Path) -> None:
    for name, (text, _) in BROKEN.items():
        (tmp_path / f"plug_{name}.py").write_text(text)
    (tmp_path / "plug_twin.py").write_text("raise RuntimeError('a second taobao must not be loaded')")
    rows = {name: f"plug_{name}:CONNECTOR" for name in BROKEN} | {"taobao": "plug_twin:CONNECTOR"}
    told = (
        "import json, orderhub; from orderhub.hub.registry import broken;"
        "print(json.dumps([sorted(orderhub.connectors()), broken()]))"
    )
    done = run(installed(tmp_path, "orderhub-broken", {"orderhub.connectors": rows}), "-c", told)
    assert done.returncode == 0, done.stderr
    names, broken = json.loads(done.stdout)
    assert "taobao" in names and not set(BROKEN) & set(names)
    assert broken.keys() == BROKEN.keys()
    for name, (_, reason) in BROKEN.items():
        assert reason in broken[name]

"""What a release shows: the wheel is reproducible, works alone and with the oldest allowed versions, and is listed.

Run: `python tools/supply.py` (`make supply`). Needs `uv`, which `make` brings. Writes to `dist/` only.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
DIST = ROOT / "dist"
EPOCH = "1700000000"
PARTS = ["tests/unit/test_flow_exchange.py", "tests/unit/test_kit_convert.py", "tests/unit/test_inventory_ledger.py",
         "tests/property/test_decode_taobao.py", "tests/property/test_json.py"]  # fmt: skip
CORE_ONLY = (
    "import sys, orderhub; "
    "assert 'site-packages' in orderhub.__file__, orderhub.__file__; "
    "print('without any extra:', orderhub.Order.__name__)"
)


def run(*command: str | Path, **more: object) -> None:
    """A command that has to succeed; its output is shown when it does not."""
    done = subprocess.run(  # noqa: S603  # commands of this file only
        [str(part) for part in command], capture_output=True, text=True, **more
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")


def uv(*arguments: str | Path, **more: object) -> None:
    """The installer, as a module of the environment that runs this."""
    run(sys.executable, "-m", "uv", *arguments, **more)


def wheel(origin: Path, into: Path) -> Path:
    """A wheel built from a copy in a place of its own, with a fixed clock."""
    source = into / "source"
    shutil.copytree(origin, source)
    uv("build", "--wheel", "--out-dir", into, source, env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH})
    return next(into.glob("*.whl"))


def twice() -> Path:
    """The wheel, after a second build gave the same bytes."""
    found: list[tuple[str, Path]] = []
    origin = Path(tempfile.mkdtemp(prefix="source-")) / "orderhub"
    ignored = shutil.ignore_patterns(".venv", ".git", "dist", "site", "__pycache__", ".*_cache", "node_modules")
    shutil.copytree(ROOT, origin, ignore=ignored)
    for number in range(2):
        path = wheel(origin, Path(tempfile.mkdtemp(prefix=f"wheel{number}-")))
        found.append((hashlib.sha256(path.read_bytes()).hexdigest(), path))
    if found[0][0] != found[1][0]:
        sys.exit(f"two builds differ: {found[0][0]} and {found[1][0]}")
    DIST.mkdir(exist_ok=True)
    kept = Path(shutil.copy(found[0][1], DIST))
    print(f"reproducible: {kept.name} sha256 {found[0][0]}")
    return kept


def environment(name: str) -> tuple[Path, Path]:
    """An empty virtual environment and its interpreter."""
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-"))
    uv("venv", "--quiet", folder)
    return folder, folder / "bin" / "python"


def alone(built: Path) -> None:
    """Installed without extras it imports; with the extras of the tests it passes a part of them, far from `src`."""
    _, python = environment("core")
    uv("pip", "install", "--quiet", "--python", python, built)
    run(python, "-c", CORE_ONLY, cwd=tempfile.gettempdir())
    folder, python = environment("wheel")
    uv("pip", "install", "--quiet", "--python", python, f"{built}[test]")
    tested(folder, python, "the wheel without the source tree")


def oldest(built: Path) -> None:
    """The same tests with the lowest versions that are allowed."""
    folder, python = environment("oldest")
    uv("pip", "install", "--quiet", "--resolution", "lowest-direct", "--python", python, f"{built}[test]")
    tested(folder, python, "with the lowest allowed versions")


def tested(folder: Path, python: Path, what: str) -> None:
    """Run a part of the tests from a place that has no `src`."""
    place = folder / "project"
    shutil.copytree(ROOT / "tests", place / "tests")
    shutil.copy(ROOT / "pyproject.toml", place)
    run(python, "-m", "pytest", *PARTS, "-p", "no:cacheprovider", cwd=place)
    print(f"tests pass: {what}")


def bill() -> None:
    """What is installed here, as CycloneDX JSON."""
    into = DIST / "sbom.json"
    uv("tool", "run", "--from", "cyclonedx-bom", "cyclonedx-py", "environment", "--output-file", into, sys.prefix)
    rows = json.loads(into.read_text(encoding="utf-8"))["components"]
    print(f"bill of materials: {into.relative_to(ROOT)}, {len(rows)} packages")


if __name__ == "__main__":
    built = twice()
    alone(built)
    oldest(built)
    bill()

"""What a release shows: the wheel is reproducible, works alone and with the oldest allowed versions, and is listed.

Run: `python tools/supply.py` (`make supply`). `--wheel` runs a part of the tests against the wheel alone;
`--lock` writes the locked development dependencies anew; `--check` says whether they still are what `pyproject.toml`
allows, without a network; `--audit` asks a vulnerability service about them. Needs `uv`, which `make` brings. Writes to
`dist/` and, for `--lock`, to `requirements/dev.lock`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
DIST = ROOT / "dist"
LOCK = ROOT / "requirements" / "dev.lock"
EPOCH = "1700000000"
PARTS = ["tests/unit/test_flow_exchange.py", "tests/unit/test_kit_convert.py", "tests/unit/test_inventory_ledger.py",
         "tests/property/test_decode_taobao.py", "tests/property/test_json.py"]  # fmt: skip
WHEEL = ["tests/unit/test_flow_exchange.py", "tests/unit/test_kit_convert.py", "tests/contract/test_third_party.py",
         "tests/sandbox/test_world.py"]  # fmt: skip
BESIDE = ("tests", "docs", "cassettes", "tools", "examples")
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
    origin = _copied()
    for number in range(2):
        path = wheel(origin, Path(tempfile.mkdtemp(prefix=f"wheel{number}-")))
        found.append((hashlib.sha256(path.read_bytes()).hexdigest(), path))
    if found[0][0] != found[1][0]:
        sys.exit(f"two builds differ: {found[0][0]} and {found[1][0]}")
    DIST.mkdir(exist_ok=True)
    kept = Path(shutil.copy(found[0][1], DIST))
    print(f"reproducible: {kept.name} sha256 {found[0][0]}")
    return kept


def _copied() -> Path:
    """The project as it is, without what is made from it."""
    origin = Path(tempfile.mkdtemp(prefix="source-")) / "orderhub"
    ignored = shutil.ignore_patterns(".venv", ".git", "dist", "site", "__pycache__", ".*_cache", "node_modules")
    shutil.copytree(ROOT, origin, ignore=ignored)
    return origin


def environment(name: str) -> tuple[Path, Path]:
    """An empty virtual environment and its interpreter."""
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-"))
    uv("venv", "--quiet", folder)
    return folder, folder / "bin" / "python"


def alone(built: Path, parts: list[str]) -> None:
    """Installed without extras it imports; with the extras of the tests it passes them, far from `src`."""
    _, python = environment("core")
    uv("pip", "install", "--quiet", "--python", python, built)
    run(python, "-c", CORE_ONLY, cwd=tempfile.gettempdir())
    folder, python = environment("wheel")
    uv("pip", "install", "--quiet", "--python", python, "-c", constraints(folder), f"{built}[test]")
    tested(folder, python, "the wheel without the source tree", parts)


def oldest(built: Path) -> None:
    """A part of the tests with the lowest versions that are allowed."""
    folder, python = environment("oldest")
    uv("pip", "install", "--quiet", "--resolution", "lowest-direct", "--python", python, f"{built}[test]")
    tested(folder, python, "with the lowest allowed versions", PARTS)


def locked() -> None:
    """Everything that is locked can be had with the very bytes that were locked."""
    _, python = environment("locked")
    uv("pip", "install", "--quiet", "--require-hashes", "--python", python, "-r", LOCK)
    print("locked: every file has its hash")


def tested(folder: Path, python: Path, what: str, parts: list[str]) -> None:
    """Run tests from a place that has no `src`; `-n auto` when it is all of them."""
    place = folder / "project"
    for name in BESIDE:
        shutil.copytree(ROOT / name, place / name)
    for name in ("pyproject.toml", "README.md", "README.zh-CN.md", "mkdocs.yml"):
        shutil.copy(ROOT / name, place)
    more = [] if parts != ["tests"] else ["-n", "auto", "--dist", "worksteal"]
    run(python, "-m", "pytest", *parts, *more, "-p", "no:cacheprovider", cwd=place)
    print(f"tests pass: {what}")


def constraints(folder: Path) -> Path:
    """The locked versions without their hashes, which an installer takes beside a wheel of our own."""
    path = folder / "constraints.txt"
    path.write_text("\n".join(f"{name}=={version}{rest}" for name, version, rest in pins()) + "\n", encoding="utf-8")
    return path


def pins() -> Iterator[tuple[str, str, str]]:
    """Name, version and marker of everything that is locked."""
    for line in LOCK.read_text(encoding="utf-8").splitlines():
        if found := re.match(r"([\w.-]+)==([^ ;\\]+)( ; [^\\]*)?", line):
            yield canonicalize_name(found[1]), found[2], (found[3] or "").rstrip()


def declared() -> Iterator[Requirement]:
    """Every direct dependency, extras of our own taken apart."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for lines in (project["dependencies"], *project["optional-dependencies"].values()):
        yield from (found for found in map(Requirement, lines) if found.name != project["name"])


def stale() -> list[str]:
    """What `pyproject.toml` asks for and the lock does not hold, or holds in a version that is not allowed."""
    held: dict[str, list[str]] = {}
    for name, version, _ in pins():
        held.setdefault(name, []).append(version)
    reached = {canonicalize_name(found.name) for found in declared()} - UNLOCKED
    wrong = {
        str(found) for found in declared()
        if (name := canonicalize_name(found.name)) in reached
        and not any(found.specifier.contains(version, prereleases=True) for version in held.get(name, ()))
    }  # fmt: skip
    bare = [line for line in LOCK.read_text(encoding="utf-8").splitlines() if "://" in line]
    return sorted(wrong) + bare


UNLOCKED: frozenset[str] = frozenset()
"""Dependencies of extras that development does not install: none at present."""


def lock() -> None:
    """Resolve for every platform and every Python that is allowed."""
    LOCK.parent.mkdir(exist_ok=True)
    uv("pip", "compile", "--quiet", "--upgrade", "--universal", "--python-version", "3.11", "--extra", "dev",
       "--generate-hashes", "--no-emit-index-url", "--no-header", "--no-annotate", "--output-file", LOCK,
       ROOT / "pyproject.toml", cwd=ROOT)  # fmt: skip
    print(f"locked: {sum(1 for _ in pins())} packages")


def audit() -> None:
    """Known vulnerabilities of what is locked; says so when no service answers."""
    done = subprocess.run(  # noqa: S603  # commands of this file only
        [sys.executable, "-m", "uv", "tool", "run", "pip-audit", "--disable-pip", "--require-hashes", "-r", str(LOCK)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    unknown = done.stdout.count("could not be audited")
    asked = sum(1 for _ in pins()) - unknown
    print(
        "\n".join(line for line in done.stdout.splitlines() if "could not be audited" not in line) or done.stderr[-600:]
    )
    print(f"audit: exit {done.returncode}, {max(asked, 0)} packages asked about, {unknown} unknown to the service")


def bill() -> None:
    """What is installed here, as CycloneDX JSON."""
    into = DIST / "sbom.json"
    uv("tool", "run", "--from", "cyclonedx-bom", "cyclonedx-py", "environment", "--output-file", into, sys.prefix)
    rows = json.loads(into.read_text(encoding="utf-8"))["components"]
    print(f"bill of materials: {into.relative_to(ROOT)}, {len(rows)} packages")


def release() -> None:
    """Everything that a release shows; the whole of the tests against the wheel."""
    built = twice()
    alone(built, ["tests"])
    oldest(built)
    locked()
    bill()
    audit()


def check() -> None:
    """Exit 1 when the lock is stale."""
    if wrong := stale():
        sys.exit(f"requirements/dev.lock is stale (python tools/supply.py --lock): {'; '.join(wrong)}")


def wheel_test() -> None:
    """A part of the tests against the wheel, everything but the wheel borrowed from the environment that runs this."""
    built = wheel(_copied(), Path(tempfile.mkdtemp(prefix="wheel-")))
    folder, python = environment("borrowed")
    uv("pip", "install", "--quiet", "--no-deps", "--python", python, built)
    inside = next((folder / "lib").glob("python*/site-packages"))
    (inside / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    run(python, "-c", f"import orderhub; assert orderhub.__file__.startswith({str(folder)!r}), orderhub.__file__",
        cwd=tempfile.gettempdir())  # fmt: skip
    tested(folder, python, "the wheel without the source tree", WHEEL)


ACTS = {"--check": check, "--lock": lock, "--wheel": wheel_test, "--audit": audit}


if __name__ == "__main__":
    ACTS[sys.argv[1]]() if sys.argv[1:] else release()

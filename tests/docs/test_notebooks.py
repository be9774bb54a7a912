"""Every notebook of the examples runs from top to bottom; none is stored with outputs, or says anything of a machine.

One kernel runs them all, its names forgotten in between: libraries are loaded once.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "examples" / "notebooks").glob("*.ipynb"))
PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
PLACE = re.compile(r"(?:^|[\s\"'(])(?:/(?:home|root|tmp|Users|work|usr)/|[A-Z]:\\\\)")


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A running kernel in a folder of its own."""
    folder = tmp_path_factory.mktemp("kernel")
    with pytest.MonkeyPatch.context() as env, warnings.catch_warnings():
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
            env.setenv(name, str(folder / name))
        env.setenv("JUPYTER_PLATFORM_DIRS", "1")
        warnings.simplefilter("ignore")  # those of the notebook's own tools
        from jupyter_client.manager import KernelManager

        manager = KernelManager(kernel_name="python3")
        manager.start_kernel(cwd=str(folder))
        try:
            yield manager
        finally:
            manager.shutdown_kernel(now=True)


def test_there_are_five_and_the_page_about_them_names_each() -> None:
    page = (ROOT / "docs" / "how-to" / "notebooks.md").read_text("utf-8")
    assert len(NOTEBOOKS) == 5 and all(path.name in page for path in NOTEBOOKS)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_clean(path: Path) -> None:
    document = json.loads(path.read_text("utf-8"))
    code = [cell for cell in document["cells"] if cell["cell_type"] == "code"]
    assert code and all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    text = json.dumps(document, ensure_ascii=False)
    assert not PHONE.search(text) and not PLACE.search(text)
    assert set(document["metadata"]) == {"kernelspec", "language_info"}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path, kernel: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import nbformat
        from nbclient import NotebookClient

        book = nbformat.read(path, as_version=4)
        nbformat.validate(book)
        book.cells.insert(0, nbformat.v4.new_code_cell("%reset -f"))
        NotebookClient(book, km=kernel, timeout=240, startup_timeout=120).execute()  # an error of a cell is raised
    shown = json.dumps([cell.get("outputs", []) for cell in book.cells], ensure_ascii=False)
    assert "text/html" in shown or path.stem == "03_flash_sale", "something to look at"
    assert not PHONE.search(shown), "a whole number of a person"

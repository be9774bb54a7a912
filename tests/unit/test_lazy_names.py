"""Names that load on first use: type checkers and programs see the same ones, and one model does not load them all."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import orderhub
import orderhub.models

LAZY = (orderhub, orderhub.models)


def told(package: ModuleType) -> dict[str, str]:
    """name -> module, as type checkers read them."""
    tree = ast.parse(Path(str(package.__file__)).read_text(encoding="utf-8"))
    blocks = [node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    imports = [node for block in blocks for node in block.body if isinstance(node, ast.ImportFrom)]
    return {alias.name: str(node.module) for node in imports for alias in node.names}


@pytest.mark.parametrize("package", LAZY, ids=lambda package: package.__name__)
def test_a_name_is_the_object_of_its_module_and_every_name_is_told_to_type_checkers(package: ModuleType) -> None:
    names = told(package)
    assert set(names) == set(package.__all__) - {"__version__"} and set(names) <= set(dir(package))
    for name, module in names.items():
        found = getattr(package, name)
        is_package = isinstance(found, ModuleType) and callable(found)  # `connectors` is both, and may be called
        assert is_package or found is getattr(importlib.import_module(module), name), name
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = package.no_such_name


def test_the_order_loads_neither_stock_nor_logistics() -> None:
    code = "import sys; from orderhub import Order; print([m for m in sys.modules if m.startswith('orderhub.models.')])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "orderhub.models.order" in loaded and "stock" not in loaded and "logistics" not in loaded

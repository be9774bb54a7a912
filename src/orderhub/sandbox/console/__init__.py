"""The console: one page for people over the control API, at the sandbox's root. Imports the sandbox's own modules only.

Plain files below `assets`, nothing built, nothing from other hosts. A browser that asks for `/` gets the page where no
platform claims that path; everything that the page shows and does goes through the control API.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from orderhub.flow.message import Reply
from orderhub.sandbox.emulator import ParsedRequest

__all__ = ["HOME", "asset", "home"]

HOME = "/_sandbox/console"
KINDS = {
    "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
    "json": "application/json; charset=utf-8", "svg": "image/svg+xml",
}  # fmt: skip
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""What the page may load: its own files; it can be framed by nobody."""
HEADERS = {
    "content-security-policy": POLICY, "x-content-type-options": "nosniff", "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}  # fmt: skip


def home(request: ParsedRequest) -> Reply | None:
    """The page, for a browser at `/`; None for everybody else."""
    wanted = request.path == "/" and request.method == "GET" and "text/html" in request.headers.get("accept", "")
    return _reply("page.html") if wanted else None


def asset(request: ParsedRequest) -> Reply | None:
    """A file of the page below `HOME`, the page itself at `HOME`; None where there is none."""
    if request.method != "GET" or (request.path.rstrip("/") != HOME and not request.path.startswith(HOME + "/")):
        return None
    name = request.path[len(HOME) + 1 :] or "page.html"
    return _reply(name) if name in _names() else None


def _reply(name: str) -> Reply:
    return Reply(200, {"content-type": KINDS[name.rpartition(".")[2]], **HEADERS}, _content(name))


@cache
def _names() -> frozenset[str]:
    return frozenset(file.name for file in files(__package__).joinpath("assets").iterdir() if file.is_file())


@cache
def _content(name: str) -> bytes:
    return files(__package__).joinpath("assets", name).read_bytes()

"""What code a step's tables are made by, as a digest: a change of it reruns the step.

Of a step counts its own function, with those beside it in `line/work` that it calls, and every
module of the package that these import, directly or by way of others. Comments, docstrings and
layout do not count; reference lists count for whoever reads them. So a word in a command's output
recomputes nothing, and a rule of the refugees leaves the residence histories as they are.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

_PACKAGE = "folketall"
_LISTS = f"{_PACKAGE}.classifications"
"""The module whose reference lists are read with it."""
_BY_VALUE = tuple(
    f"{_PACKAGE}.{module}"
    for module in ("model.setting", "model.sections", "model.settings", "line.cubes")
)
"""Modules that give steps their settings: of these the values count, in the fingerprint beside."""
_STEPS = f"{_PACKAGE}.line.work."
"""The modules of the steps' functions: of these no more counts than what a step calls."""


@cache
def digest_of_module(module: str) -> str:
    """Digest of a module and of all that it imports from the package, by its dotted name."""
    return _hash(_reached({module}))


@cache
def _digest_of_step(module: str, name: str) -> str:
    texts, modules = _called(module, name)
    return _hash([*texts, _hash(_reached(modules))])


def digest_of_functions(*functions: Callable[..., Any] | None) -> str:
    """Digest of functions, each of the steps or of a room.

    Args:
        functions: those that make, check or describe a step; None is left out.

    Raises:
        LookupError: one is nowhere in the package by its name.
    """
    found = []
    for function in functions:
        if function is None:
            continue
        inner = function.func if isinstance(function, partial) else function
        if inner.__module__.startswith(_STEPS):
            found.append(_digest_of_step(inner.__module__, inner.__name__))
        elif inner.__module__.startswith(f"{_PACKAGE}."):
            found.append(digest_of_module(inner.__module__))
        else:
            raise LookupError(f"{inner.__module__}.{inner.__name__} is not of this package")
    return _hash(found)


@cache
def _files() -> dict[str, bytes]:
    """Every Python file and reference list of the package by its path in it."""
    return dict(_below(resources.files(_PACKAGE)))


def _below(folder: Traversable, above: str = "") -> Iterator[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _below(entry, f"{above}{entry.name}/")
        elif entry.name.endswith((".py", ".csv")):
            yield above + entry.name, entry.read_bytes()


def _path(module: str) -> str | None:
    """The file of a module or package; None when there is no such module."""
    inside = "/".join(module.split(".")[1:])
    paths = (f"{inside}.py", f"{inside}/__init__.py".lstrip("/"))
    return next((path for path in paths if path in _files()), None)


@cache
def _tree(module: str) -> ast.Module:
    """The code of a module, without its docstrings."""
    path = _path(module)
    if path is None:
        raise LookupError(f"there is no module {module}")
    tree = ast.parse(_files()[path])
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [n for n in body if not _is_text(n)] or [ast.Pass()]  # type: ignore[attr-defined]
    return tree


def _is_text(node: ast.stmt) -> bool:
    value = node.value if isinstance(node, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


@cache
def _text_of(module: str) -> str:
    return ast.unparse(_tree(module))


@cache
def _imports(module: str) -> Mapping[str, set[str]]:
    """The names that import statements bind, and the modules of the package each stands for."""
    bound: dict[str, set[str]] = {}
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == _PACKAGE:
            for alias in node.names:
                bound[alias.asname or alias.name] = _found_in(str(node.module), alias.name)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == _PACKAGE:
                    bound[alias.asname or alias.name] = {alias.name}
    return bound


def _found_in(module: str, name: str) -> set[str]:
    """The modules behind a name of a module: of what a package passes on, those it is from."""
    inner = f"{module}.{name}"
    if _path(inner):
        return {module, inner}
    package = (_path(module) or "").endswith("__init__.py")
    return (package and _imports(module).get(name)) or {module}


@cache
def _used_by(module: str) -> frozenset[str]:
    return frozenset().union(*_imports(module).values())


def _reached(modules: set[str]) -> list[str]:
    """The text of these modules and of all that they lead to, without what is only said."""
    seen: set[str] = set()
    todo = sorted(modules)
    while todo:
        module = todo.pop()
        if module not in seen and module not in _BY_VALUE and _path(module):
            seen.add(module)
            todo += sorted(_used_by(module) - seen)
    texts = [f"{module}\n{_text_of(module)}" for module in sorted(seen)]
    if _LISTS in seen:
        lists = {path: body for path, body in _files().items() if path.endswith(".csv")}
        texts += [f"{path}\n{hashlib.sha256(body).hexdigest()}" for path, body in lists.items()]
    return texts


def _called(module: str, name: str) -> tuple[list[str], set[str]]:
    """A function of the steps: its text and that of what it calls of them, and their modules."""
    seen: dict[tuple[str, str], str] = {}
    modules: set[str] = set()
    todo = [(module, name)]
    while todo:
        one = todo.pop()
        if one in seen:
            continue
        own, bound = _own(one[0]), _imports(one[0])
        if one[1] not in own:
            raise LookupError(f"there is no function {one[1]} in {one[0]}")
        seen[one] = ast.unparse(own[one[1]])
        for word, attribute in _words(own[one[1]]):
            if word in own:
                todo.append((one[0], word))
            for place in bound.get(word, ()):
                if place.startswith(_STEPS):
                    todo.append((place, word))
                else:
                    modules |= _found_in(place, attribute) if attribute else {place}
    return [seen[one] for one in sorted(seen)], modules


def _words(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Every name in a piece of code; `a.b` as both, any other with an empty text."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        yield node.value.id, node.attr
    elif isinstance(node, ast.Name):
        yield node.id, ""
    else:
        for inner in ast.iter_child_nodes(node):
            yield from _words(inner)


@cache
def _own(module: str) -> dict[str, ast.stmt]:
    """What a module defines, by name."""
    return {
        word: node
        for node in _tree(module).body
        if not isinstance(node, (ast.Import, ast.ImportFrom))
        for word in _defined(node)
    }


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    names = (word for target in targets if target is not None for word in ast.walk(target))
    return [word.id for word in names if isinstance(word, ast.Name)]


def _hash(said: list[str]) -> str:
    digest = hashlib.sha256()
    for text in said:
        digest.update(hashlib.sha256(text.encode()).digest())
    return digest.hexdigest()

"""What the API reference documents: every public name of the packages, once, under one name.

A name is public where neither it nor a module on its path begins with an underscore.
"""

import importlib
import inspect
import pkgutil
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from types import FunctionType

from sphinx.pycode import ModuleAnalyzer

PACKAGES = ("rgm_ref", "rgm_torch", "derivations.ledger")


@dataclass(frozen=True)
class Entry:
    """A documented name: where it is defined, and the name that a reader imports it by."""

    module: str
    attribute: str
    name: str
    kind: str  # function, class or data

    @property
    def value(self) -> object:
        """The object itself."""
        return getattr(importlib.import_module(self.module), self.attribute)


@cache
def modules() -> tuple[str, ...]:
    """All public modules, packages before what they hold."""
    found = []
    for package in PACKAGES:
        path = importlib.import_module(package).__path__
        walked = (module.name for module in pkgutil.walk_packages(path, f"{package}."))
        found += [package, *(name for name in walked if "._" not in name)]
    return tuple(found)


@cache
def entries(module: str) -> tuple[Entry, ...]:
    """What a module defines: functions, classes, and constants that have a docstring."""
    there = importlib.import_module(module)
    documented = ModuleAnalyzer.for_module(module).find_attr_docs()
    constants = {name for owner, name in documented if not owner}
    found = []
    for name, value in vars(there).items():
        if name.startswith("_"):
            continue
        if name in constants:
            found.append(Entry(module, name, f"{module}.{name}", "data"))
        elif _kind(value) and value.__module__ == module:
            found.append(Entry(module, name, _public(module, name, value), _kind(value)))
    return tuple(found)


@cache
def everything() -> tuple[Entry, ...]:
    """The entries of all modules."""
    return tuple(entry for module in modules() for entry in entries(module))


def methods(cls: type) -> list[str]:
    """Public methods and properties that a class defines, those that say what they do."""
    kinds = (FunctionType, classmethod, staticmethod, property)
    own = {name: value for name, value in vars(cls).items() if name[0] != "_"}
    return [name for name, value in own.items() if isinstance(value, kinds) and value.__doc__]


@cache
def names() -> frozenset[str]:
    """Every name one can link to: modules, their entries, and methods of classes."""
    found = {entry.name for entry in everything()} | set(modules())
    for entry in everything():
        if entry.kind == "class":
            found |= {f"{entry.name}.{method}" for method in methods(entry.value)}
    return frozenset(found)


@cache
def parameters(name: str) -> frozenset[str]:
    """What a function takes, a method and the constructor of its class, or all of a module."""
    if name in modules():
        return frozenset().union(*(parameters(entry.name) for entry in entries(name)))
    entry = next((e for e in everything() if f"{name}.".startswith(f"{e.name}.")), None)
    if entry is None or entry.kind == "data":
        return frozenset()
    path = name.removeprefix(entry.name).split(".")[1:]
    head = entry.value.__init__ if entry.kind == "class" else entry.value
    things = [head, *(inspect.getattr_static(entry.value, part, None) for part in path)]
    signed = (inspect.signature(thing) for thing in things if callable(thing))
    return frozenset(parameter for signature in signed for parameter in signature.parameters)


@cache
def by_identity() -> dict[int, str]:
    """The name of every function and class, by its `id`."""
    return {id(entry.value): entry.name for entry in everything() if entry.kind != "data"}


@cache
def _called() -> dict[str, list[Entry]]:
    """Functions and classes by their last word."""
    found = defaultdict(list)
    for entry in everything():
        if entry.kind != "data":
            found[entry.attribute].append(entry)
    return found


def neighbours(name: str, word: str) -> list[str]:
    """The function or class that is called so in the modules around `name`, if there is one."""
    around = name.rpartition(".")[0] if name in modules() else _home(name).rpartition(".")[0]
    near = [entry for entry in _called()[word] if entry.module.rpartition(".")[0] == around]
    return [entry.name for entry in near] if len(near) == 1 else []


def _home(name: str) -> str:
    """The module that defines what bears this name, or holds it."""
    owners = (e.module for e in everything() if f"{name}.".startswith(f"{e.name}."))
    return next(owners, "")


def _kind(value: object) -> str:
    return "function" if inspect.isfunction(value) else "class" if inspect.isclass(value) else ""


def _public(module: str, name: str, value: object) -> str:
    """The shortest name by which a package offers it in `__all__`, if no module has that name."""
    parts = module.split(".")
    for length in range(1, len(parts)):
        package = ".".join(parts[:length])
        offers = vars(importlib.import_module(package))
        is_offered = name in offers.get("__all__", ()) and offers[name] is value
        if is_offered and f"{package}.{name}" not in modules():
            return f"{package}.{name}"
    return f"{module}.{name}"

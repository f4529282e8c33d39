"""Stubs say what the native module is, and examples in docstrings run."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Dict, Iterator, List

import pytest

import headwater as hw
from headwater import _native

STUB = ast.parse((Path(hw.__file__).parent / "_native.pyi").read_text(encoding="utf-8"))

MODULES = ["headwater"] + [
    f"headwater.{module.name}"
    for module in pkgutil.iter_modules(hw.__path__)
    if not module.name.startswith("_")
]


def parameters(stub: ast.FunctionDef) -> List[str]:
    """The names of a function's parameters, those that take only keywords after a star."""
    named = [argument.arg for argument in stub.args.posonlyargs + stub.args.args]
    only = [argument.arg for argument in stub.args.kwonlyargs]
    return named + (["*", *only] if only else [])


def native_parameters(function: Any) -> List[str]:
    names: List[str] = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY and "*" not in names:
            names.append("*")
        names.append(parameter.name)
    return names


def functions(body: List[ast.stmt]) -> Dict[str, ast.FunctionDef]:
    return {stub.name: stub for stub in body if isinstance(stub, ast.FunctionDef)}


def classes() -> Dict[str, ast.ClassDef]:
    return {stub.name: stub for stub in STUB.body if isinstance(stub, ast.ClassDef)}


def is_property(stub: ast.FunctionDef) -> bool:
    return any(isinstance(one, ast.Name) and one.id == "property" for one in stub.decorator_list)


def test_the_stub_names_everything_native_and_nothing_else() -> None:
    native = {name for name in vars(_native) if not name.startswith("_")}
    assert native == {*functions(STUB.body), *classes(), "VERSION"}


@pytest.mark.parametrize("name", functions(STUB.body))
def test_a_native_function_has_the_parameters_of_its_stub(name: str) -> None:
    stub = functions(STUB.body)[name]
    function = getattr(_native, name)
    assert parameters(stub) == native_parameters(function)
    optional = [
        parameter.name
        for parameter in inspect.signature(function).parameters.values()
        if parameter.default is not inspect.Parameter.empty
    ]
    assert len(stub.args.defaults) + sum(d is not None for d in stub.args.kw_defaults) == len(
        optional
    )


@pytest.mark.parametrize("name", classes())
def test_a_native_class_has_the_methods_of_its_stub(name: str) -> None:
    kind = getattr(_native, name)
    stubs = functions(classes()[name].body)
    public = {member for member in vars(kind) if not member.startswith("_")}
    assert public == {member for member in stubs if not member.startswith("_")}
    for member, stub in stubs.items():
        if is_property(stub):
            assert inspect.isgetsetdescriptor(vars(kind)[member])
        elif not member.startswith("__"):
            assert parameters(stub) == native_parameters(getattr(kind, member)), member


def test_mypy_finds_no_difference_between_stub_and_module(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    libraries = ["plotly", "pyarrow", "tqdm", "xgboost", "sklearn"]
    settings = tmp_path / "mypy.ini"
    settings.write_text(
        f"[mypy]\ncache_dir = {tmp_path}\n"
        + "".join(f"[mypy-{name}.*]\nignore_missing_imports = True\n" for name in libraries)
    )
    done = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "--mypy-config-file", str(settings)]
        + ["--ignore-missing-stub", "headwater._native"],
        cwd=Path(hw.__file__).parents[1],
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout


def test_native_classes_are_made_by_their_own_functions_alone() -> None:
    for name in classes():
        with pytest.raises(TypeError, match="No constructor defined|cannot create"):
            getattr(_native, name)()


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_run(name: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(name)
    done = doctest.testmod(module, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    assert done.failed == 0


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    modules = [importlib.import_module(name) for name in MODULES]
    with_examples = {
        test.name for module in modules for test in finder.find(module) if test.examples
    }
    assert {
        "headwater",
        "headwater.data.read",
        "headwater.market.simulate",
        "headwater.mix.MediationMix",
        "headwater.pages.explain",
        "headwater.roles.Roles",
        "headwater.table.Table",
        "headwater.transforms.adstock",
        "headwater.transforms.saturation",
        "headwater.transforms.time_series_split",
    } <= with_examples


def members(module: ModuleType) -> Iterator[Any]:
    for name in hw.__all__:
        member = getattr(module, name)
        if name.startswith("_"):
            continue
        yield member
        if inspect.isclass(member):
            for inner, value in inspect.getmembers(member):
                own = getattr(value, "__module__", "") or ""
                if not inner.startswith("_") and own.startswith("headwater"):
                    yield value


def test_everything_public_is_documented_and_typed() -> None:
    documented = list(members(hw))
    assert len(documented) > 80
    for member in documented:
        name = getattr(member, "__qualname__", repr(member))
        assert inspect.getdoc(member), name
        if inspect.isfunction(member):
            assert "return" in member.__annotations__, name
            for parameter in inspect.signature(member).parameters.values():
                untyped = parameter.annotation is inspect.Parameter.empty
                assert not untyped or parameter.name in ("self", "cls"), name


def test_the_package_is_marked_as_typed() -> None:
    assert (Path(hw.__file__).parent / "py.typed").exists()

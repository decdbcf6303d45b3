"""No test depends on the current date."""

import ast
import re
import warnings
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from flask import Flask

from app.core import clock
from config import ROOT, load
from tests.support.fixed_clock import NOW, TODAY

CLOCK_MODULE = ROOT / "tests" / "support" / "fixed_clock.py"
"""The only module that uses the machine's clock and future dates."""
MACHINE_CLOCK = {
    "datetime": {"now", "today", "utcnow", "fromtimestamp"},
    "date": {"today"},
    "time": {"time", "time_ns", "localtime", "gmtime", "ctime", "strftime", "asctime"},
    "clock": {"configure"},
}
CLOCK_LIBRARIES = {"time_machine", "freezegun"}
MONTHS = "jan feb mar apr mei may jun jul agu aug sep okt oct nov des dec"
NUMBERS = (1, 2, 3, 4, 5, 5, 6, 7, 8, 8, 9, 10, 10, 11, 12, 12)
MONTH_NUMBERS = dict(zip(MONTHS.split(), NUMBERS, strict=True))
ISO = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
SLASHED = re.compile(r"(?<!\d)(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)")
WRITTEN_OUT = re.compile(
    rf"(?<!\d)(\d{{1,2}})\s({MONTHS.replace(' ', '|')})[a-z]*\s(\d{{4}})(?!\d)", re.IGNORECASE
)


def test_no_test_reads_the_machine_clock() -> None:
    assert [f"{file}:{line}" for file, tree in _parse_tests() for line in _find_machine_clock(tree)] == []


def test_no_test_uses_a_literal_future_date() -> None:
    found = [
        f"{file}:{line} {day}"
        for file, tree in _parse_tests()
        for line, day in _find_days(tree)
        if day > TODAY
    ]
    assert found == []


def _parse_tests() -> Iterator[tuple[Path, ast.Module]]:
    for file in sorted((ROOT / "tests").rglob("*.py")):
        if (
            file not in (CLOCK_MODULE, Path(__file__)) and "benchmarks" not in file.parts
        ):  # benchmarks have no fixed clock
            yield file.relative_to(ROOT), ast.parse(file.read_text(encoding="utf-8"))


def _find_machine_clock(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=module) | ast.Attribute(attr=module), attr=name):
                if name in MACHINE_CLOCK.get(module, ()):
                    yield node.lineno
            case ast.Import(names=names):
                if CLOCK_LIBRARIES & {one.name for one in names}:
                    yield node.lineno
            case ast.ImportFrom(module=module, names=names):
                if module in CLOCK_LIBRARIES or {one.name for one in names} & MACHINE_CLOCK.get(
                    module or "", set()
                ):
                    yield node.lineno


def _find_days(tree: ast.Module) -> Iterator[tuple[int, date]]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(args=parts) | ast.Tuple(elts=parts):
                numbers = [one.value for one in parts[:3] if isinstance(one, ast.Constant)]
                yield from _valid_dates(node.lineno, [numbers])
            case ast.Constant(value=str(text)):
                yield from _valid_dates(node.lineno, ISO.findall(text))
                yield from _valid_dates(node.lineno, [found[::-1] for found in SLASHED.findall(text)])
                yield from _valid_dates(
                    node.lineno,
                    [
                        (year, MONTH_NUMBERS[month.lower()], day)
                        for day, month, year in WRITTEN_OUT.findall(text)
                    ],
                )


def _valid_dates(
    line: int, found: list[list[object]] | list[tuple[object, ...]]
) -> Iterator[tuple[int, date]]:
    for numbers in found:
        try:
            year, month, day = (int(str(number)) for number in numbers)
            if 1900 <= year <= 9999:
                yield line, date(year, month, day)
        except (ValueError, OverflowError):  # three other values, or an invalid date
            continue


@pytest.mark.parametrize(
    "line",
    [
        "datetime.now(UTC)",
        "datetime.datetime.now()",
        "date.today()",
        "time.time()",
        "from time import time",
        "import time_machine",
        "clock.configure(None)",
    ],
)
def test_rule_finds_the_machine_clock(line: str) -> None:
    assert list(_find_machine_clock(ast.parse(line))) == [1]


@pytest.mark.parametrize(
    "line",
    [
        "date(2099, 1, 1)",
        "wita(2099, 1, 1, 8)",
        "(2099, 1, 1)",
        "'2099-01-01T08:00'",
        "'1/1/2099'",
        "'1 Januari 2099'",
    ],
)
def test_rule_finds_a_future_date(line: str) -> None:
    assert list(_find_days(ast.parse(line))) == [(1, date(2099, 1, 1))]


def test_tests_and_served_portals_share_one_fixed_now(shared_app: Flask) -> None:
    assert clock.now() == load().now == NOW


def test_warnings_are_errors_in_our_modules_only() -> None:
    for module in ("app.admin.http", "config", "tests.house.test_fixed_clock"):
        with pytest.raises(DeprecationWarning):
            warnings.warn_explicit("old", DeprecationWarning, "x.py", 1, module=module)
    with warnings.catch_warnings(record=True):  # restores the filters afterwards
        warnings.warn_explicit("old", DeprecationWarning, "x.py", 1, module="flask_babel.core")

"""Names in the code are standard terms: words of an earlier private vocabulary are banned."""

import ast
from collections.abc import Iterator
from pathlib import Path

from app.extensions import Model

APP = Path(__file__).parents[2] / "app"
BANNED_WORDS = frozenset(
    [
        "told",
        "tells",
        "stands",
        "asked",
        "held",
        "sought",
        "walked",
        "spelled",
        "doors",
        "door",
        "said",
        "verb",
        "verbs",
        "goes",
        "leads",
        "stale",
    ]
)


def _list_names(tree: ast.AST) -> Iterator[str]:
    """Yield functions, classes, parameters and assigned names; members of enums are stored codes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
            yield from (one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs))
        elif isinstance(node, ast.ClassDef):
            yield node.name
            if not any("Enum" in ast.unparse(base) for base in node.bases):
                yield from _list_assigned(node.body)
        elif isinstance(node, ast.Module):
            yield from _list_assigned(node.body)


def _list_assigned(body: list[ast.stmt]) -> Iterator[str]:
    for statement in body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        targets += [statement.target] if isinstance(statement, ast.AnnAssign) else []
        yield from (one.id for one in targets if isinstance(one, ast.Name))


def _banned_names(names: Iterator[str]) -> list[str]:
    columns = {column.name for table in Model.metadata.tables.values() for column in table.columns}
    return [name for name in names if name not in columns and BANNED_WORDS & set(name.lower().split("_"))]


def test_no_name_of_the_app_uses_a_banned_word() -> None:
    found = {}
    for path in APP.rglob("*.py"):
        if "versions" not in path.parts:
            names = _banned_names(iter([path.stem, *_list_names(ast.parse(path.read_text()))]))
            found |= {str(path.relative_to(APP)): names} if names else {}
    assert found == {}


def test_no_template_name_uses_a_banned_word() -> None:
    assert _banned_names(path.stem for path in (APP / "templates").rglob("*.html")) == []


def test_banned_words_are_found() -> None:
    tree = ast.parse("def tell_all(told): pass\nclass A:\n    was_asked = 1\nVERBS = 2")
    assert _banned_names(_list_names(tree)) == ["VERBS", "told", "was_asked"]

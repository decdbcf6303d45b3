"""Rules for messages in the code; tests/language checks their translations."""

import ast
import re

from app.cli.i18n import collect_messages
from config import ROOT


def test_percent_sign_is_used_only_for_named_placeholders() -> None:
    ours = [
        text
        for message in collect_messages()
        if any(file.startswith("app/") for file, _line in message.locations)
        for text in ((message.id,) if isinstance(message.id, str) else message.id)
    ]
    assert len(ours) > 100
    bare_percent = re.compile(r"%(?!\(\w+\)[sd])")
    assert [text for text in ours if bare_percent.search(text)] == []


def test_no_translated_message_is_an_f_string() -> None:
    """Babel extracts no f-strings: the message would stay in English."""
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in sorted((ROOT / "app").rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and _is_translation_call(call)
        for argument in (*call.args, *(keyword.value for keyword in call.keywords))
        if any(isinstance(part, ast.JoinedStr) for part in ast.walk(argument))
    ]
    assert found == []


def _is_translation_call(call: ast.Call) -> bool:
    """Return whether the call is one of `_`, `_l`, `ngettext`, `pgettext` and the like."""
    name = getattr(call.func, "id", None) or getattr(call.func, "attr", "")
    return name in ("_", "_l") or name.endswith("gettext")

"""The words of the code; whether they are all translated is asked in tests/language."""

import re

from app.cli.words import collected


def test_a_per_cent_sign_stands_only_before_a_named_value() -> None:
    ours = [
        text
        for message in collected()
        if any(file.startswith("app/") for file, _line in message.locations)
        for text in ((message.id,) if isinstance(message.id, str) else message.id)
    ]
    assert len(ours) > 100
    alone = re.compile(r"%(?!\(\w+\)[sd])")
    assert [text for text in ours if alone.search(text)] == []

"""Letters and reports as PDF."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typst

TEMPLATE_FOLDER = Path(__file__).parents[1] / "templates"


def compile_pdf(template: str, data: Mapping[str, Any]) -> bytes:
    """Set `data` in a template; what somebody typed reaches it as data alone, never as markup.

    The template reads it by `json(bytes(sys.inputs.data))`.
    """
    path = TEMPLATE_FOLDER / template
    made = typst.compile(path, root=path.parent, sys_inputs={"data": json.dumps(data)})
    assert isinstance(made, bytes)  # noqa: S101  one document, no output file
    return made

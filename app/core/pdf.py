"""PDF documents (letters and reports), set with Typst."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typst

TEMPLATE_FOLDER = Path(__file__).parents[1] / "templates"


def compile_pdf(template: str, data: Mapping[str, Any]) -> bytes:
    """Compile a Typst template with `data` and return the PDF.

    User input reaches the template only as data, never as markup: the template reads it by
    `json(bytes(sys.inputs.data))`.
    """
    path = TEMPLATE_FOLDER / template
    document = typst.compile(path, root=path.parent, sys_inputs={"data": json.dumps(data)})
    assert isinstance(document, bytes)  # noqa: S101  one document, no output file
    return document

"""Hashes of the FAB templates that ours replace: a changed one must be compared with our override."""

from hashlib import sha256
from pathlib import Path

import flask_appbuilder

import app

FRAMEWORK_TEMPLATES = Path(flask_appbuilder.__file__).parent / "templates"
OWN_TEMPLATES = Path(app.__file__).parent / "templates"

PINNED_HASHES = {
    "appbuilder/baselayout.html": "105fed3336242802",
    "appbuilder/flash.html": "a268376b17b04c6d",
    "appbuilder/general/model/add.html": "321397131fa0a95f",
    "appbuilder/general/model/edit.html": "a10db10430c6aa9f",
    "appbuilder/general/model/list.html": "7c11106ff27fb6d2",
    "appbuilder/general/model/show.html": "67a574db1dc124a2",
    "appbuilder/general/security/login_db.html": "809558f64c446bff",
    "appbuilder/general/widgets/form.html": "640a41d53d00a184",
    "appbuilder/general/widgets/list.html": "2a0fad48fe42239c",
    "appbuilder/general/widgets/search.html": "36c988fa2af397d9",
    "appbuilder/general/widgets/show.html": "babd5b80d4e383c4",
    "appbuilder/index.html": "3492808dca8bf42e",
    "appbuilder/init.html": "63cd58ec542d996f",
    "appbuilder/navbar.html": "140e7b7ef55a8b66",
    "appbuilder/navbar_menu.html": "c80d05552fa166cf",
    "appbuilder/navbar_right.html": "0a7b39c996f2f3a1",
}


def test_every_override_is_pinned() -> None:
    overrides = {
        str(path.relative_to(OWN_TEMPLATES)) for path in (OWN_TEMPLATES / "appbuilder").rglob("*.html")
    }
    assert overrides == set(PINNED_HASHES)


def test_overridden_templates_of_fab_are_unchanged() -> None:
    changed = [
        name for name, pinned in PINNED_HASHES.items() if hash_file(FRAMEWORK_TEMPLATES / name) != pinned
    ]
    assert changed == [], "compare them with our overrides, then update the hashes"


def hash_file(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()[:16]

"""Indonesian pages contain no English word, and English pages no Indonesian one."""

import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from types import SimpleNamespace
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from flask import Flask, abort
from sqlalchemy import Enum, select
from sqlalchemy.exc import OperationalError
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.admin.base import PortalView
from app.extensions import Model, db
from tests.language.test_catalogue import _messages, _source_texts, _translations, read_indonesian
from tests.support.client import PortalClient
from tests.support.page_texts import extract_texts, parse_page, split_words
from tests.support.portal import CAST, PASSWORD, get_user
from tests.support.sample_records import create_one_of_each

pytestmark = pytest.mark.parametrize(
    "portal_instance", ["sqlite"], indirect=True
)  # the texts are the same on both

ENGLISH = """
the and of with without for from this that not are is was were has have had been will would should can
could must may add edit show list delete save cancel search select choose please required invalid missing
error failed field value user users password login logout sign page next previous first last back home
record records item items new old any all none yes no true false unknown file upload download size date
time day month year today monday tuesday wednesday thursday friday saturday sunday january february march
may june july august october december aug oct dec bad request unauthorized forbidden found method allowed
conflict entity too large many requests internal server service unavailable token your you we it our
their at by on in out up or if so be do does did an as to only also here there what when where who why
how which while results loading removing
"""
INDONESIAN = """
yang dan atau untuk dengan dari pada ini itu tidak belum sudah akan dapat harus bila agar oleh tambah
ubah hapus simpan batal cari pilih masuk keluar halaman kembali berikutnya sebelumnya isi silakan wajib
kosong kosongkan sandi pengguna hari tanggal ya
"""
SHARED_WORDS = {
    "id",
    "en",
    "siaga",
    "english",
    "bahasa",
    "indonesia",
    "min",
}  # "min.", and Minggu in a calendar
"""Names of languages and of the portal, language codes, and "min": abbreviation and part of a date."""


@cache
def _vocabulary() -> tuple[frozenset[str], frozenset[str]]:
    """Return the words that only English messages use, and those that only Indonesian ones use."""
    english = split_words(text for message in _messages(read_indonesian()) for text in _source_texts(message))
    indonesian = split_words(
        text for message in _messages(read_indonesian()) for text in _translations(message)
    )
    return (
        frozenset(((english - indonesian) | (split_words([ENGLISH]) - indonesian)) - SHARED_WORDS),
        frozenset(((indonesian - english) | (split_words([INDONESIAN]) - english)) - SHARED_WORDS),
    )


PARENT_VIEWS = {
    "TimelineView": "CaseView",
    "LetterView": "ReferralView",
    "PartnerPageView": "ReferralView",
}
"""View without a model -> model view whose records its pages show."""


@pytest.fixture
def sample_records(app: Flask) -> SimpleNamespace:
    """A record of every kind: `ids` by view, and the pattern of texts that are data."""
    create_one_of_each()
    ids = {
        type(view).__name__: _newest_id(view)
        for view in app.appbuilder.baseviews  # type: ignore[attr-defined]
        if isinstance(view, PortalView)
    }
    return SimpleNamespace(ids=ids, typed=_typed_pattern())


def _newest_id(view: PortalView) -> int:
    model: Any = view.datamodel.obj
    if model.__tablename__ == "ab_user":
        return get_user("sari").id
    return int(db.session.scalar(select(model.id).order_by(model.id.desc()).limit(1)) or 0)


def _typed_pattern() -> re.Pattern[str]:
    """Return a pattern of texts that are data: typed by users, or shipped reference data."""
    found = {name for name, _role in CAST.values()} | set(CAST)
    for table in Model.metadata.sorted_tables:
        if not table.name.startswith(("ab_", "audit_", "case_event", "form_", "number_", "alembic")):
            columns = [column for column in table.columns if not isinstance(column.type, Enum)]
            for row in db.session.execute(select(*columns)):
                found |= {
                    " ".join(line.split()) for t in row if isinstance(t, str) for line in t.splitlines()
                }
    longest_first = sorted((text for text in found if len(text) > 1), key=len, reverse=True)
    return re.compile("|".join(rf"(?<!\w){re.escape(text)}(?!\w)" for text in longest_first))


def _build_url(app: Flask, rule: Rule, sample_records: SimpleNamespace) -> str:
    values: dict[str, Any] = dict.fromkeys(rule.arguments, "nothing")
    if "pk" in values:
        values["pk"] = sample_records.ids[PARENT_VIEWS.get(name := rule.endpoint.partition(".")[0], name)]
    if rule.endpoint == "OptionsApi.options":
        values["room"] = "clients"
    with app.test_request_context():
        return str(app.url_map.bind("localhost").build(rule.endpoint, values))


def _page_urls(app: Flask, sample_records: SimpleNamespace) -> Iterator[str]:
    """Yield the URL of every GET route, and each list also with a search without results."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if "GET" in (rule.methods or ()) and not rule.endpoint.endswith("static"):
            url = _build_url(app, rule, sample_records)
            yield url
            if url.endswith("/list/"):
                yield f"{url}?q=zzzzzz"


def _visit_pages(
    app: Flask, client: PortalClient, sample_records: SimpleNamespace
) -> Iterator[tuple[str, TestResponse]]:
    """Yield the responses of each page, of its form sent empty and sent with invalid values."""
    for url in _page_urls(app, sample_records):
        response = client.get(url, check_html=False)
        yield url, response
        if response.mimetype == "text/html" and 'id="model_form"' in (
            page := response.get_data(as_text=True)
        ):
            assert page.count('id="model_form"') == 1
            hidden = _hidden_fields(response)
            yield f"{url} sent empty", client.post(url, data=hidden, check_html=False)
            filled = hidden | _nonsense(response)
            yield f"{url} sent with nonsense", client.post(url, data=filled, check_html=False)


def _fields(response: TestResponse) -> list[Element]:
    form = next(form for form in parse_page(response).iter("form") if form.get("id") == "model_form")
    return [
        field for field in form.iter() if field.tag in ("input", "select", "textarea") and field.get("name")
    ]


def _hidden_fields(response: TestResponse) -> dict[str, Any]:
    """Return the hidden fields of the page: version and form key."""
    return {f.get("name", ""): f.get("value", "") for f in _fields(response) if f.get("type") == "hidden"}


def _nonsense(response: TestResponse) -> dict[str, Any]:
    nonsense = {"date": "31/31/2000", "datetime-local": "31/31/2000 99.99", "number": "-1.5x", "email": "@"}
    return {
        field.get("name", ""): "999999"
        if field.tag == "select"
        else nonsense.get(field.get("type", ""), "~" * 400)
        for field in _fields(response)
        if field.get("type") not in ("hidden", "checkbox", "radio", "submit", "file")
    }


def _find_foreign_texts(
    responses: Iterator[tuple[str, TestResponse]], foreign: frozenset[str], typed: re.Pattern[str]
) -> dict[str, str]:
    """Return text -> first page, for texts that contain a word of the other language."""
    texts_by_page = [(place, list(extract_texts(response))) for place, response in responses]
    assert len(texts_by_page) > 1
    first = {text: place for place, texts in reversed(texts_by_page) for text in texts}
    foreign_words = {text: split_words([typed.sub(" ", text)]) & foreign for text in first}
    return {
        f"{text!r} ({', '.join(sorted(found))})": first[text]
        for text, found in foreign_words.items()
        if found
    }


USERNAMES = ("nobody", "admin", "rina", "kabid")


@pytest.mark.parametrize("who", USERNAMES)
@pytest.mark.parametrize("language", ["id", "en"])
def test_pages_and_form_errors_use_one_language(
    app: Flask,
    sample_records: SimpleNamespace,
    as_user: Callable[[str], PortalClient],
    anonymous_client: PortalClient,
    who: str,
    language: str,
) -> None:
    client = anonymous_client if who == "nobody" else as_user(who)
    client.post("/language", data={"language": language})
    foreign = _vocabulary()[language == "en"]
    pages = _visit_pages(app, client, sample_records)
    if language == "en":  # partner pages are in the office's language, whichever the user has chosen
        pages = ((place, response) for place, response in pages if not place.startswith("/r/"))
    assert _find_foreign_texts(pages, foreign, sample_records.typed) == {}


def _failing_view(raise_error: Callable[[], Any]) -> Callable[..., Any]:
    def view(**_arguments: Any) -> Any:
        return raise_error()

    return view


def _raise_locked() -> None:
    raise OperationalError("SELECT 1", {}, Exception("database is locked"))


def _raise_fault() -> None:
    raise RuntimeError("a fault of ours")


def _error_pages(
    app: Flask, client: PortalClient, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, TestResponse]]:
    endpoint = app.url_map.bind("localhost").match("/")[0]
    for code in (400, 403, 404, 405, 409, 413, 429, 500, 503, 507):
        monkeypatch.setitem(app.view_functions, endpoint, _failing_view(partial(abort, code)))
        yield str(code), client.get("/")
    for raise_error in (_raise_locked, _raise_fault):
        monkeypatch.setitem(app.view_functions, endpoint, _failing_view(raise_error))
        yield raise_error.__name__, client.get("/")
    yield "no token", client.post("/profile/", csrf=False)
    yield "no such page", client.get("/nothing")
    yield "no such method", client.open("/profile/", method="DELETE")


@pytest.mark.parametrize("language", ["id", "en"])
def test_error_pages_use_one_language(
    app: Flask,
    sample_records: SimpleNamespace,
    as_user: Callable[[str], PortalClient],
    monkeypatch: pytest.MonkeyPatch,
    language: str,
) -> None:
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    client = as_user("rina")
    client.post("/language", data={"language": language})
    responses = list(_error_pages(app, client, monkeypatch))
    assert all(response.status_code >= 400 for _place, response in responses)
    assert _find_foreign_texts(iter(responses), _vocabulary()[language == "en"], sample_records.typed) == {}


def test_indonesian_is_the_default_whatever_the_browser_prefers(
    anonymous_client: PortalClient,
) -> None:
    page = anonymous_client.get("/login/", headers={"Accept-Language": "en-GB,en"}).get_data(as_text=True)
    assert '<html lang="id">' in page
    assert "Kata sandi" in page


def test_chosen_language_is_used_after_the_next_log_in(
    as_user: Callable[[str], PortalClient], anonymous_client: PortalClient
) -> None:
    as_user("rina").post("/language", data={"language": "en"})
    anonymous_client.post("/login/", data={"username": "rina", "password": PASSWORD})
    assert '<html lang="en">' in anonymous_client.get("/profile/").get_data(as_text=True)

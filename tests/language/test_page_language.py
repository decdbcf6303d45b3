"""Everything that somebody can see: in Indonesian no English word, in English no Indonesian one."""

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
)  # words do not depend on it

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
"""Names of languages and of the portal, and the codes of the languages."""


@cache
def _vocabulary() -> tuple[frozenset[str], frozenset[str]]:
    """Words that only English sentences use, and words that only Indonesian ones use."""
    english = split_words(text for message in _messages(read_indonesian()) for text in _source_texts(message))
    local = split_words(text for message in _messages(read_indonesian()) for text in _translations(message))
    return (
        frozenset(((english - local) | (split_words([ENGLISH]) - local)) - SHARED_WORDS),
        frozenset(((local - english) | (split_words([INDONESIAN]) - english)) - SHARED_WORDS),
    )


PARENT_VIEWS = {
    "TimelineView": "CaseView",
    "LetterView": "ReferralView",
    "PartnerPageView": "ReferralView",
}
"""The room whose records a page of no room of its own shows."""


@pytest.fixture
def sample_records(app: Flask) -> SimpleNamespace:
    """One record of every room, the address of each, and the texts that people typed."""
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
    """What is data on a page: texts that somebody typed or that the portal was shipped with."""
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


def _address(app: Flask, rule: Rule, sample_records: SimpleNamespace) -> str:
    values: dict[str, Any] = dict.fromkeys(rule.arguments, "nothing")
    if "pk" in values:
        values["pk"] = sample_records.ids[PARENT_VIEWS.get(name := rule.endpoint.partition(".")[0], name)]
    if rule.endpoint == "OptionsApi.options":
        values["room"] = "clients"
    with app.test_request_context():
        return str(app.url_map.bind("localhost").build(rule.endpoint, values))


def _page_addresses(app: Flask, sample_records: SimpleNamespace) -> Iterator[str]:
    """Every address that can be opened, and lists also with a search that finds nothing."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if "GET" in (rule.methods or ()) and not rule.endpoint.endswith("static"):
            address = _address(app, rule, sample_records)
            yield address
            if address.endswith("/list/"):
                yield f"{address}?q=zzzzzz"


def _visit_pages(
    app: Flask, client: PortalClient, sample_records: SimpleNamespace
) -> Iterator[tuple[str, TestResponse]]:
    """Each page, then each of its forms sent empty and sent with nonsense; their words are read, once."""
    for address in _page_addresses(app, sample_records):
        answer = client.get(address, check_html=False)
        yield address, answer
        if answer.mimetype == "text/html" and 'id="model_form"' in (page := answer.get_data(as_text=True)):
            assert page.count('id="model_form"') == 1
            kept = _hidden_fields(answer)
            yield f"{address} sent empty", client.post(address, data=kept, check_html=False)
            filled = kept | _nonsense(answer)
            yield f"{address} sent with nonsense", client.post(address, data=filled, check_html=False)


def _fields(answer: TestResponse) -> list[Element]:
    form = next(form for form in parse_page(answer).iter("form") if form.get("id") == "model_form")
    return [
        field for field in form.iter() if field.tag in ("input", "select", "textarea") and field.get("name")
    ]


def _hidden_fields(answer: TestResponse) -> dict[str, Any]:
    """What the page itself sends along: the version, the key of the form."""
    return {f.get("name", ""): f.get("value", "") for f in _fields(answer) if f.get("type") == "hidden"}


def _nonsense(answer: TestResponse) -> dict[str, Any]:
    nonsense = {"date": "31/31/2000", "datetime-local": "31/31/2000 99.99", "number": "-1.5x", "email": "@"}
    return {
        field.get("name", ""): "999999"
        if field.tag == "select"
        else nonsense.get(field.get("type", ""), "~" * 400)
        for field in _fields(answer)
        if field.get("type") not in ("hidden", "checkbox", "radio", "submit", "file")
    }


def _find_foreign_texts(
    answers: Iterator[tuple[str, TestResponse]], foreign: frozenset[str], typed: re.Pattern[str]
) -> dict[str, str]:
    """Each text that holds a foreign word, with the first page where it stands."""
    told = [(place, list(extract_texts(answer))) for place, answer in answers]
    assert len(told) > 1
    first = {text: place for place, texts in reversed(told) for text in texts}
    strange = {text: split_words([typed.sub(" ", text)]) & foreign for text in first}
    return {f"{text!r} ({', '.join(sorted(found))})": first[text] for text, found in strange.items() if found}


USERNAMES = ("nobody", "admin", "rina", "kabid")


@pytest.mark.parametrize("who", USERNAMES)
@pytest.mark.parametrize("language", ["id", "en"])
def test_no_page_and_no_refusal_uses_the_other_language(
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
    if language == "en":  # a partner reads the language of the office, whoever else is logged in there
        pages = ((place, answer) for place, answer in pages if not place.startswith("/r/"))
    assert _find_foreign_texts(pages, foreign, sample_records.typed) == {}


def _failing_view(problem: Callable[[], Any]) -> Callable[..., Any]:
    def view(**_arguments: Any) -> Any:
        return problem()

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
    for problem in (_raise_locked, _raise_fault):
        monkeypatch.setitem(app.view_functions, endpoint, _failing_view(problem))
        yield problem.__name__, client.get("/")
    yield "no token", client.post("/profile/", csrf=False)
    yield "no such page", client.get("/nothing")
    yield "no such method", client.open("/profile/", method="DELETE")


@pytest.mark.parametrize("language", ["id", "en"])
def test_no_error_page_uses_the_other_language(
    app: Flask,
    sample_records: SimpleNamespace,
    as_user: Callable[[str], PortalClient],
    monkeypatch: pytest.MonkeyPatch,
    language: str,
) -> None:
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    client = as_user("rina")
    client.post("/language", data={"language": language})
    answers = list(_error_pages(app, client, monkeypatch))
    assert all(answer.status_code >= 400 for _place, answer in answers)
    assert _find_foreign_texts(iter(answers), _vocabulary()[language == "en"], sample_records.typed) == {}


def test_indonesian_is_the_default_whatever_the_browser_prefers(
    anonymous_client: PortalClient,
) -> None:
    page = anonymous_client.get("/login/", headers={"Accept-Language": "en-GB,en"}).get_data(as_text=True)
    assert '<html lang="id">' in page
    assert "Kata sandi" in page


def test_a_chosen_language_is_remembered_for_the_next_log_in(
    as_user: Callable[[str], PortalClient], anonymous_client: PortalClient
) -> None:
    as_user("rina").post("/language", data={"language": "en"})
    anonymous_client.post("/login/", data={"username": "rina", "password": PASSWORD})
    assert '<html lang="en">' in anonymous_client.get("/profile/").get_data(as_text=True)

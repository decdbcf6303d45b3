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

from app.core.views import PortalView
from app.extensions import Model, db
from tests.language.test_the_catalogue import _english, _messages, _said, indonesian
from tests.support.client import PortalClient
from tests.support.portal import CAST, PASSWORD, person
from tests.support.said import parsed, said, words
from tests.support.world import one_of_each

pytestmark = pytest.mark.parametrize("house", ["sqlite"], indirect=True)  # words do not depend on it

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
IN_BOTH = {"id", "en", "siaga", "english", "bahasa", "indonesia", "min"}  # "min.", and Minggu in a calendar
"""Names of languages and of the portal, and the codes of the languages."""


@cache
def _vocabulary() -> tuple[frozenset[str], frozenset[str]]:
    """Words that only English sentences use, and words that only Indonesian ones use."""
    english = words(text for message in _messages(indonesian()) for text in _english(message))
    local = words(text for message in _messages(indonesian()) for text in _said(message))
    return (
        frozenset(((english - local) | (words([ENGLISH]) - local)) - IN_BOTH),
        frozenset(((local - english) | (words([INDONESIAN]) - english)) - IN_BOTH),
    )


STANDS_ON = {
    "TimelineView": "CaseView",
    "LetterView": "ReferralView",
    "PartnerPageView": "ReferralView",
}
"""The room whose records a page of no room of its own shows."""


@pytest.fixture
def world(app: Flask) -> SimpleNamespace:
    """One record of every room, the address of each, and the texts that people typed."""
    one_of_each()
    ids = {
        type(view).__name__: _newest(view)
        for view in app.appbuilder.baseviews  # type: ignore[attr-defined]
        if isinstance(view, PortalView)
    }
    return SimpleNamespace(ids=ids, typed=_typed())


def _newest(view: PortalView) -> int:
    model: Any = view.datamodel.obj
    if model.__tablename__ == "ab_user":
        return person("sari").id
    return int(db.session.scalar(select(model.id).order_by(model.id.desc()).limit(1)) or 0)


def _typed() -> re.Pattern[str]:
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


def _address(app: Flask, rule: Rule, world: SimpleNamespace) -> str:
    values: dict[str, Any] = dict.fromkeys(rule.arguments, "nothing")
    if "pk" in values:
        values["pk"] = world.ids[STANDS_ON.get(name := rule.endpoint.partition(".")[0], name)]
    if rule.endpoint == "OptionsApi.options":
        values["room"] = "clients"
    with app.test_request_context():
        return str(app.url_map.bind("localhost").build(rule.endpoint, values))


def _pages(app: Flask, world: SimpleNamespace) -> Iterator[str]:
    """Every address that can be opened, and lists also with a search that finds nothing."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if "GET" in (rule.methods or ()) and not rule.endpoint.endswith("static"):
            address = _address(app, rule, world)
            yield address
            if address.endswith("/list/"):
                yield f"{address}?q=zzzzzz"


def _walk(app: Flask, client: PortalClient, world: SimpleNamespace) -> Iterator[tuple[str, TestResponse]]:
    """Each page, then each of its forms sent empty and sent with nonsense; their words are read, once."""
    for address in _pages(app, world):
        answer = client.get(address, checked=False)
        yield address, answer
        if answer.mimetype == "text/html" and 'id="model_form"' in (page := answer.get_data(as_text=True)):
            assert page.count('id="model_form"') == 1
            kept = _kept(answer)
            yield f"{address} sent empty", client.post(address, data=kept, checked=False)
            filled = kept | _nonsense(answer)
            yield f"{address} sent with nonsense", client.post(address, data=filled, checked=False)


def _fields(answer: TestResponse) -> list[Element]:
    form = next(form for form in parsed(answer).iter("form") if form.get("id") == "model_form")
    return [
        field for field in form.iter() if field.tag in ("input", "select", "textarea") and field.get("name")
    ]


def _kept(answer: TestResponse) -> dict[str, Any]:
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


def _astray(
    answers: Iterator[tuple[str, TestResponse]], foreign: frozenset[str], typed: re.Pattern[str]
) -> dict[str, str]:
    """Each text that holds a foreign word, with the first page where it stands."""
    told = [(place, list(said(answer))) for place, answer in answers]
    assert len(told) > 1
    first = {text: place for place, texts in reversed(told) for text in texts}
    strange = {text: words([typed.sub(" ", text)]) & foreign for text in first}
    return {f"{text!r} ({', '.join(sorted(found))})": first[text] for text, found in strange.items() if found}


PEOPLE = ("nobody", "admin", "rina", "kabid")


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("language", ["id", "en"])
def test_no_page_and_no_refusal_speaks_the_other_language(
    app: Flask,
    world: SimpleNamespace,
    as_user: Callable[[str], PortalClient],
    nobody: PortalClient,
    who: str,
    language: str,
) -> None:
    client = nobody if who == "nobody" else as_user(who)
    client.post("/language", data={"language": language})
    foreign = _vocabulary()[language == "en"]
    pages = _walk(app, client, world)
    if language == "en":  # a partner reads the language of the office, whoever else is logged in there
        pages = ((place, answer) for place, answer in pages if not place.startswith("/r/"))
    assert _astray(pages, foreign, world.typed) == {}


def _broken(problem: Callable[[], Any]) -> Callable[..., Any]:
    def view(**_arguments: Any) -> Any:
        return problem()

    return view


def _locked() -> None:
    raise OperationalError("SELECT 1", {}, Exception("database is locked"))


def _fault() -> None:
    raise RuntimeError("a fault of ours")


def _refusals(
    app: Flask, client: PortalClient, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, TestResponse]]:
    endpoint = app.url_map.bind("localhost").match("/")[0]
    for code in (400, 403, 404, 405, 409, 413, 429, 500, 503, 507):
        monkeypatch.setitem(app.view_functions, endpoint, _broken(partial(abort, code)))
        yield str(code), client.get("/")
    for problem in (_locked, _fault):
        monkeypatch.setitem(app.view_functions, endpoint, _broken(problem))
        yield problem.__name__, client.get("/")
    yield "no token", client.post("/profile/", csrf=False)
    yield "no such page", client.get("/nothing")
    yield "no such method", client.open("/profile/", method="DELETE")


@pytest.mark.parametrize("language", ["id", "en"])
def test_no_error_page_speaks_the_other_language(
    app: Flask,
    world: SimpleNamespace,
    as_user: Callable[[str], PortalClient],
    monkeypatch: pytest.MonkeyPatch,
    language: str,
) -> None:
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    client = as_user("rina")
    client.post("/language", data={"language": language})
    answers = list(_refusals(app, client, monkeypatch))
    assert all(answer.status_code >= 400 for _place, answer in answers)
    assert _astray(iter(answers), _vocabulary()[language == "en"], world.typed) == {}


def test_who_never_chose_is_spoken_to_in_indonesian_whatever_the_browser_asks_for(
    nobody: PortalClient,
) -> None:
    page = nobody.get("/login/", headers={"Accept-Language": "en-GB,en"}).get_data(as_text=True)
    assert '<html lang="id">' in page
    assert "Kata sandi" in page


def test_a_chosen_language_is_remembered_for_the_next_log_in(
    as_user: Callable[[str], PortalClient], nobody: PortalClient
) -> None:
    as_user("rina").post("/language", data={"language": "en"})
    nobody.post("/login/", data={"username": "rina", "password": PASSWORD})
    assert '<html lang="en">' in nobody.get("/profile/").get_data(as_text=True)

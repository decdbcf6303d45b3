"""The controls of a form, as HTML."""

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict
from wtforms import Form, SelectMultipleField, StringField, validators
from wtforms.fields import FileField
from wtforms.fields.choices import SelectChoice, SelectFieldBase

from app.core.forms.widgets import (
    CheckboxesWidget,
    FileWidget,
    NativeDate,
    NativeDateTime,
    RemoteSelectWidget,
    TextInputWidget,
)


class Chosen(SelectFieldBase):
    typed = "Sit"
    fitting = ((8, "Sitti"),)

    def choice_pairs(self) -> list[tuple[int, str]]:
        return [(7, 'Siti <"Ibu">')]


class Sample(Form):
    name = StringField(
        validators=[validators.InputRequired(), validators.Length(max=3)], widget=TextInputWidget()
    )
    day = StringField(widget=NativeDate())
    moment = StringField(widget=NativeDateTime())
    client = Chosen(widget=RemoteSelectWidget("/api/v1/options/clients"))
    team = Chosen(widget=RemoteSelectWidget("/api/v1/options/users", multiple=True))
    tags = SelectMultipleField(
        choices=[SelectChoice("a", "Debt"), SelectChoice("b", "A < B")],
        validators=[validators.InputRequired()],
        widget=CheckboxesWidget(),
    )
    scan = FileField(widget=FileWidget())


@pytest.fixture(autouse=True)
def page(built: Flask) -> Iterator[None]:
    with built.test_request_context():
        yield


def form(**typed: str) -> Sample:
    return Sample(MultiDict(typed))


def test_a_date_that_exists_stands_in_the_browsers_date_control() -> None:
    assert 'type="date" value="2000-12-31"' in form(day="2000-12-31").day()


def test_a_mistyped_date_comes_back_as_the_text_that_was_typed() -> None:
    html = form(day="31/02/2000").day()
    assert 'type="text" value="31/02/2000"' in html
    assert "max=" not in html


def test_an_instant_is_cut_to_the_minute() -> None:
    assert 'value="2026-11-24T15:04"' in form(moment="2026-11-24 15:04:09").moment()


def test_the_browser_does_not_cut_what_is_pasted() -> None:
    html = form().name()
    assert "maxlength" not in html
    assert " required " in html


def test_a_remote_select_holds_only_what_is_chosen_and_what_fits() -> None:
    html = form().client()
    assert html.count("<option") == 3
    assert '<option selected value="7">Siti &lt;' in html
    assert '<option value="8">Sitti' in html
    assert 'data-url="/api/v1/options/clients"' in html


def test_a_remote_select_for_several_has_no_empty_option() -> None:
    html = form().team()
    assert html.count("<option") == 2
    assert " multiple " in html


def test_without_script_one_types_below_a_remote_select() -> None:
    line = form().client().partition("<noscript>")[2]
    assert '<label class="hint" for="client.typed">' in line
    assert 'name="client.typed"' in line
    assert 'value="Sit"' in line


def test_a_filter_has_no_line_to_type_in() -> None:
    assert "<noscript>" not in form().client(typed=False)


def test_each_checkbox_has_its_label_and_none_asks_alone() -> None:
    html = form(tags="b").tags()
    assert html.count('<label class="check">') == 2
    assert "A &lt; B" in html
    assert html.count("checked") == 1
    assert "required" not in html


def test_a_kept_file_is_not_asked_for_again() -> None:
    kept = Sample(data={"scan": "a key"}).scan()
    assert kept.count('class="hint after"') == 2
    assert form().scan().count('class="hint after"') == 1, "what is kept of a file is always said"

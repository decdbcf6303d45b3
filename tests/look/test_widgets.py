"""The controls of a form, as HTML."""

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict
from wtforms import Form, SelectMultipleField, StringField, validators
from wtforms.fields import FileField
from wtforms.fields.choices import SelectChoice, SelectFieldBase

from app.admin.widgets import (
    CheckboxesWidget,
    FileWidget,
    NativeDateTimeWidget,
    NativeDateWidget,
    RemoteSelectWidget,
    TextInputWidget,
)


class RemoteField(SelectFieldBase):
    typed_text = "Sit"
    suggestions = ((8, "Sitti"),)

    def selected_options(self) -> list[tuple[int, str]]:
        return [(7, 'Siti <"Ibu">')]


class SampleForm(Form):
    name = StringField(
        validators=[validators.InputRequired(), validators.Length(max=3)], widget=TextInputWidget()
    )
    day = StringField(widget=NativeDateWidget())
    moment = StringField(widget=NativeDateTimeWidget())
    client = RemoteField(widget=RemoteSelectWidget("/api/v1/options/clients"))
    team = RemoteField(widget=RemoteSelectWidget("/api/v1/options/users", multiple=True))
    tags = SelectMultipleField(
        choices=[SelectChoice("a", "Debt"), SelectChoice("b", "A < B")],
        validators=[validators.InputRequired()],
        widget=CheckboxesWidget(),
    )
    scan = FileField(widget=FileWidget())


@pytest.fixture(autouse=True)
def request_context(shared_app: Flask) -> Iterator[None]:
    with shared_app.test_request_context():
        yield


def make_form(**typed: str) -> SampleForm:
    return SampleForm(MultiDict(typed))


def test_valid_date_is_shown_in_the_native_date_input() -> None:
    assert 'type="date" value="2000-12-31"' in make_form(day="2000-12-31").day()


def test_a_mistyped_date_comes_back_as_the_text_that_was_typed() -> None:
    html = make_form(day="31/02/2000").day()
    assert 'type="text" value="31/02/2000"' in html
    assert "max=" not in html


def test_an_instant_is_cut_to_the_minute() -> None:
    assert 'value="2026-11-24T15:04"' in make_form(moment="2026-11-24 15:04:09").moment()


def test_the_browser_does_not_cut_what_is_pasted() -> None:
    html = make_form().name()
    assert "maxlength" not in html
    assert " required " in html


def test_a_remote_select_holds_only_what_is_chosen_and_what_fits() -> None:
    html = make_form().client()
    assert html.count("<option") == 3
    assert '<option selected value="7">Siti &lt;' in html
    assert '<option value="8">Sitti' in html
    assert 'data-url="/api/v1/options/clients"' in html


def test_a_remote_select_for_several_has_no_empty_option() -> None:
    html = make_form().team()
    assert html.count("<option") == 2
    assert " multiple " in html


def test_without_script_one_types_below_a_remote_select() -> None:
    line = make_form().client().partition("<noscript>")[2]
    assert '<label class="hint" for="client.typed">' in line
    assert 'name="client.typed"' in line
    assert 'value="Sit"' in line


def test_a_filter_has_no_line_to_type_in() -> None:
    assert "<noscript>" not in make_form().client(typed=False)


def test_each_checkbox_has_its_label_and_none_asks_alone() -> None:
    html = make_form(tags="b").tags()
    assert html.count('<label class="check">') == 2
    assert "A &lt; B" in html
    assert html.count("checked") == 1
    assert "required" not in html


def test_a_kept_file_is_not_asked_for_again() -> None:
    kept = SampleForm(data={"scan": "a key"}).scan()
    assert kept.count('class="hint after"') == 2
    assert make_form().scan().count('class="hint after"') == 1, "what is kept of a file is always said"

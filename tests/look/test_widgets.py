"""HTML of the form widgets."""

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


def test_invalid_date_is_shown_again_as_typed() -> None:
    html = make_form(day="31/02/2000").day()
    assert 'type="text" value="31/02/2000"' in html
    assert "max=" not in html


def test_instant_is_shown_without_seconds() -> None:
    assert 'value="2026-11-24T15:04"' in make_form(moment="2026-11-24 15:04:09").moment()


def test_text_input_has_no_maxlength() -> None:
    html = make_form().name()
    assert "maxlength" not in html
    assert " required " in html


def test_remote_select_contains_only_the_choice_and_suggestions() -> None:
    html = make_form().client()
    assert html.count("<option") == 3
    assert '<option selected value="7">Siti &lt;' in html
    assert '<option value="8">Sitti' in html
    assert 'data-url="/api/v1/options/clients"' in html


def test_remote_multi_select_has_no_empty_option() -> None:
    html = make_form().team()
    assert html.count("<option") == 2
    assert " multiple " in html


def test_remote_select_has_a_text_input_for_browsers_without_script() -> None:
    line = make_form().client().partition("<noscript>")[2]
    assert '<label class="hint" for="client.typed">' in line
    assert 'name="client.typed"' in line
    assert 'value="Sit"' in line


def test_remote_select_of_a_filter_has_no_text_input() -> None:
    assert "<noscript>" not in make_form().client(typed=False)


def test_each_checkbox_has_a_label_and_none_is_required() -> None:
    html = make_form(tags="b").tags()
    assert html.count('<label class="check">') == 2
    assert "A &lt; B" in html
    assert html.count("checked") == 1
    assert "required" not in html


def test_file_input_mentions_a_stored_file() -> None:
    kept = SampleForm(data={"scan": "a key"}).scan()
    assert kept.count('class="hint after"') == 2
    assert make_form().scan().count('class="hint after"') == 1, (
        "the hint about stored metadata is always shown"
    )

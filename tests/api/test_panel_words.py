"""Errors in terms of the form: the field that helps is named and found."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppexplore import connect
from xmppexplore.api.panel_words import FIELDS, LABELS, arguments, told
from xmppexplore.errors import (
    AuthenticationError,
    ConnectError,
    StreamError,
    UsageError,
    XmppExploreError,
)
from xmppexplore.live.client import MECHANISMS

SNAPSHOTS = Path(__file__).parents[1] / "live" / "snapshots" / "errors.json"
MESSAGES = json.loads(SNAPSHOTS.read_text("utf-8"))
"""What connect really says, by the name of what went wrong."""


def test_every_field_is_an_argument_of_connect() -> None:
    """Names are those of ``connect``, labels differ, a choice offers to leave it out."""
    parameters = inspect.signature(connect).parameters

    assert set(LABELS) <= set(parameters)
    assert len(set(LABELS.values())) == len(FIELDS)
    assert all(field.choices[0][0] == "" for field in FIELDS if field.kind == "choice")
    [mechanism] = [field for field in FIELDS if field.name == "mechanism"]
    assert {value for value, _ in mechanism.choices} == {"", *MECHANISMS}


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_no_advice_is_left_in_terms_of_a_call(name: str) -> None:
    """Whatever connect says, the panel speaks of fields, and of itself."""
    text = told(XmppExploreError(MESSAGES[name])).text
    text = re.sub(r"(?<=answered with ).*?\. (?=Check)", "", text)  # the server's own

    assert not re.search(r"\bconnect\(|\b[a-z_]+=(?:\.\.\.|[\"'])|(?<!panel\.)\berror\.", text)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("self-signed", ("ca_file",)),
        ("http", ("port",)),
        ("silent", ("timeout",)),
        ("no starttls", ("tls",)),
        ("closed port", ("host", "port")),
        ("no common mechanism", ("mechanism",)),
        ("wrong server signature", ()),
    ],
)
def test_the_field_that_is_meant_is_found(name: str, fields: tuple[str, ...]) -> None:
    """In the order in which the advice names them."""
    assert told(XmppExploreError(MESSAGES[name])).fields == fields


@pytest.mark.parametrize(
    ("error", "title", "field"),
    [
        (AuthenticationError("password=...", condition="x"), "Login refused", "password"),
        (AuthenticationError("", condition="no-mechanism"), "No way to log in", None),
        (AuthenticationError("", condition="server-not-proved"),
         "The server did not prove itself", None),
        (ConnectError("host=...", reason="resolve"), "No such server", "jid"),
        (StreamError("", condition="host-unknown"), "The server ended the stream", "jid"),
        (UsageError("'juliet' is no address to log in with"), "This cannot work", "jid"),
        (UsageError("no port 0: ports are from 1 to 65535"), "This cannot work", "port"),
        (UsageError("ca_file='x.pem' cannot be used"), "This cannot work", "ca_file"),
        (ConnectError("certificate", reason="certificate"), "Certificate not trusted", None),
    ],
)  # fmt: skip
def test_a_title_says_whose_turn_it_is(error: Exception, title: str, field: str | None) -> None:
    """A few words for each kind of failure, and the field that is tried first."""
    found = told(error)

    assert (found.title, next(iter(found.fields), None)) == (title, field)


def test_a_value_is_that_of_one_field_alone() -> None:
    """Of “set host and port to 5222” one would take it for both."""
    advice = told(ConnectError('connect(..., host="...", port=5222).', reason="resolve"))

    assert advice.text == "fill in “Host”, and set “Port” to 5222."


def test_the_words_of_a_server_are_not_ours() -> None:
    """A server that writes like our advice moves no focus, and its words stay as they are."""
    words = "host=... connect(..., port=1)"
    error = AuthenticationError(
        f"refused ({words!r}). Check password=...", condition="x", text=words
    )

    assert told(error).fields == ("password",)
    assert repr(words) in told(error).text


@given(st.text(max_size=300), st.text(max_size=30))
def test_any_message_can_be_told(message: str, text: str) -> None:
    """No words of an error stop the panel from showing it."""
    error = AuthenticationError(message, condition="x", text=text)

    assert set(told(error).fields) <= set(LABELS)
    assert isinstance(told(error).text, str)


@given(
    st.dictionaries(
        st.sampled_from([*LABELS, "other"]),
        st.none() | st.booleans() | st.text(max_size=20) | st.integers() | st.lists(st.text()),
    )
)
def test_any_form_gives_arguments_or_says_which_field(values: dict[str, object]) -> None:
    """A message may hold anything; what comes out are arguments of the right type."""
    try:
        found = arguments(values)
    except UsageError as error:
        assert told(error).fields in {("port",), ("timeout",)}  # noqa: PT017 - either may be
        return
    kinds = {"flag": bool, "text": str, "password": str, "choice": str}
    for field in FIELDS:
        kind = {"port": int, "timeout": float}.get(field.name) or kinds[field.kind]
        assert field.name not in found or isinstance(found[field.name], kind)
    assert set(found) <= set(LABELS)


def test_a_long_address_hides_no_advice() -> None:
    """Cut where it has no space, so that what helps stands in the panel too."""
    found = told(UsageError(f"'{'j' * 3000}@x' is no address to log in with: write it again"))

    assert len(found.text) < 300
    assert found.text.endswith("write it again")
    assert found.fields == ("jid",)


def test_what_is_left_empty_is_left_out() -> None:
    """White space around a value is a slip; in a password it may be meant."""
    values = {"jid": " juliet@capulet.example ", "password": " a ", "host": "  ", "port": "5222 "}

    assert arguments({**values, "tls": "", "sm": False}) == {
        "jid": "juliet@capulet.example", "password": " a ", "port": 5222, "sm": False,
    }  # fmt: skip

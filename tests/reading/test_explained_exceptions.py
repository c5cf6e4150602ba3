"""Errors of this library: each class and each reason has its meaning and its way out."""

from __future__ import annotations

import pytest

from xmppexplore import check, errors
from xmppexplore.errors import (
    CONNECT_REASONS,
    AuthenticationError,
    CertificateError,
    ConnectError,
    InvalidXML,
    StanzaError,
    StreamError,
    UsageError,
    XmppExploreError,
)
from xmppexplore.reading.explained_errors import ERROR_TYPES, RETRY, retry_words
from xmppexplore.reading.explained_exceptions import MEANINGS, REASONS, explain_exception

CLASSES = [
    kind
    for name in errors.__all__
    if isinstance(kind := getattr(errors, name), type) and kind is not XmppExploreError
]


@pytest.mark.parametrize("kind", CLASSES)
def test_every_class_has_its_meaning(kind) -> None:
    """Its own, or that of the class above it."""
    assert any(issubclass(kind, known) for known in MEANINGS)


def test_a_class_stands_before_the_one_above_it() -> None:
    """The first that fits holds."""
    order = list(MEANINGS)

    for at, kind in enumerate(order):
        assert not any(issubclass(later, kind) for later in order[at + 1 :])


def test_every_reason_has_its_meaning() -> None:
    """Those of ``ConnectError``, all of them and no others."""
    assert set(REASONS) == set(CONNECT_REASONS)


@pytest.mark.parametrize(
    ("error", "section"),
    [
        (AuthenticationError("no", condition="not-authorized"), "6.5.10"),
        (StreamError("no", condition="conflict"), "4.9.3.3"),
        (StanzaError("no", condition="item-not-found", type="cancel"), "8.3.3.7"),
    ],
    ids=["login", "stream", "stanza"],
)
def test_the_condition_is_that_of_its_kind(error, section) -> None:
    """One name may be a condition of stanzas, streams and logins."""
    lines = {line.name: line for line in explain_exception(error).lines}

    assert lines["condition"].section == section
    assert lines["condition"].says
    assert any("again" in note for note in lines["condition"].notes)


def test_what_came_with_an_error_is_told() -> None:
    """Type and text of a stanza error; the reason of a failed connection."""
    stanza = StanzaError("no", condition="conflict", type="wait", text="Later, please")
    lines = {line.name: line for line in explain_exception(stanza).lines}
    reason = explain_exception(ConnectError("no", reason="timeout")).lines[1]

    assert "wait" in lines["type"].says
    assert lines["text"].value == "Later, please"
    assert reason.value == "timeout"


def test_each_objection_of_a_refused_stanza_is_told() -> None:
    """Where it is, what is wrong, which section says so, and what would be right."""
    found = check("<presence type='here' to='a b@c.example'/>")
    told = explain_exception(InvalidXML("no", check=found)).lines[1:]

    assert [(one.what, one.value, one.spec, one.section) for one in told] == [
        ("field", "presence/@type", "RFC 6120", "8.1.4"),
        ("field", "presence/@to", "RFC 6120", "8.1.1"),
    ]
    assert [one.says for one in told] == [f"{one.sentence}." for one in found.objections]
    assert told[0].notes[0] == "Line 1, column 11."
    assert "subscribe" in told[0].notes[1]
    assert "an address" in told[1].notes[1]


def test_what_brings_no_objections_is_explained_too() -> None:
    """``check`` of the error may be missing."""
    assert [one.what for one in explain_exception(InvalidXML("no")).lines] == ["error"]


def test_many_objections_are_bounded() -> None:
    """The rest is in the frame of the check."""
    found = check("<message>" + "<body to='x'>" * 30 + "</body>" * 30 + "</message>")

    assert len(found.objections) > 20
    assert len(explain_exception(InvalidXML("no", check=found)).lines) == 21


def test_the_advice_at_the_end_of_a_message_is_kept() -> None:
    """A certificate's names and dates stand before it."""
    message = "the certificate is for " + "a.example, " * 30 + 'trust it: ca_file="authority.pem"'

    assert explain_exception(CertificateError(message)).title.endswith(message)


def test_an_unknown_condition_is_not_made_up() -> None:
    """A server may send what no document has."""
    lines = explain_exception(StreamError("no", condition="tired")).lines

    assert lines[1].value == "tired"
    assert lines[1].section == ""


def test_an_error_without_anything_is_explained() -> None:
    """The base class too."""
    assert explain_exception(UsageError("write this")).lines[0].notes
    assert explain_exception(XmppExploreError("no")).lines[0].says


@pytest.mark.parametrize("kind", ERROR_TYPES)
def test_the_condition_does_not_contradict_the_type(kind) -> None:
    """The same error is explained with the same words as the stanza that brought it."""
    error = StanzaError("no", condition="item-not-found", type=kind)
    (condition,) = [one for one in explain_exception(error).lines if one.name == "condition"]

    assert [note for note in condition.notes if note in RETRY.values()] == [
        note for note in [retry_words(kind, "changed")] if note
    ]

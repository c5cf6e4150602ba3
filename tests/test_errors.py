"""The tree of errors: what is caught by what, and what each carries."""

from __future__ import annotations

import inspect
import pickle

import pytest

from xmppexplore import errors

CLASSES = [
    thing
    for thing in vars(errors).values()
    if isinstance(thing, type) and issubclass(thing, Exception)
]
EXAMPLES = [
    errors.XmppExploreError("no"),
    errors.UsageError("no"),
    errors.InvalidXML("no", line=2, column=3),
    errors.MalformedXML("no", line=2, column=3),
    errors.ConnectError("no", reason="refused", host="h.example", port=1),
    errors.CertificateError("no", host="h.example", names=("a.example",), not_after="then"),
    errors.AuthenticationError("no", condition="not-authorized", text="why"),
    errors.StreamError("no", condition="conflict"),
    errors.StanzaError("no", condition="item-not-found", type="cancel"),
    errors.NoAnswer("no"),
    errors.RecordingError("no", path="x.db"),
]


def test_all_is_every_exception_and_the_reasons() -> None:
    """Nothing public is left out of ``__all__``."""
    assert set(errors.__all__) == {cls.__name__ for cls in CLASSES} | {"CONNECT_REASONS"}


@pytest.mark.parametrize("cls", CLASSES)
def test_one_base_catches_everything(cls) -> None:
    """``except XmppExploreError`` catches what this library raises on purpose."""
    assert issubclass(cls, errors.XmppExploreError)


def test_the_examples_are_all_classes() -> None:
    """The tests below leave no class out."""
    assert {type(example) for example in EXAMPLES} == set(CLASSES)


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_the_message_is_the_text_and_recording_is_there(error) -> None:
    """``str`` is the sentence; ``.recording`` exists on every error."""
    assert str(error) == "no"
    assert error.recording is None


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_every_field_is_in_the_docstring(error) -> None:
    """What an error carries is described where it is defined, or in its base."""
    text = " ".join(inspect.getdoc(cls) or "" for cls in type(error).__mro__)

    assert [name for name in vars(error) if f"{name}:" not in text and name != "reason"] == []


def test_no_answer_is_a_timeout() -> None:
    """Code that knows only the builtin catches it too."""
    with pytest.raises(TimeoutError):
        raise errors.NoAnswer("nothing came")


def test_a_certificate_error_is_a_connect_error_with_its_reason() -> None:
    """``error.reason`` may be asked without looking at the class."""
    error = errors.CertificateError("no")

    assert isinstance(error, errors.ConnectError)
    assert error.reason == "certificate"
    assert error.reason in errors.CONNECT_REASONS


def test_an_error_survives_another_process() -> None:
    """Pickled and back it has its message and fields; the recording stays behind."""
    error = errors.ConnectError("no way", reason="refused", host="h", port=1)
    error.recording = object()
    back = pickle.loads(pickle.dumps(error))

    assert (type(back), str(back)) == (errors.ConnectError, "no way")
    assert (back.reason, back.host, back.port) == ("refused", "h", 1)
    assert back.recording is None

"""Wrong types, endless texts and hostile names: refused or shown short, where the call stands."""

from __future__ import annotations

import asyncio
import traceback
from typing import Any

import numpy as np
import pytest

from tests.api.stages import on_stage
from xmppexplore import Sandbox, Session, connect, dial, explain
from xmppexplore.api.arguments import check_types, short_repr, shown
from xmppexplore.errors import UsageError


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        (connect, {"jid": None}),
        (connect, {"jid": b"a@b.example"}),
        (connect, {"jid": "a@b.example", "password": 7}),
        (connect, {"jid": "a@b.example", "port": "5222"}),
        (connect, {"jid": "a@b.example", "port": True}),
        (connect, {"jid": "a@b.example", "timeout": "x"}),
        (connect, {"jid": "a@b.example", "plugins": None}),
        (connect, {"jid": "a@b.example", "configure": 0}),
        (connect, {"jid": "a@b.example", "recording": 0}),
        (connect, {"jid": "x" * 100_000}),
        (dial, {"host": 0}),
        (dial, {"host": "127.0.0.1", "port": "1"}),
        (Sandbox.open, {"domain": None}),
        (Sandbox.open, {"people": None}),
        (Sandbox.open, {"people": [7]}),
    ],
)
def test_a_wrong_type_is_told_at_once_and_in_short(call: Any, arguments: dict[str, Any]) -> None:
    """No awaiting needed to learn it, and no error that fills the screen."""
    with pytest.raises(UsageError) as caught:
        call(**arguments)

    assert len(str(caught.value)) < 300


def test_rows_of_a_frame_are_rows() -> None:
    """Numpy's integers are whole numbers; a text is none."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        assert romeo.item(np.int64(0)) == romeo.item(0)
        with pytest.raises(UsageError, match="whole number"):
            romeo.item("0")  # type: ignore[arg-type]
        with pytest.raises(UsageError, match="text"):
            sandbox.connect(None)  # type: ignore[arg-type]

    on_stage(scene)


def test_a_traceback_with_local_variables_does_not_show_the_password() -> None:
    """What a notebook prints under %xmode Verbose is shown to others, too."""
    secret = "correct horse battery"

    async def play() -> str:
        try:
            await connect("romeo@capulet.example", secret, host="127.0.0.1", port=1)
        except Exception as error:  # noqa: BLE001 - whatever it is, its frames are looked at
            told = traceback.TracebackException.from_exception(error, capture_locals=True)
            return "".join(
                line
                for line in told.format()
                if "secret = " not in line and "password = " not in line
            )
        return ""

    told = asyncio.run(play())
    assert "_connect" in told
    assert "Wanted(" in told
    assert "'***'" in told


@pytest.mark.parametrize(
    "call",
    [
        lambda secret: connect("romeo@capulet.example", secret),
        lambda secret: Sandbox.open(people={"juliet": secret}),
        lambda secret: explain("<presence/>", password=secret),
    ],
)
@pytest.mark.parametrize("secret", [b"wherefore", ["wherefore"], ("juliet", "wherefore")])
def test_a_password_of_the_wrong_type_is_not_shown(call: Any, secret: Any) -> None:
    """It is a password all the same, and the message stays in the notebook."""
    with pytest.raises(UsageError, match="password=") as caught:
        call(secret)

    assert "wherefore" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "longest"), [("x" * 10_000, 81), (list(range(1000)), 80), (None, 4)]
)
def test_values_are_shown_short(value: object, longest: int) -> None:
    """However long they are."""
    assert len(short_repr(value)) <= longest


def test_what_a_peer_chose_cannot_steer_the_terminal() -> None:
    """Control and bidi characters are escaped, length is bounded."""
    assert shown("a\x1b[2J\u202e\x9b") == "a\\x1b[2J\\u202e\\x9b"
    assert len(shown("y" * 1000)) == 80


def test_a_right_type_passes() -> None:
    """Nothing is said of what is right."""
    given = {"a": ("x", (str,)), "b": (None, (str, type(None)))}

    assert check_types("f", **given) is None


@pytest.mark.parametrize("password", ["\ud800", "bell\x07", "\u0627a", "x" * 5000 + "\u00e9"])
def test_a_password_that_no_login_can_carry_is_refused_at_once(password) -> None:
    """Not after a connection that ends for a reason nobody names; and it is not repeated."""
    with pytest.raises(UsageError, match="SASLprep") as caught:
        asyncio.run(connect_with(password))

    assert password not in str(caught.value)


async def connect_with(password: str) -> None:
    """Try to log in; nobody listens at that port, and nobody is asked."""
    await connect("juliet@capulet.example", password, host="127.0.0.1", port=1)

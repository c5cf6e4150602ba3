"""What comes back: answers as values, errors as exceptions."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from xmppexplore.api.arguments import short_repr, shown
from xmppexplore.errors import StanzaError, UsageError
from xmppexplore.names import STANZA_ERRORS

if TYPE_CHECKING:
    from xmppexplore.wire.element import Element

__all__ = ["as_error", "short", "until_written"]


async def until_written(written: asyncio.Future[None], client: Any) -> None:
    """Wait until bytes are written, or the connection is gone."""
    gone = client.disconnected
    await asyncio.wait({written, gone}, return_when=asyncio.FIRST_COMPLETED)
    if written.done():
        written.result()
    elif getattr(client, "end_session_on_disconnect", True):
        raise UsageError("the connection was lost before this was written: connect again")


def as_error(answer: Element, asked: Element) -> StanzaError:
    """Return the exception that an answer of type error is raised as (RFC 6120 §8.3)."""
    error = next((child for child in answer.children if child.name == "error"), None)
    condition, text, kind = "undefined-condition", "", ""
    if error is not None:
        kind = shown(str(error.get("type", "")))
        for child in error.children:
            if child.namespace != STANZA_ERRORS:
                continue
            if child.name == "text":
                text = child.text.strip()[:200]
            else:
                condition = shown(child.name)
    payload = asked.children[0].name if asked.children else "nothing"
    said = f" It says: {text!r}." if text else ""
    who = shown(answer.get("from") or "the server")
    return StanzaError(
        f"{who} answered the request ({asked.get('type')} {payload}) with the error {condition}"
        f"{f' of type {kind}' if kind else ''} (RFC 6120 §8.3.3).{said} The whole answer is in "
        f"error.stanza.",
        condition=condition,
        type=kind,
        text=text,
        stanza=answer,
    )


def short(match: object) -> str:
    """Return a match as it stands in a message."""
    if isinstance(match, (str, Mapping)):
        return short_repr(match)
    return getattr(match, "__name__", "the condition")

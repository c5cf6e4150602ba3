"""What reading a SASL login gives: fields, messages, attempts, faults and computed values.

The values are secrets.  No ``repr`` here shows one; who shows them decides that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "MAX_VALUE",
    "VERDICTS",
    "Attempt",
    "Authentication",
    "Computed",
    "Fault",
    "Field",
    "Message",
    "Payload",
    "shortened",
]

MAX_VALUE: Final = 4096
"""Characters of one value that are kept for showing; what is compared is compared whole."""

VERDICTS: Final[Mapping[str, str]] = {
    "ok": "everything fits the password and each other",
    "unchecked": "nothing is wrong that shows without the password",
    "refused": "the server refused, and nothing of what was said tells why",
    "aborted": "the client called the login off",
    "unfinished": "the login has not come to its end",
    "hidden": "the recording was saved without its secrets",
    "none": "nobody tried to log in",
    "wrong password": "the client's proof does not fit the password",
    "wrong token": "the same, of a hashed token",
    "wrong password or changed message": "neither proof nor signature fits",
    "wrong upgrade": "the hash for one more mechanism is not that of the password (XEP-0480)",
    "wrong proof accepted": "the proof does not fit, and the server said success",
    "proof changed": "the server's signature fits, the client's proof does not",
    "forged server": "the client's proof fits, the server's signature does not",
    "server not proved": "success without the server's signature",
    "server error": "the server says in the mechanism's own terms why it refuses",
    "signature with a failure": "the server proved itself and refused all the same",
    "nonce changed": "the server's nonce does not begin with the client's",
    "nonce not extended": "the server added nothing to it",
    "nonce not repeated": "the client answers another nonce",
    "too few iterations": "fewer than 4096",
    "downgrade": "the offer that was seen is not the one whose hash the server sent (XEP-0474)",
    "mechanism not offered": "the client chose what was not in the offer",
    "channel binding flag": "flag and mechanism contradict each other",
    "channel binding denied": "the client says that no channel binding is offered, and it is",
    "channel binding not offered": "the client binds with a type that is not offered (XEP-0440)",
    "channel binding undefined": "the client binds with a type that this TLS version has not",
    "channel binding header changed": "the header is repeated otherwise than it was said",
    "channel binding data missing": "the login is bound to nothing",
    "channel binding data changed": "the data has a length that its type never has",
    "malformed message": "a message departs from its grammar",
    "wrong side": "an element came from who never says it",
    "wrong order": "a message came before its turn, or after the last one",
    "wrong profile": "an element of SASL answers one of SASL2, or the other way round",
    "logged in already": "another login on a connection that has one",
    "not computed": "the proof could not be computed; the reason says why",
}
"""Every verdict, and every name of a fault -> what it means."""


def shortened(text: str) -> str:
    """Return a value for showing, cut where it is very long."""
    if len(text) <= MAX_VALUE:
        return text
    return f"{text[:MAX_VALUE]}… ({len(text):,} characters)"


class Field(NamedTuple):
    """One field of a SASL message.

    Attributes:
        name: as on the wire (``"r"``), or the name of its place (``"authcid"``).
        label: what people call it.
        value: it itself, readable: escapes undone, bytes that are no text as hexadecimal.
        says: what it says here; never repeats the value.
        section: where it is defined.
        secret: whether it is, or helps to guess, what only the two ends may know.
    """

    name: str
    label: str
    value: str
    says: str
    section: str
    secret: bool = False

    def __repr__(self) -> str:
        return f"<Field {self.name}: {self.label}>"


class Payload(NamedTuple):
    """One SASL message, laid open.

    Attributes:
        kind: what it is, for example ``"SCRAM client-first-message"``.
        mechanism: name of the mechanism, told or guessed; ``""`` where unknown.
        fields: in the order of the message.
        encoding: how it was given: ``"base64"``, ``"text"`` (raw), ``"empty"`` or ``"hidden"``
            (a recording that was saved without its secrets).
        says: what it is for.
        section: where it is defined.
        problems: what is wrong with it and where, a sentence each.
        data: the message itself.
    """

    kind: str
    mechanism: str
    fields: tuple[Field, ...]
    encoding: str
    says: str
    section: str
    problems: tuple[str, ...]
    data: bytes

    def __repr__(self) -> str:
        return f"<Payload {self.kind}: {len(self.fields)} fields, {len(self.data)} bytes>"

    def field(self, name: str) -> Field | None:
        """Return the first field of a name."""
        return next((field for field in self.fields if field.name == name), None)


class Fault(NamedTuple):
    """Something that is wrong with a login.

    Attributes:
        name: a few words, for example ``"wrong password"``.
        sentence: what is wrong and where, without any value.
        section: the rule.
    """

    name: str
    sentence: str
    section: str


class Message(NamedTuple):
    """One element of a login.

    Attributes:
        row: its row.
        direction: 1 out, 0 in.
        by: ``"client"`` or ``"server"``.
        element: local name of the element.
        payload: the SASL message in it, ``None`` where it has none.
        inline: what else it says: attributes and the features of XEP-0388 that ride along.
        faults: what is wrong with the element itself.
        task: name of the task that it belongs to (XEP-0388 §2.6.3), ``""`` before the first.
    """

    row: int
    direction: int
    by: str
    element: str
    payload: Payload | None
    inline: tuple[Field, ...] = ()
    faults: tuple[Fault, ...] = ()
    task: str = ""


class Computed(NamedTuple):
    """One value of a proof, computed here.

    Attributes:
        name: by the name of its document, for example ``"StoredKey"``.
        formula: how it comes about.
        value: base64, hexadecimal or text, as the document writes it.
        wire: what stood on the wire in its place; ``""`` for a value that is never sent.
        agrees: whether the two are equal; ``None`` for a value that is never sent, or was
            not seen.
        section: where it is defined.
    """

    name: str
    formula: str
    value: str
    wire: str
    agrees: bool | None
    section: str

    def __repr__(self) -> str:
        return f"<Computed {self.name} = {self.formula}: agrees {self.agrees}>"


class Attempt(NamedTuple):
    """One try to log in, from the client's choice of a mechanism to the server's word.

    Attributes:
        number: counted from 1 on each connection.
        profile: ``"SASL"`` (RFC 6120 §6) or ``"SASL2"`` (XEP-0388).
        mechanism: what the client chose.
        offered: what the server offered; ``None`` where the offer was not seen.
        bindings: types of channel binding that it offered (XEP-0440); ``None`` where it
            said nothing of them.
        messages: in order.
        outcome: ``"success"``, ``"failure"``, ``"aborted"``, ``"continue"`` (the password was
            right, a task is to be done yet) or ``"open"``.
        condition: of a failure, its defined condition.
        text: of a failure, the server's words.
        computed: every value of the proof, where a password was given.
        faults: all that is wrong, in the order in which it was said.
        verdict: ``"ok"``, ``"unchecked"`` (nothing is wrong that shows without the
            password), ``"unfinished"``, ``"aborted"``, ``"hidden"``, ``"refused"``, or the
            name of the first fault.
        reason: why, in sentences.
        section: the rule behind the verdict.
        offer_hash: whether the hash of its offer that the server sent is that of the offer
            seen here (XEP-0474); ``None`` where one of the two was not seen.
    """

    number: int
    profile: str
    mechanism: str
    offered: tuple[str, ...] | None
    bindings: tuple[str, ...] | None
    messages: tuple[Message, ...]
    outcome: str
    condition: str = ""
    text: str = ""
    computed: tuple[Computed, ...] = ()
    faults: tuple[Fault, ...] = ()
    verdict: str = ""
    reason: str = ""
    section: str = ""
    offer_hash: bool | None = None

    def said(self, by: str) -> tuple[Payload, ...]:
        """Return the SASL messages of one side, in order; those of tasks are none."""
        return tuple(
            message.payload
            for message in self.messages
            if message.by == by and message.payload is not None and not message.task
        )


class Authentication(NamedTuple):
    """All logins of one connection.

    Attributes:
        connection: number of the connection.
        attempts: in order.
        first: the first row that was there to be read; those before it are in a journal.
    """

    connection: int
    attempts: tuple[Attempt, ...]
    first: int = 0

    @property
    def verdict(self) -> str:
        """The verdict of the newest attempt; ``"none"`` where nobody tried to log in."""
        return self.attempts[-1].verdict if self.attempts else "none"

    @property
    def reason(self) -> str:
        """The reason of the newest attempt."""
        if not self.attempts and self.first:
            return f"Rows before {self.first} are in the journal alone: load it to see the login."
        if not self.attempts:
            return "No SASL message was seen on this connection."
        return self.attempts[-1].reason

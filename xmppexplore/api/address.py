"""Addresses as a person holds them: parts, what preparing changed, and why one is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from xmppexplore.api.arguments import check_types
from xmppexplore.api.sheets import Sheet
from xmppexplore.errors import UsageError
from xmppexplore.reading import address_escape
from xmppexplore.reading.address import Anatomy, anatomy
from xmppexplore.reading.address_compare import Comparison, compare
from xmppexplore.reading.address_older import Older, older
from xmppexplore.reading.address_records import Step, octets, shortened
from xmppexplore.reading.address_uri import ACTIONS, Uri, is_uri, read_uri

if TYPE_CHECKING:
    import pandas

    from xmppexplore.reading.address_records import Part

__all__ = ["FRAME", "JID", "Given"]

FRAME: Final = {
    "part": "category", "given": "text", "result": "text", "rule": "category",
    "section": "category", "sentence": "text", "octets": "integer",
}  # fmt: skip
"""Columns of ``.frame`` -> their kinds, as :func:`xmppexplore.store.tables.frame` has them."""


class Given(NamedTuple):
    """The parts of an address as they were written, cut and not prepared.

    Attributes:
        local: before the ``@``, ``None`` where there is none.
        domain: the domain.
        resource: behind the first ``/``, ``None`` where there is none.
    """

    local: str | None
    domain: str
    resource: str | None


class JID(Sheet):
    """An address of XMPP, taken apart (RFC 7622); no text makes it raise.

    Shown in a notebook it is a table: the parts, what preparing them changed and by which
    rule, or why it is refused.  Two are equal when their prepared forms are, octet by octet.

    Args:
        text: the address, or a URI with one (``xmpp:...``, RFC 5122).

    Raises:
        UsageError: ``text`` is no text.

    >>> juliet = JID("Juliet@Capulet.Example/Balcony")
    >>> juliet.valid, juliet.bare, juliet.resource
    (True, 'juliet@capulet.example', 'Balcony')
    >>> juliet == JID("juliet@capulet.example/Balcony")
    True
    >>> print(JID("ro meo@montague.example").problems[0])
    U+0020 SPACE may not be in a localpart (at character 3): it is a space (RFC 8264 §4.2).
    """

    def __init__(self, text: str) -> None:
        check_types("JID", text=(text, (str,)))
        text = str(text)
        self._uri = read_uri(text) if is_uri(text) else None
        self._anatomy: Anatomy = anatomy(text if self._uri is None else self._uri.address)
        self._text = text

    # ---- what it is

    @property
    def valid(self) -> bool:
        """Whether it is an address."""
        return not self.problems

    @property
    def problems(self) -> tuple[str, ...]:
        """Why it is none, a sentence each, with the section; empty where it is one."""
        return self._anatomy.problems + (self._uri.problems if self._uri is not None else ())

    @property
    def local(self) -> str:
        """The localpart, prepared; ``""`` where it has none.

        Raises:
            UsageError: this is no address (so in the properties below); it says why.
        """
        return self._valid().local.result

    @property
    def domain(self) -> str:
        """The domainpart, prepared."""
        return self._valid().domain.result

    @property
    def resource(self) -> str:
        """The resourcepart, prepared; ``""`` where it has none."""
        return self._valid().resource.result

    @property
    def bare(self) -> str:
        """The address without its resourcepart, prepared."""
        return self._valid().bare

    @property
    def full(self) -> str:
        """The whole address, prepared."""
        return self._valid().full

    @property
    def given(self) -> Given:
        """The parts as they were written."""
        return Given(*(part.given for part in self._anatomy.parts))  # type: ignore[arg-type]

    @property
    def uri(self) -> Uri | None:
        """What else the URI says: action, parameters, account; ``None`` where it is none."""
        return self._uri

    @property
    def steps(self) -> tuple[Step, ...]:
        """What preparing changed, in order."""
        return self._anatomy.steps

    @property
    def older(self) -> tuple[Older, ...]:
        """What stringprep (RFC 6122, IDNA2003) made of each part that is there."""
        return tuple(older(part) for part in self._anatomy.parts if part.given is not None)

    @property
    def frame(self) -> pandas.DataFrame:
        """One row per step that changed something, and one per part as it came out.

        Columns: part, given, result, rule, section, sentence, octets.
        """
        from xmppexplore.store.tables import frame

        return frame(FRAME, self._rows())

    # ---- escaping

    @staticmethod
    def escape(text: str) -> str:
        r"""Return a name as it can stand in a localpart (XEP-0106).

        Raises:
            UsageError: it begins or ends with a space, which cannot be escaped.

        >>> print(JID.escape("d'artagnan"))
        d\27artagnan
        """
        check_types("JID.escape", text=(text, (str,)))
        if text.startswith(" ") or text.endswith(" "):
            raise UsageError(
                "a name with a space at its beginning or end cannot be escaped (XEP-0106 §4.1): "
                "write JID.escape(name.strip())"
            )
        return address_escape.escape(text)

    @staticmethod
    def unescape(text: str) -> str:
        r"""Return a localpart as it is shown to people (XEP-0106).

        >>> print(JID.unescape(r"d\27artagnan"))
        d'artagnan
        """
        check_types("JID.unescape", text=(text, (str,)))
        return address_escape.unescape(text)

    @property
    def unescaped(self) -> str:
        """The localpart as it is shown to people, its escapes undone."""
        return address_escape.unescape(self.local)

    # ---- comparing

    def compare(self, other: JID | str) -> Comparison:
        """Return whether it is the same as another address, and why.

        Raises:
            UsageError: ``other`` is neither an address nor text.

        >>> print(JID("romeo@montague.example/a").compare("Romeo@montague.example/A"))
        The resourceparts differ in their case, which is kept there (RFC 7622 §3.4). Without \
their resourceparts they are the same.
        """
        check_types("JID.compare", other=(other, (str, JID)))
        there = other if isinstance(other, JID) else JID(other)
        return compare(self._anatomy, there._anatomy)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, JID):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __str__(self) -> str:
        return self._anatomy.full if self.valid else self._text

    # ---- inside

    def _key(self) -> tuple[bool, str]:
        return self.valid, self._anatomy.full if self.valid else self._text

    def _valid(self) -> Anatomy:
        if self.problems:
            raise UsageError(
                f"this is no address: {' '.join(self.problems)} .given has its parts as they "
                "were written"
            )
        return self._anatomy

    def _rows(self) -> list[Step]:
        rows: list[Step] = []
        for part in self._anatomy.parts:
            if part.given is None:
                continue
            rows += [*part.steps, _outcome(part)]
        return rows

    def _model(self) -> dict[str, Any]:
        lines = list(self.problems)
        if self.valid:
            lines.append(f"Prepared: {shortened(str(self))} ({octets(str(self))} octets).")
        lines += self._notes()
        rows = [row[:-1] for row in self._rows()]
        columns = ["part", "given", "result", "rule", "section", "what happens"]
        return {
            "title": shortened(self._text) or "(empty)",
            "verdict": "an address" if self.valid else "no address",
            "tone": "good" if self.valid else "bad",
            "lines": lines,
            "parts": [{"columns": columns, "rows": rows}],
        }

    def _notes(self) -> list[str]:
        """Return what is to be said beside the parts: escaping, disputes, the URI, stringprep."""
        lines = []
        if self.valid:
            if self.unescaped != self.local:
                lines.append(f"Shown to people as {self.unescaped} (XEP-0106).")
            if self.unescaped != self.unescaped.strip(" "):
                lines.append("By XEP-0106 §4.1 no name begins or ends with a space, \\20.")
            if self.resource.startswith(" "):
                lines.append(
                    "The resourcepart begins with a space: the rules allow it, an example of "
                    "RFC 7622 §3.5 does not, and some software refuses it."
                )
        lines += _about(self._uri)
        return lines + [one.sentence for one in self.older if one.differs]


_RULES: Final = {
    "localpart": ("UsernameCaseMapped", "RFC 7622 §3.3"),
    "domainpart": ("IDNA2008", "RFC 7622 §3.2"),
    "resourcepart": ("OpaqueString", "RFC 7622 §3.4"),
}


def _outcome(part: Part) -> Step:
    """Return the row that says how a part came out."""
    rule, section = _RULES[part.name]
    given, result = shortened(part.given or ""), shortened(part.result)
    size = octets(part.result or part.given or "")
    if part.problems:
        return Step(part.name, given, "", rule, section, "Is refused.", size)
    kind = f" It is an {part.kind}." if part.kind.startswith("IP") else ""
    sentence = f"Is allowed: {size} of 1023 octets.{kind}"
    return Step(part.name, given, result, rule, section, sentence, size)


def _about(uri: Uri | None) -> list[str]:
    if uri is None:
        return []
    lines = ["It is a URI (RFC 5122 §2.2)."]
    if uri.account:
        lines.append(f"To be used with the account {shortened(uri.account)} (RFC 5122 §2.3).")
    if uri.action:
        meaning = ACTIONS.get(uri.action, "an action that is not known here")
        lines.append(f"Action {shortened(uri.action)}: {meaning} (XEP-0147).")
    lines += [
        f"Parameter {shortened(name)}: {shortened(value)}" for name, value in uri.parameters[:20]
    ]
    return lines

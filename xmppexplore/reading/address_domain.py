"""The domainpart of an address: a name of IDNA2008, or an IP address (RFC 7622 §3.2)."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from typing import Final

import idna
from idna import idnadata

from xmppexplore.reading.address_bidi import broken_bidi_rule
from xmppexplore.reading.address_records import MAX_PROBLEMS, Draft, widened

__all__ = ["domainpart"]

_LDH: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_BYTE: Final = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"  # no zero before it
_IPV4: Final = re.compile(rf"(?:{_BYTE}\.){{3}}{_BYTE}")  # RFC 3986 §3.2.2
_DOTS: Final = str.maketrans({"\u3002": ".", "\uff0e": ".", "\uff61": "."})


def domainpart(draft: Draft) -> None:
    """Prepare a domainpart, step by step; what is wrong goes to ``draft.problems``."""
    if draft.text.startswith("["):
        _ipv6(draft)
        return
    draft.kind = "name"
    draft.map(draft.text.lower(), "case mapping", "RFC 5895 §2",
              "Capital letters become small ones.")  # fmt: skip
    draft.map(draft.text.translate(_DOTS), "label separator", "RFC 5895 §2",
              "Full stops of other scripts become the ordinary dot.")  # fmt: skip
    draft.map(widened(draft.text), "width mapping", "RFC 5895 §2",
              "Fullwidth and halfwidth characters become the ordinary ones.")  # fmt: skip
    draft.map(unicodedata.normalize("NFC", draft.text), "normalisation", "RFC 5895 §2",
              "Letters and their marks are composed (NFC).")  # fmt: skip
    if len(draft.text) > 1:
        draft.map(draft.text.removesuffix("."), "trailing dot", "RFC 7622 §3.2",
                  "The dot at the end, that of the root of DNS, goes.")  # fmt: skip
    if _IPV4.fullmatch(draft.text):
        draft.kind = "IPv4 address"
        return
    labels = draft.text.split(".")
    prepared = [_label(draft, label) for label in labels]
    draft.map(".".join(prepared), "A-label to U-label", "RFC 7622 §3.2",
              "Labels that begin with xn-- are read as the Unicode they stand for "
              "(RFC 5891 §5.5).")  # fmt: skip


def _ipv6(draft: Draft) -> None:
    inside = draft.text[1:-1]
    if not draft.text.endswith("]"):
        draft.problems.append("A bracket is opened and nothing closes it at the end of the "
                              "domainpart (RFC 7622 §3.2).")  # fmt: skip
        return
    # RFC 7622 took zones over from RFC 6874, which RFC 9844 withdrew from it; and ipaddress
    # takes one with any characters in it.
    if "%" in inside:
        draft.problems.append(
            "An IPv6 address stands in brackets without a zone: what follows the percent sign has "
            "a meaning on one machine only (RFC 9844)."
        )
        return
    try:
        compressed = ipaddress.IPv6Address(inside).compressed
    except ValueError:
        draft.problems.append("What stands in brackets is no IPv6 address (RFC 7622 §3.2).")
        return
    draft.kind = "IPv6 address"
    draft.map(f"[{compressed}]", "IPv6 address", "RFC 5952 §4",
              "The address is written in its one short form.")  # fmt: skip


def _label(draft: Draft, label: str) -> str:
    """Return a label of a domain name as Unicode, and note what is wrong with it."""
    if not label:
        if len(draft.problems) < MAX_PROBLEMS:
            draft.problems.append("The domainpart has an empty label: a dot too many "
                                  "(RFC 7622 §3.2).")  # fmt: skip
        return label
    if _LDH.fullmatch(label) and label[2:4] != "--":
        return label
    if len(draft.problems) >= MAX_PROBLEMS:
        return label
    try:
        if label.startswith("xn--"):
            return idna.ulabel(label)
        idna.check_label(label)
        idna.alabel(label)
    except (idna.IDNAError, UnicodeError) as error:
        _refuse_label(draft, label, error)
    return label


def _refuse_label(draft: Draft, label: str, error: Exception) -> None:
    """Say why IDNA2008 has no such label; the library's own words repeat the label."""
    before = len(draft.problems)
    if not label.startswith("xn--"):
        allowed = [idnadata.codepoint_classes[name] for name in ("PVALID", "CONTEXTJ", "CONTEXTO")]
        for one in dict.fromkeys(label):
            if not any(idna.intranges.intranges_contain(ord(one), ranges) for ranges in allowed):
                draft.refuse(one, _why_not_in_a_label(one), "RFC 5892 §2")
    if len(draft.problems) > before:
        return
    if label.startswith("xn--"):
        words = "A label that begins with xn-- stands for no label of Unicode (RFC 5891 §5.4)."
    elif isinstance(error, idna.IDNABidiError):
        words = "A label breaks the rule for what is written from right to left: "
        words += f"{broken_bidi_rule(label)}."
    elif isinstance(error, idna.InvalidCodepointContext):
        words = "A character of a label does not stand where it may (RFC 5892 appendix A)."
    elif label.startswith("-") or label.endswith("-"):
        words = "A label begins or ends with a hyphen (RFC 5891 §4.2.3.1)."
    elif label[2:4] == "--":
        words = "A label has hyphens in its third and fourth place, which are reserved "
        words += "(RFC 5891 §4.2.3.1)."
    elif unicodedata.category(label[0]).startswith("M"):
        words = "A label begins with a combining mark (RFC 5891 §4.2.3.2)."
    elif len(label) > 63 or not label.isascii():
        words = "A label has more than 63 octets (RFC 1034 §3.1)."
    else:
        words = "A label is none of IDNA2008 (RFC 5891 §4.2)."
    draft.problems.append(words)


def _why_not_in_a_label(one: str) -> str:
    if one == "_":
        return "is in names of services, and not in those of hosts"
    if unicodedata.normalize("NFKC", one) != one:
        return "is another form of a character that has one of its own"
    words = {"Z": "is a space", "P": "is a punctuation mark", "S": "is a symbol",
             "C": "is a control character or not assigned"}  # fmt: skip
    return words.get(unicodedata.category(one)[0], "is not allowed in a label")

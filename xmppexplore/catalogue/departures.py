"""The rules of the check: each compares one element with its definition in one respect."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from xmppexplore.catalogue.conditions import Place, holds, is_stanza, one_line
from xmppexplore.catalogue.lookup import ANY, define, definitions, may_stand
from xmppexplore.catalogue.paths import written
from xmppexplore.catalogue.records import AttributeDefinition, Child, Definition
from xmppexplore.catalogue.values import fault
from xmppexplore.names import STANZA_ERRORS, XML, qualified, split_qualified
from xmppexplore.wire.element import Element
from xmppexplore.wire.secrets import HIDDEN

__all__ = ["CHECKS", "Found", "required"]

FEW: Final = 5
"""Names that a sentence puts beside each other."""
LONGEST_TEXT: Final = 40
"""Characters of an element's text that a sentence shows."""
_LANG: Final = qualified(XML, "lang")
_ONE_EACH: Final = {"body": "5.2.3", "subject": "5.2.4", "status": "4.7.2.2"}
"""Elements of which there may be one in each language -> section of RFC 6121."""


class Found(NamedTuple):
    """What a rule found.

    Attributes:
        rule: a key of :data:`~xmppexplore.catalogue.checking.RULES`.
        sentence: what is wrong.
        advice: what would be right.
        attribute: the attribute concerned, ``""`` for none.
        section: section of the document; that of the definition where ``""``.
        element: the element concerned, where it is a child.
        document: number of the document, where it is not that of the definition.
    """

    rule: str
    sentence: str
    advice: str
    attribute: str = ""
    section: str = ""
    element: Element | None = None
    document: str = ""


def _attributes(place: Place, definition: Definition) -> Iterator[Found]:
    element = place.element
    for name, attribute in definition.attributes.items():
        value = element.get(name)
        if value is not None:
            yield from _value(element, attribute, value)
        elif required(attribute, place):
            yield Found(
                "attribute missing",
                f"<{element.name}> has no {written(name)!r} here",
                f"add {written(name)}='...': {_lowered(attribute.says)}",
                name,
                attribute.section,
            )


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:].rstrip(".")


def _written(wrong: str, says: str) -> str:
    """Return what to write in the place of a value, and what it is for."""
    kind = wrong.removeprefix("is not ")
    return f"{'leave it' if kind == 'empty' else 'write'} {kind}; it {_lowered(says)}"


def required(attribute: AttributeDefinition, place: Place) -> bool:
    """Whether an attribute must be there where its element stands."""
    if isinstance(attribute.required, bool):
        return attribute.required
    return holds(attribute.required, place)


def _value(element: Element, attribute: AttributeDefinition, value: str) -> Iterator[Found]:
    name = written(attribute.name)
    if attribute.values and value in attribute.values:
        return
    if attribute.values and not attribute.open:
        yield Found(
            "value not allowed",
            f"{name}={_shown_value(element, value)} is no value of <{element.name}>",
            f"use one of {_listed(list(attribute.values))}",
            attribute.name,
            attribute.section,
        )
        return
    wrong = fault(attribute.value, value)
    if wrong:
        yield Found(
            "value not allowed",
            f"{name}={_shown_value(element, value)} {wrong}",
            _written(wrong, attribute.says),
            attribute.name,
            attribute.section,
        )


def _hidden(element: Element, start: int, end: int) -> bool:
    """Whether a stretch of the bytes holds a secret."""
    source = element.source
    return source.redacted()[start:end] != source.data[start:end]


def _shown_value(element: Element, value: str) -> str:
    start, content, _, _ = element.spans
    return HIDDEN if _hidden(element, start, content) else repr(one_line(value))


def _shown_text(element: Element) -> str:
    _, content, close, _ = element.spans
    hidden = _hidden(element, content, close)
    return HIDDEN if hidden else repr(one_line(element.text.strip(), LONGEST_TEXT))


def _listed(names: list[str], most: int = 12) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _position(place: Place, definition: Definition) -> Iterator[Found]:
    if _stands_right(definition, place) or _of_another(place) or _type_is_wrong(place.parent):
        return
    assert place.parent is not None
    around = place.parent.element
    parents = sorted({split_qualified(name)[1] for one in definition.parents for name in one.names})
    kind = around.get("type")
    of_type = f" of type {one_line(kind)!r}" if kind else ""
    yield Found(
        "child not allowed",
        f"<{place.element.name}> does not belong in <{around.name}>{of_type}",
        f"it stands in {_listed([f'<{name}>' for name in parents])}",
    )


def _stands_right(definition: Definition, place: Place) -> bool:
    return may_stand(definition, place.parent.element if place.parent is not None else None)


def _type_is_wrong(place: Place | None) -> bool:
    """Whether a parent has a type that does not exist: that is told there, once."""
    around = define(place) if place is not None else None
    kind = place.element.get("type") if place is not None else None
    attribute = around.attributes.get("type") if around is not None else None
    return (
        kind is not None
        and attribute is not None
        and bool(attribute.values)
        and not attribute.open
        and kind not in attribute.values
    )


def _of_another(place: Place) -> bool:
    """Whether what is around it takes anything, or is not defined here: then nobody can tell.

    Anything means whatever others define: an element of the same namespace still stands
    where its own definition says.
    """
    assert place.parent is not None
    around = define(place.parent)
    if around is None or around.children is None:
        # Its own definition still says where it may stand, unless the parent is unknown.
        return around is None and not definitions(place.parent.element.qualified)
    own = place.element.namespace == place.parent.element.namespace
    return not own and any(ANY in child.names for child in around.children)


def _matching(child: Child, name: str) -> bool:
    namespace, _ = split_qualified(name)
    return name in child.names or ANY in child.names or qualified(namespace, ANY) in child.names


def _children(place: Place, definition: Definition) -> Iterator[Found]:
    if definition.children is None:
        return
    element = place.element
    for rule in definition.children:
        if ANY in rule.names:
            continue
        inside = [child for child in element.children if _matching(rule, child.qualified)]
        names = [f"<{split_qualified(one)[1]}>" for one in rule.names]
        name = " or ".join(names) if len(names) < FEW else f"any of {_listed(names, FEW)}"
        if len(inside) < rule.least:
            yield Found(
                "child missing",
                f"<{element.name}> has no {name} here" if len(names) < FEW
                else f"<{element.name}> has none of its {len(names)} possible elements here",
                f"add {name}",
            )  # fmt: skip
        elif rule.most >= 0 and len(inside) > rule.most:
            yield Found(
                "too many",
                f"<{element.name}> has {len(inside)} of {name}, and may have {rule.most}",
                "leave the others out",
                element=inside[rule.most],
            )


def _foreign(place: Place, definition: Definition) -> Iterator[Found]:
    """Find children that the definition does not list, where it says what there may be."""
    rules = definition.children
    if rules is None or any(ANY in rule.names for rule in rules):
        return
    for child in place.element.children:
        if any(_matching(rule, child.qualified) for rule in rules):
            continue
        own = child.namespace == place.element.namespace
        # One whose own place is wrong is told at the child itself.
        if own and definitions(child.qualified) and _says_elsewhere(place, child):
            yield Found(
                "child not allowed",
                f"<{one_line(child.name)}> does not belong in <{place.element.name}>",
                "leave it out, or put it where it belongs",
                element=child,
            )


def _says_elsewhere(place: Place, child: Element) -> bool:
    """Whether a child's own definition would let it stand here, which the parent's does not."""
    below = place.child(child)
    definition = define(below)
    return definition is not None and _stands_right(definition, below) and not definition.anywhere


def _order(place: Place, definition: Definition) -> Iterator[Found]:
    if not definition.order or definition.children is None:
        return
    last = 0
    for child in place.element.children:
        at = next(
            (
                number
                for number, rule in enumerate(definition.children)
                if _matching(rule, child.qualified)
            ),
            last,
        )
        if at < last:
            yield Found(
                "wrong order",
                f"<{child.name}> stands too late in <{place.element.name}>",
                "the order is "
                + ", ".join(split_qualified(rule.names[0])[1] for rule in definition.children),
                element=child,
            )
            return
        last = at


def _text(place: Place, definition: Definition) -> Iterator[Found]:
    text = place.element.text
    if definition.values and text.strip() not in definition.values:
        yield Found(
            "value not allowed",
            f"<{place.element.name}> may not hold the text {_shown_text(place.element)}",
            f"use one of {_listed([value for value in definition.values if value])}",
        )
        return
    if not definition.text or definition.values:
        return
    wrong = fault(definition.text, text)
    if wrong and definition.text == "none":
        yield Found(
            "text not allowed",
            f"<{place.element.name}> holds text, {_shown_text(place.element)}",
            "leave the text out",
        )
    elif wrong:
        yield Found(
            "value not allowed",
            f"the text of <{place.element.name}>, {_shown_text(place.element)}, {wrong}",
            _written(wrong, definition.says),
        )


def _payload(place: Place, _definition: Definition) -> Iterator[Found]:
    """A request has exactly one payload, a result at most one (RFC 6120 §8.2.3)."""
    element = place.element
    if element.name != "iq" or not is_stanza(element):
        return
    payloads = [
        child
        for child in element.children
        if child.qualified != qualified(element.namespace, "error")
        and child.namespace != STANZA_ERRORS
    ]
    kind, count = element.get("type"), len(payloads)
    if kind in ("get", "set") and count != 1:
        sentence = f"an iq of type {kind!r} holds exactly one payload, and this one {count}"
        extra = payloads[1] if count > 1 else None
        yield Found("one payload", sentence, "give it one child", section="8.2.3", element=extra)
    elif kind == "result" and count > 1:
        sentence = f"an iq of type 'result' holds at most one payload, and this one {count}"
        yield Found(
            "one payload", sentence, "give it one child", section="8.2.3", element=payloads[1]
        )


def _languages(place: Place, _definition: Definition) -> Iterator[Found]:
    """Several of these are one text in several languages (RFC 6121 §4.7.2.2, §5.2.3, §5.2.4)."""
    around = place.element
    if not is_stanza(around):
        return
    seen: set[tuple[str, str]] = set()
    for child in around.children:
        if child.name not in _ONE_EACH or child.namespace != around.namespace:
            continue
        language = child.get(_LANG, around.get(_LANG, "")) or ""
        key = (child.name, language.casefold())
        if key in seen:
            of = f"of the language {one_line(language)!r}" if language else "without a language"
            yield Found(
                "too many",
                f"<{around.name}> has more than one <{child.name}> {of}",
                "leave the others out, or give each an xml:lang of its own",
                section=_ONE_EACH[child.name],
                element=child,
                document="RFC 6121",
            )
            return
        seen.add(key)


CHECKS: Final[tuple[Callable[[Place, Definition], Iterator[Found]], ...]] = (
    _attributes, _position, _children, _languages, _foreign, _order, _text, _payload,
)  # fmt: skip
"""What is looked at, in this order, of every element that is defined."""

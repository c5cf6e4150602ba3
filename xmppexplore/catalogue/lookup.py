"""Which definition holds for an element, and who owns it.

An element is looked up where it stands: one name may mean different things in different
parents, and the same namespace may be shared by several documents.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from typing import Final, NamedTuple

from xmppexplore.catalogue import facts
from xmppexplore.catalogue.conditions import Place, one_line
from xmppexplore.catalogue.loading import Contents, contents, documents_with_definitions
from xmppexplore.catalogue.paths import LONGEST_NAME
from xmppexplore.catalogue.records import Definition, Document, Example, Form, Identifier, Parent
from xmppexplore.catalogue.remembered import remembered
from xmppexplore.names import qualified, split_qualified
from xmppexplore.wire.element import Element

__all__ = [
    "Attribution",
    "attribution",
    "define",
    "defined_in",
    "definitions",
    "everything",
    "examples",
    "form",
    "forms_with",
    "identifier",
    "may_stand",
    "namespaces_of",
    "resembling",
    "templates",
]

ANY: Final = "*"
NOTIFY: Final = "+notify"  # behind the name of any node (XEP-0163 §4.2)
CLOSE: Final = 0.66
"""How like another a name must be to be taken for a slip of it; ``get_close_matches`` tells."""
KEPT: Final = 4096  # names come from the wire, so what is remembered of them is bounded


class Attribution(NamedTuple):
    """Who owns a namespace.

    Attributes:
        document: the document; ``None`` where the namespace is unknown.
        sure: ``False`` where the owner is concluded from where the namespace is used.
        newest: the newest namespace of the family, ``""`` where it is this one.
        meant: the namespace that was meant, where this one is misspelt; ``""`` otherwise.
    """

    document: Document | None
    sure: bool = True
    newest: str = ""
    meant: str = ""


@remembered(KEPT)
def attribution(namespace: str) -> Attribution:
    """Return who owns a namespace.

    >>> attribution("urn:xmpp:ping").document.number
    'XEP-0199'
    >>> attribution("urn:nobody:knows").document is None
    True
    """
    known = facts.namespace(namespace)
    if known is not None:
        owner = facts.document(known.documents[0])
        return Attribution(owner, not known.inferred, known.newest)
    meant = facts.misspelt(namespace)
    if meant:
        return attribution(meant)._replace(meant=meant)
    return Attribution(None)


@remembered(KEPT)
def _of_namespace(namespace: str) -> dict[str, tuple[Definition, ...]]:
    """Return the definitions of a namespace by local name."""
    known = facts.namespace(facts.misspelt(namespace) or namespace)
    if known is None:
        return {}
    found: dict[str, tuple[Definition, ...]] = {}
    for number in known.documents:
        for definition in contents(number).definitions:
            if definition.namespace == known.uri:
                found[definition.name] = (*found.get(definition.name, ()), definition)
    return found


def defined_in(namespace: str) -> tuple[str, ...]:
    """Return the local names that are defined here for a namespace, in order."""
    return tuple(_of_namespace(namespace))


def resembling(name: str, known: Iterable[str], most: int = 2) -> tuple[str, ...]:
    """Return the known names that one may be a slip of, nearest first.

    >>> resembling("Boddy", ["body", "subject"])
    ('body',)
    """
    if len(name) > LONGEST_NAME:
        return ()
    # Capital letters are other letters to XML, and a slip to people.
    folded = {one.casefold(): one for one in known}
    near = get_close_matches(name.casefold(), folded, most, CLOSE)
    return tuple(folded[one] for one in near)


def definitions(name: str) -> tuple[Definition, ...]:
    """Return all meanings of a Clark name; none where it is not defined here.

    >>> [meaning.section != "" for meaning in definitions("{urn:xmpp:ping}ping")]
    [True]
    """
    namespace, local = split_qualified(name)
    return _of_namespace(namespace).get(local, ())


def define(place: Place) -> Definition | None:
    """Return the meaning of an element where it stands.

    Of several meanings that one is taken whose parents fit; where none does, the first
    that names the parent at all, then the first.
    """
    meanings = definitions(place.element.qualified)
    if len(meanings) < 2:
        return meanings[0] if meanings else None
    if place.parent is not None:
        around = place.parent.element
        for exactly in (True, False):
            for meaning in meanings:
                if any(_fits(parent, around, exactly=exactly) for parent in meaning.parents):
                    return meaning
    return next((meaning for meaning in meanings if meaning.anywhere), meanings[0])


def may_stand(definition: Definition, around: Element | None) -> bool:
    """Whether an element may stand in another, as far as its definition says."""
    if definition.anywhere or not definition.parents or around is None:
        return True
    return any(_fits(parent, around, exactly=True) for parent in definition.parents)


def _fits(parent: Parent, around: Element, *, exactly: bool) -> bool:
    named = around.qualified in parent.names or qualified(around.namespace, ANY) in parent.names
    if not named or not exactly or not parent.types:
        return named
    return (around.get("type") or "") in parent.types


@remembered(KEPT)
def forms_with(field: str) -> tuple[Form, ...]:
    """Return the data forms that have a field of this name."""
    return tuple(form for each in _everything() for form in each.forms if field in form.fields)


@cache
def _everything() -> tuple[Contents, ...]:
    return tuple(contents(number) for number in sorted(documents_with_definitions()))


@cache
def everything() -> tuple[Definition, ...]:
    """Return every definition of every document; reads all files, once."""
    return tuple(definition for each in _everything() for definition in each.definitions)


@cache
def _by_name() -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for one in everything():
        if not facts.namespaces()[one.namespace].historic:
            found.setdefault(one.name, {})[one.namespace] = None
    return {name: tuple(uris) for name, uris in found.items()}


def namespaces_of(name: str) -> tuple[str, ...]:
    """Return the namespaces in use that define an element of a local name.

    >>> "urn:xmpp:ping" in namespaces_of("ping")
    True
    """
    return _by_name().get(name, ())


def examples(document: str = "") -> tuple[Example, ...]:
    """Return our examples: of one document, or all."""
    if document:
        return contents(document).examples
    return tuple(example for each in _everything() for example in each.examples)


def templates() -> tuple[Example, ...]:
    """Return the examples that a person may send."""
    return tuple(example for example in examples() if example.compose)


@remembered(KEPT)
def form(form_type: str) -> Form | None:
    """Return what is defined of a data form; ``None`` where nothing is (XEP-0068)."""
    known = facts.identifier(form_type)
    owner = facts.namespace(form_type)
    numbers = (known.document,) if known is not None else owner.documents if owner else ()
    first = [form for number in numbers for form in contents(number).forms]
    rest = (form for each in _everything() for form in each.forms)
    return next((form for form in first if form.type == form_type), None) or next(
        (form for form in rest if form.type == form_type), None
    )


@cache
def _identifiers() -> dict[str, Identifier]:
    """Return the features and nodes that files describe, also where no table has them."""
    return {own.text: own for each in _everything() for own in each.identifiers}


@remembered(KEPT)
def identifier(text: str) -> Identifier | None:
    """Return what is known of a feature or node; ``None`` where nothing is.

    >>> identifier("urn:example:dice+notify").document
    'XEP-0163'
    """
    known = facts.identifier(text)
    first = contents(known.document).identifiers if known is not None else ()
    own = next((own for own in first if own.text == text), None) or _identifiers().get(text)
    if known is not None:
        return own._replace(kind=known.kind) if own is not None else known
    if own is not None:
        return own
    node = text.removesuffix(NOTIFY)
    if node and node != text:
        says = f"Asks to be told of what contacts publish at the node {one_line(node)}."
        return Identifier(text, "XEP-0163", "feature", says)
    return None

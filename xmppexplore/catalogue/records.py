"""What the catalogue knows, as records: documents, namespaces, definitions and their parts.

Facts say which document defines a name.  Definitions say what an element means, where it
may stand and what it may hold; one definition serves explaining, checking, completing and
the templates of the composer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

__all__ = [
    "AttributeDefinition",
    "Child",
    "Definition",
    "Document",
    "Example",
    "Form",
    "Here",
    "Identifier",
    "Mechanism",
    "Namespace",
    "Parent",
]

When = Mapping[str, Any]
"""A table of conditions on the place of an element; all of them must hold."""


class Document(NamedTuple):
    """A document that defines a part of XMPP, or something that XMPP carries.

    Attributes:
        number: ``"XEP-0199"``, ``"RFC 6120"``, or a name where there is no number.
        title: its title.
        status: ``Final``, ``Stable``, ``Experimental``, ``Deferred`` ... of a XEP
            (XEP-0001); ``Proposed Standard``, ``Obsolete`` ... of an RFC; ``Proposal`` of
            one that was never accepted; ``Outside`` of what is not XMPP's.
        kind: the type of a XEP, or ``RFC``, ``ProtoXEP``, ``Other``.
        version: the version that the facts were taken from; ``""`` for none.
        date: its day or month, as ``YYYY-MM-DD`` or ``YYYY-MM``; ``""`` where unknown.
        superseded_by: numbers of the documents that took its place.
        supersedes: numbers of the documents whose place it took.
        shortname: what its own header calls it, ``"muc"``; ``""`` for none.
    """

    number: str
    title: str
    status: str
    kind: str = ""
    version: str = ""
    date: str = ""
    superseded_by: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()
    shortname: str = ""


class Mechanism(NamedTuple):
    """A SASL mechanism.

    Attributes:
        name: its name without ``-PLUS``.
        document: number of the document that defines it.
        section: section of it.
        says: what it does.
    """

    name: str
    document: str
    section: str
    says: str


class Namespace(NamedTuple):
    """A namespace and its documents.

    Attributes:
        uri: the namespace.
        documents: numbers of the documents that define it; the first is its owner.
        historic: whether its owner has replaced it by a newer one.
        newest: the newest namespace of its family; ``""`` where it is that itself, or
            where that is not known.
        inferred: whether its owner is concluded from where it is used, not from a
            registry or a schema.
        elements: local names that are known to be in it; may be incomplete.
    """

    uri: str
    documents: tuple[str, ...]
    historic: bool = False
    newest: str = ""
    inferred: bool = False
    elements: tuple[str, ...] = ()


class Identifier(NamedTuple):
    """A text that names something and is no namespace of elements.

    Attributes:
        text: as it stands on the wire.
        document: number of the document that defines it.
        kind: ``feature`` (XEP-0030 §3.1), ``form type`` (XEP-0068) or ``identifier``.
        says: a sentence, ``""`` where none is written.
    """

    text: str
    document: str
    kind: str
    says: str = ""


class Parent(NamedTuple):
    """Where an element may stand.

    Attributes:
        names: Clark names of the parent, those of one family together.
        types: values of the parent's ``type`` attribute of which one must hold, ``""`` for
            its absence; empty where any will do.
    """

    names: frozenset[str]
    types: frozenset[str] = frozenset()


class Child(NamedTuple):
    """How many of which elements may stand inside.

    Attributes:
        names: Clark names of which any may be meant; ``{namespace}*`` means any of it.
        least: how many there must be.
        most: how many there may be; -1 for any number.
    """

    names: tuple[str, ...]
    least: int
    most: int


class Here(NamedTuple):
    """What an element says where ``when`` holds."""

    when: When
    says: str


class AttributeDefinition(NamedTuple):
    """One attribute of an element.

    Attributes:
        name: as it is written; Clark name where prefixed.
        says: what it is for, in one sentence.
        section: section of the document.
        required: whether it must be there, or the conditions under which.
        value: type of its value, a key of :data:`~xmppexplore.catalogue.values.VALUE_TYPES`.
        values: allowed values, each with what it means.
        open: whether values that are not listed may occur as well.
        default: what holds where it is absent; ``""`` where nothing does.
    """

    name: str
    says: str
    section: str
    required: bool | When = False
    value: str = "text"
    values: Mapping[str, str] = {}
    open: bool = False
    default: str = ""


class Definition(NamedTuple):
    """One meaning of an element.

    Attributes:
        namespace: its namespace.
        name: its local name.
        document: number of the document.
        section: section of the document.
        sure: whether the section was compared with the document.
        says: what it is for, in one sentence that fits it alone.
        parents: where it may stand; empty where that is not said.
        anywhere: whether it may stand anywhere.
        here: what it says under conditions; the first that holds wins.
        attributes: by name.
        children: what may stand inside; ``None`` where that is not said.
        order: whether the children stand in the order given.
        text: type of its text, ``none`` for an element without; ``""`` where not said.
        values: allowed texts, each with what it means; empty where any will do.
        advice: of errors: what to do; ``""`` otherwise.
        retry: of errors: ``never``, ``later`` or ``changed``; ``""`` otherwise.
    """

    namespace: str
    name: str
    document: str
    section: str
    sure: bool
    says: str
    parents: tuple[Parent, ...] = ()
    anywhere: bool = False
    here: tuple[Here, ...] = ()
    attributes: Mapping[str, AttributeDefinition] = {}
    children: tuple[Child, ...] | None = None
    order: bool = False
    text: str = ""
    values: Mapping[str, str] = {}
    advice: str = ""
    retry: str = ""


class Example(NamedTuple):
    """A stanza or nonza of ours that shows elements of a document.

    Attributes:
        document: number of the document.
        title: what it does, in a few words.
        xml: the text, with ``{field}`` where a value is to be filled in.
        fields: name of each field -> the value that it has in the example.
        compose: whether a person may send it: then it is a template.
    """

    document: str
    title: str
    xml: str
    fields: Mapping[str, str]
    compose: bool = False


class Form(NamedTuple):
    """A data form that has a name of its own (XEP-0068).

    Attributes:
        type: the value of its ``FORM_TYPE``.
        document: number of the document.
        section: section of the document.
        says: what it is for.
        fields: name of each field -> what it is for.
    """

    type: str
    document: str
    section: str
    says: str
    fields: Mapping[str, str]

"""From a definition file to definitions.

One file a document, ``definitions/xep-0199.toml``; ``docs/contributing.md`` shows how one
is written.  A file is read when the first name of its document is looked up.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final, NamedTuple

from xmppexplore.catalogue.conditions import KEYS
from xmppexplore.catalogue.records import (
    AttributeDefinition,
    Child,
    Definition,
    Example,
    Form,
    Here,
    Identifier,
    Parent,
)
from xmppexplore.names import (
    CLIENT,
    COMPONENT,
    COMPONENT_DIALLED,
    DATA_FORMS,
    SERVER,
    STANZA_ERRORS,
    STREAMS,
    XML,
    qualified,
)

__all__ = ["Contents", "contents", "documents_with_definitions", "read"]

PREFIXES: Final[Mapping[str, tuple[str, ...]]] = {
    "client": (CLIENT, SERVER, COMPONENT, COMPONENT_DIALLED),
    "stream": (STREAMS,),
    "errors": (STANZA_ERRORS,),
    "form": (DATA_FORMS,),
    "xml": (XML,),
}
"""Prefixes that every definition file may use."""

_OWN_KEYS: Final = {
    "document", "title", "status", "checked", "prefixes", "example", "features", "form",
}  # fmt: skip
_ELEMENT_KEYS: Final = {
    "in", "section", "says", "text", "children", "order", "advice", "retry",
    "attributes", "here", "values",
}  # fmt: skip
_ATTRIBUTE_KEYS: Final = {"says", "section", "required", "value", "values", "open", "default"}
_PARTICLE: Final = re.compile(r"(?:\(([^()]+)\)|([^()?*+]+:\*|[^()?*+]+))([?*+]?)")
_PARENT: Final = re.compile(r"([^\[\]]+)(?:\[([^\[\]]*)\])?")
_COUNTS: Final = {"": (1, 1), "?": (0, 1), "*": (0, -1), "+": (1, -1)}


class Contents(NamedTuple):
    """What a definition file holds.

    Attributes:
        document: number of the document.
        title: its title, where ``facts/documents.json`` does not know it.
        status: its status, likewise.
        definitions: of its elements, in the order of the file.
        examples: stanzas and nonzas of ours.
        identifiers: features and nodes.
        forms: data forms.
        namespaces: those that elements are defined for.
    """

    document: str
    title: str = ""
    status: str = ""
    definitions: tuple[Definition, ...] = ()
    examples: tuple[Example, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    forms: tuple[Form, ...] = ()
    namespaces: tuple[str, ...] = ()


_DOCUMENT: Final = re.compile(r'document = "([^"]+)"')


@cache
def _files() -> Mapping[str, Traversable]:
    """Return the definition file of each document that has one.

    The names of XEPs and RFCs are told by their files' names; what a product defines, or a
    proposal, is named in the first line of its file.
    """
    folder = files("xmppexplore.catalogue").joinpath("definitions")
    return {_number(path): path for path in folder.iterdir() if path.name.endswith(".toml")}


def _number(path: Traversable) -> str:
    name = path.name.removesuffix(".toml")
    if name.startswith(("xep-", "rfc-")):
        return name.upper().replace("RFC-", "RFC ")
    with path.open(encoding="utf-8") as file:
        found = _DOCUMENT.match(file.readline())
    if found is None:
        raise ValueError(f"{path.name}: its first line must name its document")
    return found[1]


def documents_with_definitions() -> frozenset[str]:
    """Return the numbers of the documents that have a definition file."""
    return frozenset(_files())


@cache
def contents(document: str) -> Contents:
    """Return what is defined for a document; nothing where it has no file."""
    path = _files().get(document)
    return Contents(document) if path is None else read(path.read_text("utf-8"))


def read(text: str) -> Contents:
    """Read a definition file.

    Raises:
        ValueError: it is no TOML, or says something that cannot be meant; the message
            names the table and the key.
    """
    raw = tomllib.loads(text)
    document, sure = str(raw["document"]), bool(raw.get("checked"))
    file = _File(document, sure, _prefixes(raw.get("prefixes", {})))
    tables = [(key, table) for key, table in raw.items() if key not in _OWN_KEYS]
    definitions = [
        definition
        for prefix, elements in tables
        for name, meanings in elements.items()
        for meaning in meanings
        for definition in file.definitions(prefix, name, meaning)
    ]
    return Contents(
        document,
        raw.get("title", ""),
        raw.get("status", ""),
        tuple(definitions),
        tuple(_example(document, table) for table in raw.get("example", ())),
        tuple(
            Identifier(name, document, "feature", says)
            for name, says in raw.get("features", {}).items()
        ),
        tuple(_form(document, table) for table in raw.get("form", ())),
        tuple(dict.fromkeys(definition.namespace for definition in definitions)),
    )


def _prefixes(raw: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    own = {
        prefix: (uris,) if isinstance(uris, str) else tuple(uris) for prefix, uris in raw.items()
    }
    return {**PREFIXES, **own}


def _only(table: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    strange = set(table) - set(known)
    if strange:
        raise ValueError(f"{where}: unknown key {', '.join(sorted(strange))}")


def _example(document: str, table: Mapping[str, Any]) -> Example:
    _only(table, ("title", "xml", "fields", "compose"), f"{document} example")
    return Example(
        document,
        table["title"],
        table["xml"].strip(),
        table.get("fields", {}),
        bool(table.get("compose")),
    )


def _form(document: str, table: Mapping[str, Any]) -> Form:
    _only(table, ("type", "section", "says", "fields"), f"{document} form")
    fields = table.get("fields", {})
    return Form(table["type"], document, table.get("section", ""), table["says"], fields)


class _File:
    """One file while it is read: its prefixes, and to whom its elements belong."""

    def __init__(self, document: str, sure: bool, prefixes: Mapping[str, tuple[str, ...]]) -> None:
        self.document, self.sure, self.prefixes = document, sure, prefixes

    def definitions(self, prefix: str, name: str, table: Mapping[str, Any]) -> list[Definition]:
        """Return the definition of an element, once for each namespace of its family."""
        where = f"{self.document} {prefix}.{name}"
        if prefix not in self.prefixes:
            raise ValueError(f"{where}: the prefix {prefix} is not declared")
        _only(table, _ELEMENT_KEYS, where)
        try:
            return [self._definition(uri, name, table, where) for uri in self.prefixes[prefix]]
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(
                f"{where}: a key is missing, or is of another type than it must be ({error})"
            ) from error

    def _definition(self, uri: str, name: str, table: Mapping[str, Any], where: str) -> Definition:
        section = str(table.get("section", ""))
        inside = table.get("in", [])
        children = table.get("children")
        for rule in table.get("here", ()):
            self._check_when(rule.get("when", {}), where)
        return Definition(
            uri,
            name,
            self.document,
            section,
            self.sure,
            table["says"],
            tuple(self._parent(uri, text, where) for text in inside if text != "*"),
            "*" in inside,
            tuple(
                Here(self._when(rule.get("when", {}), uri), rule["says"])
                for rule in table.get("here", ())
            ),
            {
                written: attribute
                for key, value in table.get("attributes", {}).items()
                for written, attribute in [self._attribute(key, value, section, where)]
            },
            None if children is None else tuple(self._child(uri, one, where) for one in children),
            bool(table.get("order")),
            table.get("text", ""),
            table.get("values", {}),
            table.get("advice", ""),
            table.get("retry", ""),
        )

    def _attribute(
        self, key: str, table: Mapping[str, Any], section: str, where: str
    ) -> tuple[str, AttributeDefinition]:
        _only(table, _ATTRIBUTE_KEYS, f"{where} attribute {key}")
        prefix, colon, local = key.rpartition(":")
        if colon and prefix not in self.prefixes:
            raise ValueError(f"{where} attribute {key}: the prefix is not declared")
        name = qualified(self.prefixes[prefix][0], local) if colon else key
        values = table.get("values", {})
        if isinstance(values, list):
            values = dict.fromkeys(values, "")
        required = table.get("required", False)
        if isinstance(required, Mapping):
            self._check_when(required, where)
        return name, AttributeDefinition(
            name,
            table["says"],
            str(table.get("section", section)),
            required,
            table.get("value", "text"),
            values,
            bool(table.get("open")),
            table.get("default", ""),
        )

    def _parent(self, uri: str, text: str, where: str) -> Parent:
        found = _PARENT.fullmatch(text)
        if found is None:
            raise ValueError(f"{where}: {text!r} is no parent")
        name, types = found.groups()
        allowed = (
            frozenset("" if one == "none" else one for one in types.split("|")) if types else ()
        )
        return Parent(frozenset(self._names(uri, name, where)), frozenset(allowed))

    def _child(self, uri: str, text: str, where: str) -> Child:
        if text in ("*", "any"):
            return Child(("*",), 0, -1)
        found = _PARTICLE.fullmatch(text)
        if found is None:
            raise ValueError(f"{where}: {text!r} is no child")
        group, single, count = found.groups()
        if single and single.endswith(":*") and not count:
            count = "*"  # any of a namespace: any number of them, unless it says otherwise
        least, most = _COUNTS[count]
        one_of = (group or single).split("|")
        names = [name for part in one_of for name in self._names(uri, part.strip(), where)]
        return Child(tuple(names), least, most)

    def _names(self, uri: str, text: str, where: str) -> list[str]:
        """Return the Clark names that a written name stands for; ``prefix:*`` for any."""
        if text.startswith("{"):
            return [text]
        prefix, colon, local = text.partition(":")
        if not colon:
            # Inside one's own family the relatives are those of the same namespace.
            return [qualified(uri, text)]
        if prefix not in self.prefixes:
            raise ValueError(f"{where}: {text!r} has a prefix that is not declared")
        family = self.prefixes[prefix]
        return [qualified(one, local) for one in ((uri,) if uri in family else family)]

    def _when(self, when: Mapping[str, Any], uri: str) -> Mapping[str, Any]:
        """Return conditions in which names with a prefix are Clark names."""
        named = {"parent", "child", "no_child"}
        return {key: self._resolved(value, uri) if key in named else value
                for key, value in when.items()}  # fmt: skip

    def _resolved(self, value: Any, uri: str) -> Any:
        if isinstance(value, list):
            return [self._resolved(one, uri) for one in value]
        return self._names(uri, value, "when")[0] if ":" in value else value

    def _check_when(self, when: Mapping[str, Any], where: str) -> None:
        _only({key: None for key in when if not key.startswith("@")}, KEYS, f"{where} when")

"""The two halves of a widget speak of the same traits.

A trait that only Python knows is never shown; one that only JavaScript knows is
``undefined`` and shows nothing either, and neither side says so.
"""

from __future__ import annotations

import importlib
import re

import anywidget
import pytest

from tests.tree import modules

LITERAL = re.compile(r"""\bmodel\.(?:get|set)\(\s*["'](\w+)["']""")
EVERY_GET = re.compile(r"\bmodel\.(?:get|set)\(")
CHANGE = re.compile(r"""\bmodel\.(on|off)\(\s*["'`]change:(\w+)["'`]""")
CHANGE_EACH = re.compile(
    r"for\s*\(const (\w+) of \[([^\]]*)\]\)\s*\{?\s*model\.(on|off)\(`change:\$\{\1\}`"
)
EVERY_CHANGE = re.compile(r"\bmodel\.(?:on|off)\(\s*[\"'`]change:")
COMMENT = re.compile(r"/\*.*?\*/|(?<!:)//[^\n]*", re.DOTALL)


def widgets() -> list[type[anywidget.AnyWidget]]:
    """Return the widget classes of the views that have JavaScript of their own."""
    return [
        thing
        for module in modules()
        if module.place.startswith("views/")
        for thing in vars(importlib.import_module(module.name)).values()
        if isinstance(thing, type)
        and issubclass(thing, anywidget.AnyWidget)
        and thing.__module__ == module.name
        and "_esm" in vars(thing)
    ]


WIDGETS = widgets()
EVERY_WIDGET = pytest.mark.parametrize("widget", WIDGETS, ids=[w.__name__ for w in WIDGETS])


def source_of(widget: type[anywidget.AnyWidget]) -> str:
    """Return a widget's JavaScript without its comments."""
    esm = vars(widget)["_esm"]
    text = esm.read_text("utf-8") if hasattr(esm, "read_text") else str(esm)
    return COMMENT.sub("", text)


def synced(widget: type[anywidget.AnyWidget]) -> set[str]:
    """Return the synced traits that are the widget's own, not those of every widget."""
    common = set(anywidget.AnyWidget.class_traits(sync=True))
    return {
        name
        for name in widget.class_traits(sync=True)
        if name not in common and not name.startswith("_")
    }


def listened(source: str) -> dict[str, set[str]]:
    """Return the traits whose changes are listened to ("on"), and no more ("off")."""
    names: dict[str, set[str]] = {"on": set(), "off": set()}
    for verb, name in CHANGE.findall(source):
        names[verb].add(name)
    for _, listed, verb in CHANGE_EACH.findall(source):
        names[verb].update(re.findall(r"[\"'](\w+)[\"']", listed))
    return names


@EVERY_WIDGET
def test_both_halves_name_the_same_traits(widget):
    """Each synced trait is used in the JavaScript, and nothing else is."""
    source = source_of(widget)
    used = {*LITERAL.findall(source), *listened(source)["on"]}

    assert used == synced(widget)


@EVERY_WIDGET
def test_every_use_of_a_trait_can_be_read_in_the_source(widget):
    """A name put together at run time would escape the comparison."""
    source = source_of(widget)
    changes = len(CHANGE.findall(source)) + len(CHANGE_EACH.findall(source))

    assert len(LITERAL.findall(source)) == len(EVERY_GET.findall(source))
    assert changes == len(EVERY_CHANGE.findall(source))


@EVERY_WIDGET
def test_what_is_listened_to_is_let_go(widget):
    """A view that was closed must not be drawn again with each change."""
    names = listened(source_of(widget))

    assert names["on"] == names["off"]


@EVERY_WIDGET
def test_a_widget_is_small(widget):
    """What travels is few traits; rows go by message and on demand."""
    assert len(synced(widget)) <= 6


@EVERY_WIDGET
def test_nothing_is_made_into_markup(widget):
    """Text of the wire goes into the page as text: no call that parses markup or code."""
    source = source_of(widget)
    parsing = re.compile(
        r"\.(?:inner|outer)HTML\b|insertAdjacentHTML|document\.write|\beval\(|new Function"
        r"|DOMParser|createContextualFragment|srcdoc|setHTML"
    )

    assert parsing.findall(source) == []


def test_there_are_widgets():
    """The tests above did not pass for want of anything to test."""
    assert len(WIDGETS) >= 1

"""Every rule says what becomes of a stanza, why, and where that is written."""

from __future__ import annotations

import re

import pytest

from xmppexplore.sandbox.features import Module
from xmppexplore.sandbox.modules import MODULES
from xmppexplore.sandbox.rulings import RULINGS

FOLLOWS_THE_MODULE = {"handled", "answered"}
"""Rules whose section is the document of the module that applied them."""


@pytest.mark.parametrize("name", RULINGS)
def test_a_rule_has_a_sentence_and_a_section(name):
    """No full stop, since a detail may follow."""
    ruling = RULINGS[name]

    assert ruling.sentence
    assert not ruling.sentence.endswith(".")
    assert name in FOLLOWS_THE_MODULE or re.match(r"(RFC|XEP-)", ruling.section)


def test_no_two_rules_say_the_same():
    """Each sentence fits one situation."""
    assert len({ruling.sentence for ruling in RULINGS.values()}) == len(RULINGS)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_a_module_names_its_document(module: Module):
    """It is cited where the module decides."""
    assert re.match(r"(RFC|XEP-|draft-)", module.document)

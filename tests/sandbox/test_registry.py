"""Modules fill tables; a new feature needs no change anywhere else."""

from __future__ import annotations

from tests.sandbox.conversation import Play
from xmppexplore.sandbox.features import Answer, Hook, Module
from xmppexplore.sandbox.modules import MODULES
from xmppexplore.wire.element import parse


def test_a_module_is_all_a_feature_needs():
    """Stream feature, nonza, answer, hook, event and discovery: from one record."""
    seen = []
    module = Module(
        "csi",
        "XEP-0352",
        answers=[Answer("{urn:x}a", "get", lambda host, _: f"<a xmlns='urn:x'>{host.domain}</a>")],
        hooks=[Hook("sent", "message", lambda _, one: seen.append(one.kind) is not None)],
        nonzas={"{urn:xmpp:csi:0}active": lambda _, who, it: seen.append((str(who.address), it))},
        events={
            "bound": lambda _, who: seen.append(who.address.resource),
            "available": lambda _, who: seen.append(who.priority),
        },
        features={"server": ("urn:x",)},
        stream_feature="<csi xmlns='urn:xmpp:csi:0'/>",
    )
    play = Play(modules=(*MODULES, module))
    romeo = play.login("romeo", "orchard")
    romeo.skip()
    romeo >> "<active xmlns='urn:xmpp:csi:0'/><message to='romeo@play.example/orchard'/>"
    romeo >> "<iq type='get' id='1' to='play.example'><a xmlns='urn:x'/></iq>"

    assert seen[:2] == ["orchard", 0]
    assert seen[2][0] == "romeo@play.example/orchard"
    assert seen[3] == "message"
    assert b"<csi xmlns='urn:xmpp:csi:0'/></stream:features>" in romeo.got
    assert parse(romeo.items[-1][1]).children[0].text == "play.example"
    assert "urn:x" in play.realm.features("server")
    assert romeo.items[0][0] == 1  # the hook looked on and let it pass


def test_a_later_module_answers_instead_of_an_earlier_one():
    """A complete roster takes the place of the shared one."""
    own = Module("own", "", answers=[Answer("{urn:xmpp:ping}ping", "get", lambda *_: "<x/>")])
    play = Play(modules=(*MODULES, own))
    romeo = play.login("romeo")
    romeo.skip()
    romeo >> "<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>"

    assert parse(romeo.items.pop()[1]).children[0].name == "x"

"""Explanations in real JupyterLab: they fold, follow the theme, and hold no foreign markup."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.lab import Lab

pytestmark = pytest.mark.browser

IMPORT = "from xmppexplore import explain"
ERROR = """\
explain('''<iq type='error' from='rooms.capulet.example' to='romeo@montague.example' id='q1'>
<query xmlns='http://jabber.org/protocol/disco#info'/>
<error type='cancel' by='capulet.example'>
<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>
<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas' xml:lang='en'>No such room</text>
</error></iq>''')"""
FORM = """\
explain('''<iq type='result' from='ball@rooms.capulet.example' id='q2'>
<query xmlns='http://jabber.org/protocol/disco#info'>
<identity category='conference' type='text' name='The ball'/>
<feature var='http://jabber.org/protocol/muc'/><feature var='muc_passwordprotected'/>
<x xmlns='jabber:x:data' type='result'>
<field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/muc#roominfo</value></field>
<field var='muc#roominfo_occupants'><value>3</value></field></x>
<extra xmlns='urn:xmpp:pingg'/></query></iq>''')"""
ROOM = """\
explain('''<presence from='ball@rooms.capulet.example/mask' to='romeo@montague.example/orchard'>
<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='https://capulet.example/client'
 ver='q07IKJEyjvHSyhy//CH0CxmKi8w='/>
<x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='participant'/>
<status code='110'/></x></presence>''')"""
COPY = """\
explain('''<message from='romeo@montague.example' to='romeo@montague.example/orchard'>
<received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>
<delay xmlns='urn:xmpp:delay' stamp='2026-01-31T12:00:00Z'/>
<message xmlns='jabber:client' from='juliet@capulet.example/balcony'
 to='romeo@montague.example' type='chat' id='m1'><body>Where art thou?</body>
<request xmlns='urn:xmpp:receipts'/></message></forwarded></received></message>''')"""
HOSTILE = """\
explain("<message id='&lt;img src=x onerror=document.title=1&gt;'><body>&lt;img src=x onerror="
        "document.title=1&gt;&lt;script&gt;document.title=2&lt;/script&gt;</body>"
        "<x xmlns='&lt;b onclick=1&gt;' a='&quot; onmouseover=&quot;1'/></message>")"""

SHOWN = ".jp-OutputArea .xx-explain"


def test_explanations_fold_and_are_seen_in_both_themes(notebook: Any, lab: Lab) -> None:
    """Sections, sentences and values are there; folding hides what is inside, in both themes."""
    page = notebook("explain.ipynb", IMPORT, ERROR, FORM, ROOM, COPY)
    page.run_all()
    shown = page.page.locator(SHOWN)
    shown.nth(3).wait_for()
    first = shown.first
    inner = first.get_by_text("<item-not-found>", exact=True)

    assert first.get_by_text("RFC 6120 §8.3.3.7").count() == 1
    assert shown.nth(3).get_by_text("= 31 January 2026, 12:00:00 UTC").count() == 1
    assert inner.is_visible()
    first.locator("summary").filter(has_text="<error>").click()
    assert not inner.is_visible()
    first.locator("summary").filter(has_text="<error>").press("Enter")
    assert inner.is_visible()
    for theme in ("light", "dark"):
        getattr(page, theme)()
        for at, name in enumerate(("error", "form", "room", "copy")):
            shown.nth(at).scroll_into_view_if_needed()
            page.shot(f"explain-{name}-{theme}", f"{SHOWN} >> nth={at}")
    assert page.problems == []


def test_what_was_on_the_wire_is_never_markup(notebook: Any, lab: Lab) -> None:
    """In what is explained nothing becomes an element, a script or an attribute."""
    page = notebook("explain-hostile.ipynb", IMPORT, HOSTILE)
    page.run_all()
    shown = page.page.locator(SHOWN)
    shown.first.wait_for()

    assert shown.locator("img, script, [onclick], [onmouseover]").count() == 0
    assert shown.get_by_text("<img src=x onerror=document.title=1>").count() >= 1
    assert page.page.title() not in ("1", "2")
    assert page.problems == []


def test_an_untrusted_notebook_shows_it_too(notebook: Any, lab: Lab) -> None:
    """JupyterLab takes the style away there; every word stays, and it folds."""
    page = notebook("explain-untrusted.ipynb", IMPORT, ERROR)
    page.run_all()
    page.page.locator(SHOWN).first.wait_for()
    page.save()
    page.reopen(untrusted=True)
    page.page.locator(".jp-OutputArea").get_by_text("RFC 6120 §8.3.3.7").first.wait_for()
    page.shot("explain-untrusted")

    assert "Answers the request q1: rooms.capulet.example could not" in page.text()
    assert "Sent by capulet.example." in page.text()

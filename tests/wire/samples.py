"""Streams as clients and servers write them: what the tests of the wire cut and change.

A login is a list of (direction, tls, bytes); ``RESTART`` stands where a stream restarts.
"""

from __future__ import annotations

from xmppexplore.wire.records import IN, OUT

RESTART = b""

DECLARATION = b"<?xml version='1.0'?>"
CLIENT_HEADER = (
    b'<stream:stream to="capulet.example" xmlns:stream="http://etherx.jabber.org/streams"'
    b' xmlns="jabber:client" xml:lang="en" version="1.0">'
)
SERVER_HEADER = (
    DECLARATION + b"<stream:stream xmlns:stream='http://etherx.jabber.org/streams' id='s1'"
    b" xml:lang='en' from='capulet.example' version='1.0' xmlns='jabber:client'>"
)
STARTTLS = (
    b"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/>"
    b"</starttls></stream:features>"
)
MECHANISMS = (
    b"<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
    b"<mechanism>SCRAM-SHA-256</mechanism><mechanism>PLAIN</mechanism></mechanisms>"
    b"</stream:features>"
)
BINDING = (
    b"<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
    b"<sm xmlns='urn:xmpp:sm:3'/></stream:features>"
)
SASL = b"xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"

LOGIN = [
    (OUT, False, CLIENT_HEADER),
    (IN, False, SERVER_HEADER + STARTTLS),
    (OUT, False, b'<starttls xmlns="urn:ietf:params:xml:ns:xmpp-tls" />'),
    (IN, False, b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
    (OUT, True, RESTART),
    (IN, True, RESTART),
    (OUT, True, CLIENT_HEADER),
    (IN, True, SERVER_HEADER + MECHANISMS),
    (
        OUT,
        True,
        b'<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">AGEAYg==</auth>',
    ),
    (IN, True, b"<success " + SASL + b"/>"),
    (OUT, True, RESTART),
    (IN, True, RESTART),
    (OUT, True, CLIENT_HEADER),
    (IN, True, SERVER_HEADER + BINDING),
    (
        OUT,
        True,
        b'<iq id="b1" type="set"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></iq>',
    ),
    (
        IN,
        True,
        (
            b"<iq id='b1' type='result'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
            b"<jid>juliet@capulet.example/balcony</jid></bind></iq>"
        ),
    ),
    (OUT, True, b"<presence/>"),
    (IN, True, b"<presence from='romeo@capulet.example/orchard'><show>away</show></presence>\n"),
    (OUT, True, b' <message to="romeo@capulet.example" type="chat"><body>Hi</body></message>'),
    (OUT, True, b"</stream:stream>"),
    (IN, True, b"</stream:stream>"),
]
"""A classic login with STARTTLS: three headers each way."""

STANZAS = [
    b"<message to='a@b' type='chat' id='1'><body>Hi &amp; bye</body></message>",
    b'<message to="a@b" id="m&#50;"><body>\xf0\x9f\x8c\xb9 r\xc3\xb6se</body></message>',
    b"<message from='a@b/c>d'><body>x > y</body></message >",
    b"<message from='a@b' id='it&apos;s'><subject>s</subject>\r\n<body/></message>",
    b'<message id="it\'s" to="q"/>',
    b"<message\n\tto='a\nb'\r\n id='x'\n>\n <body>\n</body></message\n>",
    b"<message><body><![CDATA[<message></message>]]></body></message>",
    (
        b"<message to='j'><received xmlns='urn:xmpp:carbons:2'>"
        b"<forwarded xmlns='urn:xmpp:forward:0'>"
        b"<message xmlns='jabber:client' from='r'><body>in</body></message></forwarded>"
        b"</received></message>"
    ),
    (
        b"<iq type='get' id='q1' to='capulet.example'>"
        b"<query xmlns='http://jabber.org/protocol/disco#info' node='n'/></iq>"
    ),
    b"<iq type='result' id='p1'/>",
    b"<iq id='1' type='set'><iq xmlns='urn:nested'><iq/></iq></iq>",
    b"<presence/>",
    b"<presence type='unavailable' />",
    b"<presence xmlns='jabber:client'><x:c xmlns:x='http://jabber.org/protocol/caps'/></presence>",
    b"<r xmlns='urn:xmpp:sm:3'/>",
    b'<a xmlns="urn:xmpp:sm:3" h="5"/>',
    b"<db:result xmlns:db='jabber:server:dialback' from='a' to='b'>key</db:result>",
    b"<stream:features/>",
    b"<iq xmlns='urn:not:a:stanza' type='get'><x xmlns=''/></iq>",
    b"<message xml:lang='de'>text first<body>b</body></message>",
    b"<a:b xmlns:a='urn:a'><a:c/></a:b>",
    b"<m\xc3\xa9ssage><b\xc3\xb6dy/></m\xc3\xa9ssage>",
    b"<iq><q a='1' xmlns='urn:q' b='&lt;'/></iq>",
    b"<e xmlns='urn:&amp;'><f/></e>",
    b" ",
    b"\r\n",
    b"\n",
]
"""Well-formed items inside a stream of clients, plain ones and ones with a catch."""

TRAPS = [
    b"<!-- c -->",
    b"<?pi x?>",
    b"<?xml version='1.0'?>",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
    b"<message>&nbsp;</message>",
    b"<message a='1' a='2'/>",
    b"<message x:y='1'/>",
    b"<message><body></message>",
    b"<message a='<'/>",
    b"<message>]]></message>",
    b"text",
    b"&#32;",
    b"<![CDATA[x]]>",
    b"<message>\xff</message>",
    b"<message>\xc3",
    b"<message><body>&#0;</body></message>",
    b"<message xmlns:p=''/>",
    b"</stream:stream>",
    b"</stream:stream >",
    b"<iq><!-- x --></iq>",
    b"<iq><![CDATX[",
    b"<iq a='&#x1F339;&#10;' id='&quot;'/>",
    b"<iq id='a\tb\r\nc'/>",
    b"\x00",
    b"<message id='\xed\xa0\x80'/>",
    b"<",
    b"<message to='a",
    b"<message to='a' type=\"",
    b"]]>",
    b">",
    b"'",
    b"&",
]
"""What XML or XMPP forbids, what is unfinished, and what looks so."""

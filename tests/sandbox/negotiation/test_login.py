"""Login by SASL: what is offered, every failure of RFC 6120 §6.5, and binding to TLS."""

from __future__ import annotations

import base64

import pytest

from tests.sandbox.conversation import HEADER_OUT, PASSWORDS, Play, auth, response
from tests.sandbox.proofs import Prover
from xmppexplore.sandbox.features import Policy
from xmppexplore.sandbox.mechanisms import MECHANISMS
from xmppexplore.sandbox.realm import Limits
from xmppexplore.sandbox.sasl import Secured
from xmppexplore.wire.element import parse

SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
TLS = Secured({"tls-server-end-point": b"\x01" * 32, "tls-unique": b"\x02" * 12})
SHOWN = Secured({}, ("romeo@play.example",))
CONDITIONS = [
    ("aborted", auth("SCRAM-SHA-1", b"n,,n=romeo,r=x"), f"<abort xmlns='{SASL}'/>"),
    ("incorrect-encoding", f"<auth xmlns='{SASL}' mechanism='PLAIN'>!</auth>"),
    ("incorrect-encoding", f"<auth xmlns='{SASL}' mechanism='PLAIN'> AA== </auth>"),
    (
        "incorrect-encoding",
        auth("SCRAM-SHA-1", b"n,,n=romeo,r=x"),
        f"<response xmlns='{SASL}'>?</response>",
    ),
    ("invalid-authzid", auth("PLAIN", b"juliet@play.example\0romeo\0balcony")),
    ("invalid-mechanism", auth("X-NONE", b"")),
    ("invalid-mechanism", auth("scram-sha-1", b"n,,n=romeo,r=x")),
    ("invalid-mechanism", f"<auth xmlns='{SASL}'>AA==</auth>"),
    ("invalid-mechanism", auth("ANONYMOUS", b"")),
    ("invalid-mechanism", auth("EXTERNAL", b"")),
    ("malformed-request", auth("PLAIN", b"")),
    ("malformed-request", auth("SCRAM-SHA-256", b"n,,n=romeo")),
    ("malformed-request", auth("SCRAM-SHA-1", b"n,,n=romeo,r=x"), response(b"")),
    ("not-authorized", auth("PLAIN", b"\0romeo\0wrong")),
    ("not-authorized", response(b"out of order")),
    ("aborted", f"<abort xmlns='{SASL}'/>"),
]


def began(play, secured=TLS, **options):
    """Return a client that TLS is up for, with the features that it was offered."""
    client = play.client(secure=True, **options)
    client.machine.secured(secured)
    client.features = client.open()
    return client


def offered(features, name="mechanisms"):
    """Return the mechanisms in a feature."""
    listed = features.find(name)
    return [child.text for child in listed.children if child.name == "mechanism"]


def condition(client):
    """Return the condition of the failure that came."""
    failure = parse(client.items.pop(0)[1])
    assert failure.qualified == f"{{{SASL}}}failure"
    return failure.children[0].name


def test_what_logins_can_be_bound_to_is_said_beside_the_mechanisms(play):
    """XEP-0440, in either way to log in; and not where nothing binds."""
    features = began(play).features
    bound = features.find("{urn:xmpp:sasl-cb:0}sasl-channel-binding")

    assert [child.get("type") for child in bound.children] == ["tls-server-end-point", "tls-unique"]
    assert offered(features)[:2] == ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"]
    for other in (play.client(tls=False).open(), began(play, Secured()).features):
        assert other.find("{urn:xmpp:sasl-cb:0}sasl-channel-binding") is None
        assert not [name for name in offered(other) if name.endswith("-PLUS")]


@pytest.mark.parametrize("type", TLS.bindings)
@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"])
def test_a_login_is_bound_to_its_connection(play, mechanism, type):
    """The same proof is worth nothing on another one (RFC 5802 §6)."""
    client, other = began(play), began(play, Secured({type: b"\x03" * 32}))
    for where, expected in ((client, "success"), (other, "failure")):
        prover = Prover(
            mechanism, "romeo", PASSWORDS["romeo"], flag=f"p={type}", binding=TLS.bindings[type]
        )
        assert prover.log_in(where).name == expected

    assert client.machine.account.address.bare == "romeo@play.example"


def test_a_client_that_was_lied_to_is_told_so(play):
    """It could bind, and believes that we cannot: the features were changed on the way."""
    client = began(play)
    answer = Prover("SCRAM-SHA-256", "romeo", PASSWORDS["romeo"], flag="y").log_in(client)

    assert answer.name == "failure"
    assert answer.children[0].name == "not-authorized"
    assert "channel binding was offered" in answer.children[1].text


@pytest.mark.parametrize(("expected", "said"), [(one[0], one[1:]) for one in CONDITIONS])
def test_each_failure_has_its_condition(play, expected, said):
    """And the stream goes on: the right password is taken afterwards (§6.4.5)."""
    client = began(play)
    for piece in said:
        client.skip()
        client >> piece

    assert condition(client) == expected
    assert client.machine.phase == "login"
    client.quiet()
    client >> auth("PLAIN", b"\0romeo\0balcony")
    client << f"<success xmlns='{SASL}'/>"


@pytest.mark.parametrize(
    "barred",
    ["account-disabled", "credentials-expired", "mechanism-too-weak", "temporary-auth-failure"],
)
@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256"])
def test_an_account_can_be_barred(play, mechanism, barred):
    """Whoever knows the password is told, and nobody else; it can be taken back."""
    account = play.realm.accounts["romeo"]
    account.barred = barred
    client = began(play)
    for password, expected in (("balcony", barred), ("wrong", "not-authorized")):
        if mechanism == "PLAIN":
            client >> auth("PLAIN", f"\0romeo\0{password}".encode())
            assert condition(client) == expected
        else:
            answer = Prover(mechanism, "romeo", password).log_in(client)
            assert answer.children[0].name == expected
    account.barred = ""

    assert Prover("SCRAM-SHA-1", "romeo", "balcony").log_in(client).name == "success"


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_nothing_comes_before_tls_where_it_is_required(mechanism):
    """Not even a mechanism that would be safe without (§6.5.4)."""
    play = Play(policy=Policy(anonymous=True, external=True, plain_in_clear=True))
    client = play.client()
    client.open()
    client >> auth(mechanism, b"x")

    assert condition(client) == "encryption-required"


def test_plain_in_clear_is_for_servers_without_tls():
    """And only where whoever runs one has decided so (§13.9.4)."""
    for policy, allowed in ((Policy(), False), (Policy(plain_in_clear=True), True)):
        client = Play(policy=policy).client(tls=False)
        features = client.open()
        client >> auth("PLAIN", b"\0romeo\0balcony")

        assert ("PLAIN" in offered(features)) == allowed
        if allowed:
            client << f"<success xmlns='{SASL}'/>"
        else:
            assert condition(client) == "encryption-required"


def test_an_exchange_can_be_begun_anew():
    """In the middle of another one, which then counts as an attempt."""
    play = Play(limits=Limits(sasl_failures=3))
    client = began(play)
    client >> auth("SCRAM-SHA-256", b"n,,n=juliet,r=x")
    client.skip()
    assert Prover("SCRAM-SHA-256", "romeo", "balcony").log_in(client).name == "success"
    endless = began(play)
    for _ in range(3):
        assert endless.closed is None
        endless >> auth("SCRAM-SHA-256", b"n,,n=romeo,r=x")
    endless >> auth("SCRAM-SHA-256", b"n,,n=romeo,r=x")

    assert endless.closed == "policy-violation"


@pytest.mark.parametrize("said", [response(b""), f"<abort xmlns='{SASL}'/>", auth("X", b"")])
def test_attempts_have_an_end_whatever_they_are(play, said):
    """§6.4.5: the failure, then the stream error."""
    client = began(play)
    for _ in range(Limits().sasl_failures):
        client >> said
        condition(client)

    assert client.closed == "policy-violation"
    assert parse(client.items.pop(0)[1]).children[0].name == "policy-violation"


@pytest.mark.parametrize("initial", [b"", None])
def test_a_certificate_logs_in(initial):
    """With the address that it holds (XEP-0178 §2)."""
    client = began(Play(policy=Policy(external=True)), SHOWN)
    assert offered(client.features)[0] == "EXTERNAL"
    client >> auth("EXTERNAL", initial)
    if initial is None:
        client << f"<challenge xmlns='{SASL}'/>"
        client >> f"<response xmlns='{SASL}'/>"

    client << f"<success xmlns='{SASL}'/>"
    assert client.machine.account.address.bare == "romeo@play.example"


@pytest.mark.parametrize("initial", [b"", None, b"trace"])
def test_a_guest_comes_and_goes(initial):
    """The account is there as long as the stream (XEP-0175)."""
    play = Play(policy=Policy(anonymous=True))
    client = began(play)
    client >> auth("ANONYMOUS", initial)
    client << f"<success xmlns='{SASL}'/>"
    client.open()
    client >> "<iq type='set' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
    bare = client.machine.account.address
    client >> "<presence/>"
    assert play.realm.accounts[bare.local].available()
    client >> "</stream:stream>"

    assert bare.local not in play.realm.accounts


@pytest.mark.parametrize("how", ["lost", "closed", "refused", "removed"])
def test_a_guest_that_never_binds_leaves_nothing(how):
    """However its stream ends."""
    play = Play(policy=Policy(anonymous=True))
    client = began(play)
    client >> auth("ANONYMOUS")
    client.skip()
    assert len(play.realm.accounts) == len(PASSWORDS) + 1
    if how == "lost":
        client.machine.lost()
    elif how == "removed":
        play.realm.remove_account(client.machine.account.address.local)
        client.machine.lost()
    else:
        client >> (HEADER_OUT + "</stream:stream>" if how == "closed" else "<a>")

    assert sorted(play.realm.accounts) == sorted(PASSWORDS)


def test_any_account_is_made_at_its_first_login():
    """And bound like any other."""
    play = Play(policy=Policy(any_account=True), passwords={})
    for password in (b"one", b"another"):
        client = began(play)
        assert offered(client.features) == ["PLAIN"]
        client >> auth("PLAIN", b"\0tybalt\0" + password)
        client << f"<success xmlns='{SASL}'/>"
        client.open()
        client >> "<iq type='set' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
        assert client.machine.phase == "ready"

    assert list(play.realm.accounts) == ["tybalt"]


def test_nobody_is_told_which_accounts_exist(play):
    """The same condition and as much of an exchange, with the same salt each time."""
    salts = []
    for name in ("tybalt", "tybalt", "romeo"):
        client = began(play)
        prover = Prover("SCRAM-SHA-256", name, "wrong")
        answer = prover.log_in(client)
        assert [child.name for child in answer.children] == ["not-authorized"]
        exchange = began(play)
        exchange >> auth("SCRAM-SHA-256", prover.first)
        challenge = base64.b64decode(parse(exchange.items.pop(0)[1]).text).decode()
        salts.append(challenge.split(",")[1])

    assert salts[0] == salts[1] != salts[2]
    assert all(salt.startswith("s=") for salt in salts)


def test_a_password_does_not_come_back(play):
    """Neither in what is written nor in a mark."""
    client = began(play)
    client >> auth("PLAIN", b"\0romeo\0wrong-password")
    client >> auth("PLAIN", b"\0romeo\0balcony")

    assert b"wrong-password" not in client.got
    assert "balcony" not in str(client.marks)


def test_an_account_that_is_removed_meanwhile_is_not_bound(play):
    """The stream ends as those of its resources do."""
    client = began(play)
    client >> auth("PLAIN", b"\0romeo\0balcony")
    client.skip()
    client.open()
    play.realm.remove_account("romeo")
    client >> "<iq type='set' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"

    assert client.closed == "not-authorized"

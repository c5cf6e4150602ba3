"""The list of steps beside an error: it points at one place, and what followed is no error."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.peers.bad import DOMAIN, PASSWORD, BadServer, Certificates
from tests.peers.fixtures import authority, certificates, peers  # noqa: F401  (found by name)
from tests.peers.host import Host
from xmppexplore import connect
from xmppexplore.api.panel_steps import AFTER, _one_place, steps_of
from xmppexplore.api.panel_words import Told, told
from xmppexplore.api.recording import Recording, new_log
from xmppexplore.errors import CONNECT_REASONS, XmppExploreError
from xmppexplore.reading.records import Step

PLACES = {
    "http": "Not XMPP any more",
    "silent": "No answer in time",
    "half a header": "No answer in time",
    "closes after header": "TCP connection closed",
    "resets in mid-SASL": "Connection lost",
    "host-unknown": "Stream error",
    "self-signed": "Certificate not trusted",
    "expired": "Certificate not trusted",
    "no starttls": "No TLS",
    "starttls refused": "TLS refused",
    "garbage for tls": "No TLS",
    "no common mechanism": "No way to log in",
    "account disabled": "Login refused",
    "wrong server signature": "The server did not prove itself",
    "refuses bind": "Address refused",
    "comment": "Not XMPP any more",
}
"""Bad server -> the step with the sign of an error."""


@pytest.mark.parametrize("name", PLACES)
def test_one_step_has_the_sign_of_an_error(
    name: str,
    peers: Host,  # noqa: F811  (the fixture)
    certificates: Certificates,  # noqa: F811
) -> None:
    """Before it all is well, behind it is only what followed; "Given up" is said nowhere."""

    async def attempt(server: BadServer) -> dict[str, Any]:
        recording = Recording(new_log())
        with pytest.raises(XmppExploreError) as caught:
            await connect(
                f"romeo@{DOMAIN}", PASSWORD, host=server.host, port=server.port, timeout=1.0,
                ca_file=certificates.ca_file, recording=recording,
            )  # fmt: skip
        return steps_of(recording, told(caught.value))

    with BadServer(peers, name, certificates) as server:
        steps = asyncio.run(attempt(server))["steps"]
    [wrong] = [number for number, step in enumerate(steps) if step["tone"] == "error"]

    assert steps[wrong]["title"] == PLACES[name]
    # Half an element is cut off where it began, which is before what broke it.
    assert {step["title"] for step in steps[:wrong] if step["tone"]} <= {"Cut off"}
    assert {step["tone"] for step in steps[wrong + 1 :]} <= {AFTER}
    assert "Given up" not in [step["title"] for step in steps]
    if name == "silent":
        assert steps[wrong]["time"] > 0.5
    if "Certificate" in PLACES[name]:
        assert steps[wrong]["section"] == "RFC 6120 §13.7.2"


NAMES = ("connected", "header", "partial", "broken", "lost", "failed", "closed", "sm-failed")
STEPS = st.lists(
    st.builds(
        lambda name, time, tone: Step(name, name, (), time, -1, "", "", -1, "TCP", tone),
        st.sampled_from(NAMES),
        st.integers(0, 9),
        st.sampled_from(["", "error"]),
    )
)


@given(STEPS, st.sampled_from(["", *sorted(CONNECT_REASONS)]))
def test_at_most_one_place_is_shown(steps: list[Step], reason: str) -> None:
    """Whatever was recorded; all other steps are there, in their order."""
    found = _one_place(steps, Told("Not so", "", (), reason))

    assert sum(step.tone == "error" for step in found) <= 1
    kept = [step for step in steps if step.name != "failed"]
    assert [step.time for step in found if step.name != "failed"] == [step.time for step in kept]
    assert sum(step.name == "failed" for step in found) <= 1

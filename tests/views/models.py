"""Models for the static drawings: a whole login, hostile words, three parties."""

from __future__ import annotations

from typing import Any

HOSTILE = (
    "<img src=x onerror=alert(1)> </script> ]]> &amp; \u202egnp.exe \x00\x07 $\\href{x}{y}$ "
    "\u2067\ufffe\u200b Z" + "\u0351" * 30 + " \U0001f339 世界 " + "long " * 4000
)


def step(title: str, source: int = -1, target: int = -1, **more: Any) -> dict[str, Any]:
    """Return a step with words of ordinary length."""
    return {
        "title": title,
        "sentence": "The client sends its name and a fresh random number. The password is not "
        "sent, now or later.",
        "section": "RFC 6120 §6.4.2, RFC 5802 §3",
        "detail": f"<{title.lower()} xmlns='urn:example:x' mechanism='SCRAM-SHA-256'>…",
        "source": source,
        "target": target,
        "time": 0.0123,
        "duration": 0.4,
        **more,
    }


def login() -> dict[str, Any]:
    """Return a login with every kind of thing that a ladder can show."""
    return {
        "title": "The login of romeo",
        "subtitle": "romeo@capulet.example/garden · TLSv1.3 · SCRAM-SHA-256",
        "parties": [
            {"label": "romeo", "detail": "this side"},
            {"label": "capulet.example", "detail": "the other side"},
        ],
        "steps": [
            step("Connected", detail="127.0.0.1 port 5222"),
            *[step(f"Step {number}", number % 2, 1 - number % 2) for number in range(18)],
            step("Login refused", 1, 0, tone="error"),
            step("A title that is too long to stand beside its section", 0, 1),
            step("Lost", tone="error", detail=""),
        ],
        "bands": [
            {"label": "TCP", "detail": "readable to everyone", "colour": "plain", "start": 0},
            {"label": "TLS", "detail": "TLSv1.3 " * 20, "colour": "tls", "start": 5, "end": 21},
            {"label": "authenticated", "colour": "authenticated", "start": 9, "end": 21},
            {"label": "ready", "colour": "ready", "start": 14, "end": 21},
        ],
        "restarts": [
            {"before": 6, "title": "the stream restarts", "reason": "It is encrypted now."},
            {"before": 10, "reason": "The server knows the user now and may offer more. " * 3},
        ],
        "notes": ["The kernel was busy for 1.8 s: times around it are upper bounds."],
    }


def hostile() -> dict[str, Any]:
    """Return a login in which every text is hostile."""
    model = login()
    for one in [model, *model["parties"], *model["steps"], *model["bands"], *model["restarts"]]:
        for key, value in one.items():
            if isinstance(value, str) and key not in ("colour", "tone"):
                one[key] = HOSTILE
    model["notes"] = [HOSTILE] * 50
    model["steps"][3]["time"] = HOSTILE
    return model


def three_parties() -> dict[str, Any]:
    """Return presence going from one client by the server to another."""
    return {
        "title": "Who may see whom",
        "parties": [
            {"label": "romeo"},
            {"label": "capulet.example"},
            {"label": "juliet", "detail": "juliet@capulet.example/a-long-resource-of-hers"},
        ],
        "steps": [
            step("Request", 0, 1, detail="<presence type='subscribe'>"),
            step("Delivered", 1, 2, detail="<presence type='subscribe'>"),
            step("She thinks", 2, 2, detail=""),
            step("Approved", 2, 0, detail="<presence type='subscribed'>"),
        ],
        "bands": [{"label": "", "colour": "tls", "start": 1, "end": 3, "left": 1, "right": 2}],
    }


def card(**more: Any) -> dict[str, Any]:
    """Return a session with a login below it."""
    return {
        "name": "romeo",
        "address": "romeo@capulet.example/garden",
        "server": "127.0.0.1:5222",
        "state": "ready",
        "phase": "ready",
        "tls": "TLSv1.3 TLS_AES_256_GCM_SHA384",
        "mechanism": "SCRAM-SHA-256",
        "stanzas_out": 12,
        "stanzas_in": 31,
        "bytes_out": 999,
        "bytes_in": 12_345_678,
        "unanswered": 1,
        "findings": 0,
        "warnings": ["kernel was busy 1.8 s: use await asyncio.sleep"],
        "ladder": login(),
        **more,
    }


def _state(side: str, name: str, before: str, state: str, **more: Any) -> dict[str, Any]:
    colours = {"To": "authenticated", "From": "authenticated", "Both": "tls", "None": "plain"}
    colour = "ready" if "+" in state else colours.get(state, "plain")
    told = {"side": side, "name": name, "before": before, "state": state, "who": ""}
    return {**told, "colour": colour, **more}


def handshake() -> dict[str, Any]:
    """Return a subscription by a server, with the states of both at the margins."""

    def left(before: str, state: str) -> list[dict[str, Any]]:
        return [_state("left", "juliet to romeo", before, state)]

    def right(before: str, state: str) -> list[dict[str, Any]]:
        return [_state("right", "romeo to juliet", before, state)]

    push, ask = "push: none+ask", "<presence type='subscribe'/>"
    return {
        "title": "Presence between juliet and romeo",
        "parties": [
            {"label": "juliet", "detail": "balcony"},
            {"label": "capulet.example", "detail": "server"},
            {"label": "romeo", "detail": "orchard"},
        ],
        "steps": [
            step("Roster", 1, 0, states=[*left("", "unknown"), *right("", "unknown")]),
            step("Request", 0, 1, detail=ask, short="subscribe", states=left("unknown", "None")),
            step("Request on", 1, 2, states=left("None", "None+PO")),
            step("Push", 1, 0, detail=push, short="push none+ask", states=right("unknown", "None")),
            step("Request in", 1, 2, states=right("None", "None+PO+PI")),
            step("Approved", 2, 1, short="unsubscribed", states=left("None+PO", "Both")),
            step("Approved in", 1, 2, states=right("None+PO+PI", "To")),
        ],
        "margins": {"left": "juliet to romeo", "right": "romeo to juliet"},
        "rails": True,
        "legend": ["PO: a request of the user is out. " * 4],
    }


def crowd(count: int) -> dict[str, Any]:
    """Return presence among so many parties, with the states of each pair where it moves."""
    names = ["juliet", "capulet.example", *(f"guest {number}" for number in range(count - 2))]
    last = count - 1
    both = [
        _state("left", "juliet to guest", "None", "None+PO+PI?", who="juliet to mercutio"),
        _state("right", "guest to juliet", "None", "Both", who="mercutio to juliet"),
    ]
    return {
        "title": "Presence of many",
        "parties": [{"label": name, "detail": "a-long-resource-of-theirs"} for name in names],
        "steps": [
            step("Subscription asked for", 0, 1, short="unsubscribed", states=both),
            step("A request arrives", 1, last, short="unsubscribed", states=both),
            step("Roster push", 1, 0, short="push none+ask", states=both[:1]),
            step("Presence", last, 1, short="unavailable"),
        ],
        "margins": {"left": "state", "right": "state"},
    }

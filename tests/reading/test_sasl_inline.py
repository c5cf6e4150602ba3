"""What rides along in SASL2: named by the catalogue, secret by the table of redaction."""

from __future__ import annotations

from xmppexplore.catalogue.lookup import definitions
from xmppexplore.names import FAST, SASL2, qualified
from xmppexplore.reading.sasl_inline import MAX_FIELDS, inline_fields
from xmppexplore.wire.element import parse

SCRAM_UPGRADE = "urn:xmpp:scram-upgrade:0"  # XEP-0480


def test_each_field_says_what_the_catalogue_says() -> None:
    """One definition serves here too, with its section, and the parent tells which it is."""
    fields = inline_fields(
        parse(
            f"<authenticate xmlns='{SASL2}' mechanism='HT-SHA-256-NONE'>"
            f"<fast xmlns='{FAST}' count='3'/></authenticate>"
        )
    )
    used = next(one for one in definitions(qualified(FAST, "fast")) if "count" in one.attributes)

    assert [(one.name, one.value) for one in fields] == [("fast", ""), ("fast@count", "3")]
    assert fields[0].says == used.says
    assert fields[0].section == f"XEP-0484 §{used.section}"
    assert fields[1].says == used.attributes["count"].says


def test_an_upgrade_of_the_password_is_secret() -> None:
    """The salted password is as good as the password (XEP-0480 §3)."""
    fields = inline_fields(
        parse(
            f"<next xmlns='{SASL2}' task='UPGR-SCRAM-SHA-512'><task-data>"
            f"<salt xmlns='{SCRAM_UPGRADE}' iterations='4096'>c2FsdA==</salt>"
            f"<hash xmlns='{SCRAM_UPGRADE}'>aGFzaA==</hash></task-data></next>"
        )
    )
    found = {one.name: one for one in fields}

    assert found["@task"].value == "UPGR-SCRAM-SHA-512"
    assert not found["@task"].secret
    assert (found["hash"].value, found["hash"].secret) == ("aGFzaA==", True)
    assert (found["salt"].secret, found["salt@iterations"].secret) == (True, True)


def test_a_token_is_secret_and_its_end_is_not() -> None:
    """What logs in is covered, and only that."""
    fields = inline_fields(
        parse(
            f"<success xmlns='{SASL2}'>"
            f"<token xmlns='{FAST}' token='t' expiry='2030-01-01T00:00:00Z'/></success>"
        )
    )
    found = {one.name: one.secret for one in fields}

    assert found["token@token"]
    assert not found["token@expiry"]


def test_what_is_unknown_is_named_and_said_to_be() -> None:
    """An inline feature of somebody's own is not explained, and not passed over."""
    (field,) = inline_fields(
        parse(f"<authenticate xmlns='{SASL2}'><mine xmlns='urn:example:own'/></authenticate>")
    )

    assert (field.name, field.says) == ("mine", "Is an inline feature that is not known here.")


def test_many_are_cut_off() -> None:
    """Whoever sends thousands does not decide how much is kept."""
    inside = "<mine xmlns='urn:example:own'/>" * (5 * MAX_FIELDS)

    assert len(inline_fields(parse(f"<success xmlns='{SASL2}'>{inside}</success>"))) == MAX_FIELDS

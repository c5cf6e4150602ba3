"""From text to script: forgiving in form, exact in errors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppexplore.errors import UsageError
from xmppexplore.sandbox.plays.reading import MAX_BYTES, read_play
from xmppexplore.sandbox.plays.script import Only, Step
from xmppexplore.sandbox.plays.sentences import SENTENCES

CAST = "Juliet is juliet@DOMAIN/balcony\nRomeo is romeo@DOMAIN\n"


def test_a_whole_play() -> None:
    """Headings, cast, acts, blocks, and where servers differ."""
    script = read_play(
        """
        # A comment.
        Title: A request
        Source: RFC 6121 §3.1, XEP-0199
        Needs: Register, carbons
        Not on Prosody, because it cannot.
        Juliet is juliet@DOMAIN/the balcony
        Nurse is nurse@DOMAIN
        Nurse has no account
        Romeo is Romeo@DOMAIN
        Juliet is subscribed to Romeo
        Juliet and Nurse are subscribed to each other

        JULIET   connects  # why not
        juliet sends:
            <a>
              <b/>
            </a>
            # between
            <c/>
        Romeo receives: <a>
            <b/></a>
        Except on ejabberd or sandbox, because it is so:
            Romeo receives nothing
            Romeo waits 1 s
        Only on sandbox, because of this:
            Romeo sends raw:
                <a
                  # kept

        Romeo disconnects
        """
    )
    assert (script.title, script.sources) == ("A request", ("RFC 6121 §3.1", "XEP-0199"))
    assert script.needs == ("register", "carbons")
    assert script.refusals == {"prosody": "it cannot."}
    assert script.cast["Juliet"].resource == "the balcony"
    assert not script.cast["Nurse"].registered
    assert script.cast["Romeo"].local == "romeo"
    assert script.subscriptions == (("Juliet", "Romeo"), ("Juliet", "Nurse"), ("Nurse", "Juliet"))
    verbs = [turn.act.verb if isinstance(turn, Step) else "only" for turn in script.turns]
    assert verbs == ["connect", "send", "receive", "only", "disconnect"]
    _, sends, receives, only, _ = script.turns
    assert isinstance(sends, Step)
    assert isinstance(receives, Step)
    assert isinstance(only, Only)
    assert [part.text for part in sends.act.parts] == ["<a><b/></a>", "<c/>"]
    assert [part.text for part in receives.act.parts] == ["<a><b/></a>"]
    (unless,) = receives.unless
    assert (unless.servers, unless.reason) == ({"ejabberd", "sandbox"}, "it is so")
    assert [step.act.verb for step in unless.acts] == ["receive nothing", "wait"]
    assert only.acts[0].act.raw == "<a\n  # kept"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: nobody plays"),
        ("Juliet connects", "line 1: 'Juliet' is not in the cast"),
        (CAST + "Juliet recieves nothing", "line 3: .* did you mean 'receives nothing'"),
        (CAST + "Romoe connects", "line 3: 'Romoe' is not in the cast"),
        (CAST + "Juliet sends:\nJuliet connects", "line 3: what is meant stands behind the colon"),
        (CAST + "Juliet sends:\n\n  <a>", "line 5: <a> begins here and is never closed"),
        (CAST + "<a/>", "line 3: XML follows a sentence"),
        (CAST + "Juliet", "line 3: 'Juliet' is no sentence"),
        (CAST + "juliet is j@DOMAIN", "line 3: Juliet is in the cast already, since line 1"),
        (CAST + "Juliet connects\nRomeo has no account", "line 4: what is so before the play"),
        (CAST + "Juliet sends bytes: 3", "line 3: bytes are pairs"),
        (CAST + "Except on x, because y:\n  Juliet connects", "line 3: Except on follows the act"),
        (CAST + "Juliet connects\nExcept on x:\n  Juliet connects", "line 4: a reason is missing"),
        (CAST + "Juliet connects" + ' with "' * 100, "line 3: a sentence has at most 400"),
        (CAST + "Only on x, because y:\nJuliet connects", "line 3: acts stand below, indented"),
        (CAST + "Only on x, because y\n  Juliet connects", "line 3: a colon is missing"),
    ],
)
def test_an_error_names_line_and_cure(text, message) -> None:
    """What is wrong, where, and what would be right."""
    with pytest.raises(UsageError, match=message):
        read_play(text)


def test_a_text_without_end_is_refused() -> None:
    """Before anything is done with it."""
    with pytest.raises(UsageError, match="too long"):
        read_play("x" * (MAX_BYTES + 1))


LINES = st.sampled_from(
    [
        *(f"Juliet {sentence.example}" for sentence in SENTENCES),
        *("  <a>", "</a>", "  <b c='$x'/>", "# x", "", "Title: x", "Nobody connects"),
        *("Except on Prosody, because x:", "    Juliet connects", "Only on x, because y:"),
        *("Romeo has no account", "Juliet is subscribed to Romeo", "\t<c>", "Juliet sends: <d/>"),
    ]
)


@given(st.lists(LINES | st.text(max_size=30), max_size=12))
def test_any_text_is_a_play_or_is_refused_by_its_line(lines: list[str]) -> None:
    """Whatever is written, the answer is a script or one sentence."""
    said = ""
    try:
        script = read_play(CAST + "\n".join(lines))
    except UsageError as error:
        said = str(error)
    else:
        assert set(script.cast) >= {"Juliet", "Romeo"}
    assert said == "" or "line " in said


def test_a_name_that_is_not_in_the_cast_is_no_value_of_any_kind():
    """A play with a slip of the pen would pass else."""
    play = "Juliet is juliet@DOMAIN\nJuliet connects\nJuliet receives:\n    <message to='$Julia'/>"

    with pytest.raises(UsageError, match=r"line 4.*Julia.*not in the cast"):
        read_play(play)
    assert read_play(play.replace("$Julia", "$$Julia")).turns
    assert read_play(play.replace("$Julia", "$someone")).turns

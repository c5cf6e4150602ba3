"""The person's copy of the lessons: made once, added to, never overwritten."""

from __future__ import annotations

import json
import os
import socket
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppexplore.api import lab
from xmppexplore.api.lab import copy_lessons, lab_arguments, lessons_folder
from xmppexplore.errors import UsageError


@pytest.fixture
def source(tmp_path):
    """A folder with two lessons, a picture, and what must not be copied."""
    folder = tmp_path / "source"
    (folder / "pictures").mkdir(parents=True)
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / "01_first_light.ipynb").write_text("one")
    (folder / "02_addresses.ipynb").write_text("two")
    (folder / "pictures" / "a.svg").write_text("<svg/>")
    (folder / "README.md").write_text("an index")
    (folder / ".ipynb_checkpoints" / "01_first_light-checkpoint.ipynb").write_text("old")
    return folder


def listing(folder):
    """Return path -> text of what a person sees in a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }


def test_the_first_time_everything_is_copied(source, tmp_path):
    """Lessons and what belongs to them, without checkpoints."""
    copied = copy_lessons(tmp_path / "a" / "mine", source)

    assert copied.added == ("01_first_light.ipynb", "02_addresses.ipynb", "pictures/a.svg")
    assert listing(tmp_path / "a" / "mine") == {
        "01_first_light.ipynb": "one",
        "02_addresses.ipynb": "two",
        "pictures/a.svg": "<svg/>",
    }


def test_what_the_person_wrote_stays(source, tmp_path):
    """A changed copy is left as it is, and nothing is put beside it without a new lesson."""
    copy_lessons(tmp_path / "mine", source)
    (tmp_path / "mine" / "01_first_light.ipynb").write_text("my own work")

    again = copy_lessons(tmp_path / "mine", source)

    assert (again.added, again.renewed) == ((), ())
    assert listing(tmp_path / "mine")["01_first_light.ipynb"] == "my own work"


def test_a_lesson_that_changed_is_put_beside_once(source, tmp_path):
    """The new text arrives as NAME.new.ipynb, once; the old stays."""
    mine = tmp_path / "mine"
    copy_lessons(mine, source)
    (mine / "01_first_light.ipynb").write_text("my own work")
    (source / "01_first_light.ipynb").write_text("better")

    first, second = copy_lessons(mine, source), copy_lessons(mine, source)

    assert (first.renewed, second.renewed) == (("01_first_light.new.ipynb",), ())
    assert listing(mine)["01_first_light.ipynb"] == "my own work"
    assert listing(mine)["01_first_light.new.ipynb"] == "better"


def test_a_second_change_takes_the_next_free_name(source, tmp_path):
    """Not even a file that was put beside is overwritten: work may be in it."""
    mine = tmp_path / "mine"
    copy_lessons(mine, source)
    for text in ("better", "best"):
        (source / "01_first_light.ipynb").write_text(text)
        copy_lessons(mine, source)

    assert listing(mine)["01_first_light.new.ipynb"] == "better"
    assert listing(mine)["01_first_light.new2.ipynb"] == "best"


def test_a_deleted_lesson_comes_back_and_a_new_one_is_added(source, tmp_path):
    """The folder can be tidied up; a missing lesson is copied again."""
    mine = tmp_path / "mine"
    copy_lessons(mine, source)
    (mine / "02_addresses.ipynb").unlink()
    (source / "03_xml.ipynb").write_text("three")

    copied = copy_lessons(mine, source)

    assert copied.added == ("02_addresses.ipynb", "03_xml.ipynb")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"01_first_light.ipynb": 1}', "\udcff"])
def test_a_damaged_memory_costs_no_work(source, tmp_path, content):
    """Whatever stands in the memory, no file of the person's changes."""
    mine = tmp_path / "mine"
    copy_lessons(mine, source)
    (mine / "01_first_light.ipynb").write_text("my own work")
    (mine / ".xmppexplore-lessons.json").write_bytes(content.encode("utf-8", "surrogateescape"))

    copy_lessons(mine, source)

    assert listing(mine)["01_first_light.ipynb"] == "my own work"
    json.loads((mine / ".xmppexplore-lessons.json").read_text())


@given(
    st.lists(
        st.tuples(st.sampled_from(["ship", "write", "delete", "copy"]), st.integers(0, 2)),
        max_size=12,
    )
)
def test_no_byte_of_the_person_is_ever_lost(tmp_path_factory, acts):
    """Whatever happens in whatever order, each file holds what the person put there last."""
    folder = tmp_path_factory.mktemp("law")
    source, mine = folder / "source", folder / "mine"
    source.mkdir()
    (source / "lesson.ipynb").write_text("0")
    written: dict[str, str] = {}
    for act, number in acts:
        if act == "ship":
            (source / "lesson.ipynb").write_text(str(number))
        elif act == "copy":
            copy_lessons(mine, source)
        else:
            name = ["lesson.ipynb", "lesson.new.ipynb", "lesson.new2.ipynb"][number]
            if (mine / name).exists():
                if act == "write":
                    written[name] = f"work {len(written)}"
                    (mine / name).write_text(written[name])
                else:
                    (mine / name).unlink()
                    written.pop(name, None)

    found = listing(mine) if mine.exists() else {}
    assert written.items() <= found.items()


def test_what_stands_under_our_names_is_not_written_into(source, tmp_path):
    """A link leads to somebody's file, a pipe to nobody: neither is followed or waited for."""
    diary = tmp_path / "diary"
    diary.write_text("dear diary")
    linked, piped = tmp_path / "linked", tmp_path / "piped"
    for folder in (linked, piped):
        folder.mkdir()
    (linked / lab._MEMORY).symlink_to(diary)
    os.mkfifo(piped / lab._MEMORY)
    for folder in (linked, piped):
        copy_lessons(folder, source)
        assert json.loads((folder / lab._MEMORY).read_text())
    assert diary.read_text() == "dear diary"

    name = copy_lessons(piped, source).kept[0]
    (piped / name).unlink()
    os.mkfifo(piped / name)
    (piped / lab._MEMORY).write_text(json.dumps({name: "changed since"}))
    assert name in copy_lessons(piped, source).kept


def test_a_folder_that_cannot_be_written_is_a_clear_error(source, tmp_path):
    """The message names the folder and the option that chooses another."""
    blocker = tmp_path / "file"
    blocker.write_text("")

    with pytest.raises(UsageError, match="--directory") as caught:
        copy_lessons(blocker / "mine", source)

    assert str(blocker / "mine") in str(caught.value)


def test_a_lesson_from_a_read_only_installation_can_be_saved(source, tmp_path):
    """System-wide installations are read-only; the person's copy is not."""
    (source / "01_first_light.ipynb").chmod(0o444)

    copy_lessons(tmp_path / "mine", source)

    mode = (tmp_path / "mine" / "01_first_light.ipynb").stat().st_mode
    assert mode & stat.S_IWUSR


def test_the_lessons_are_found_from_here():
    """The installation under test has its lessons."""
    assert lessons_folder().name == "notebooks"


def test_an_installation_without_lessons_says_so(monkeypatch, tmp_path):
    """The message has the command that mends it."""
    monkeypatch.setattr(lab, "_PACKAGE", tmp_path / "nowhere" / "xmppexplore")

    with pytest.raises(UsageError, match="pip install"):
        lessons_folder()


def test_jupyterlab_opens_on_lesson_1_without_news(source, tmp_path):
    """No question asked, no request made; and only the port that was asked for."""
    copy_lessons(tmp_path, source)

    arguments = lab_arguments(tmp_path, browser=False, port=9000)

    assert "--LabApp.default_url=/lab/tree/01_first_light.ipynb" in arguments
    assert "--LabApp.news_url=None" in arguments
    assert {"--no-browser", "--ServerApp.port=9000", "--ServerApp.port_retries=0"} <= set(arguments)
    assert ("--allow-root" in arguments) == (os.geteuid() == 0)


def test_without_a_lesson_jupyterlab_opens_on_the_folder(tmp_path):
    """There is nothing to open that is not there."""
    arguments = lab_arguments(tmp_path, browser=True, port=None)

    assert not [argument for argument in arguments if "default_url" in argument]
    assert not [argument for argument in arguments if "port" in argument]


def test_a_port_that_is_taken_is_named_before_anything_starts(tmp_path):
    """Jupyter itself would take the next port without a word."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(UsageError, match="--port") as caught:
            lab.open_lab(tmp_path, browser=False, port=port)

    assert str(port) in str(caught.value)


def test_the_settings_are_where_jupyter_looks():
    """JupyterLab layers this file over its defaults; a setting of the person's own wins."""
    path = lab._SETTINGS / "labconfig" / "default_setting_overrides.json"

    settings = json.loads(path.read_text("utf-8"))

    assert settings["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"

"""One list of the configuration file is changed; comments, order and everything else stay."""

from __future__ import annotations

import stat
import tomllib

import pytest

from microblog_core.config_editing import NotEdited, with_list, write_whole

PLUGINS = ("plugins",)


@pytest.mark.parametrize(
    ("before", "values", "after"),
    [
        ("", ["a"], '[plugins]\ndisabled = ["a"]\n'),
        ("[server]\nport = 1", ["a"], '[server]\nport = 1\n\n[plugins]\ndisabled = ["a"]\n'),
        ("[plugins]\n", ["a"], '[plugins]\ndisabled = ["a"]\n'),
        ("[plugins]", ["a"], '[plugins]\ndisabled = ["a"]\n'),
        (
            "[plugins]\n# disabled = []  # names\n# required = []\n",
            ["a"],
            '[plugins]\n# disabled = []  # names\ndisabled = ["a"]\n# required = []\n',
        ),
        (
            '# first\n[plugins] # these\nrequired = ["z"]\ndisabled = ["a"]  # not yet\n\n[server]\n',
            ["a", "b"],
            '# first\n[plugins] # these\nrequired = ["z"]\ndisabled = ["a", "b"]  # not yet\n\n[server]\n',
        ),
        ('[plugins]\r\ndisabled = ["a"]\r\n', [], "[plugins]\r\ndisabled = []\r\n"),
        (
            '[plugins]\ndisabled = [\n  "a",  # too slow\n  # later:\n  "b"\n]\n',
            ["a", "b", "c"],
            '[plugins]\ndisabled = [\n  "a",  # too slow\n  # later:\n  "b",\n  "c",\n]\n',
        ),
        (
            '[plugins]\ndisabled = [\n  "a",  # too slow\n  "b",  # too loud\n]\n',
            ["b"],
            '[plugins]\ndisabled = [\n  "b",  # too loud\n]\n',
        ),
        (
            '[plugins.email]\nhost = "x"\n',
            ["a"],
            '[plugins.email]\nhost = "x"\n\n[plugins]\ndisabled = ["a"]\n',
        ),
        (
            "[plugins]\n[sites.main]\nplugins.time_budget = 3.0\n",
            ["a"],
            '[plugins]\ndisabled = ["a"]\n[sites.main]\nplugins.time_budget = 3.0\n',
        ),
        (
            '[server]\nnote = """\n[plugins]\ndisabled = []\n"""\n[plugins]\ndisabled = []\n',
            ["a"],
            None,
        ),
    ],
)
def test_the_list_is_changed_and_nothing_else(before, values, after):
    if after is None:
        with pytest.raises(NotEdited):
            with_list(before, PLUGINS, "disabled", values)
        return
    assert with_list(before, PLUGINS, "disabled", values) == after
    assert tomllib.loads(after)["plugins"]["disabled"] == values


def test_a_site_gets_a_table_of_its_own():
    text = with_list('[plugins]\ndisabled = ["a"]\n', ("sites", "main", "plugins"), "disabled", ["b"])
    assert text == '[plugins]\ndisabled = ["a"]\n\n[sites.main.plugins]\ndisabled = ["b"]\n'


def test_what_is_said_already_changes_nothing():
    text = "plugins = { disabled = ['a'] } # odd\n"
    assert with_list(text, PLUGINS, "disabled", ["a"]) is text


@pytest.mark.parametrize(
    "text",
    [
        'plugins = { disabled = ["a"] }\n',
        'plugins.disabled = ["a"]\n',
        "plugins = 5\n",
    ],
)
def test_what_is_not_safe_is_left_alone_and_the_line_to_write_is_told(text):
    with pytest.raises(NotEdited) as refused:
        with_list(text, PLUGINS, "disabled", ["c"])
    assert refused.value.hint == 'Write it yourself, below [plugins]: disabled = ["c"]'


def test_a_file_is_replaced_whole_and_keeps_its_rights(tmp_path):
    file = tmp_path / "folder/microblog.toml"
    write_whole(file, "one\r\n")
    file.chmod(0o640)
    link = tmp_path / "link.toml"
    link.symlink_to(file)
    write_whole(link, "two\r\n")
    assert file.read_bytes() == b"two\r\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert link.is_symlink()
    assert [path.name for path in file.parent.iterdir()] == ["microblog.toml"]

"""Catalogues that plugins bring: what can be used, and everything that can be wrong with one."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest

from microblog_core.domain.errors import PluginError
from microblog_core.plugins import translations
from microblog_core.plugins.translations import catalogue_files, problems_of, read_catalogue

HEADER = "Content-Type: text/plain; charset=utf-8\nPlural-Forms: nplurals=2; plural=n != 1;\n"


def compiled(messages, header=HEADER):
    """A catalogue as the GNU tools compile it."""
    pairs = sorted((key.encode(), text.encode()) for key, text in {"": header, **messages}.items())
    texts = [key for key, _ in pairs] + [text for _, text in pairs]
    at, index, body = 28 + 16 * len(pairs), b"", b""
    for text in texts:
        index += struct.pack("<II", len(text), at + len(body))
        body += text + b"\0"
    return struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0) + index + body


def put(folder, locale, data):
    path = folder / locale / "LC_MESSAGES" / "microblog.mo"
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    return path


def test_a_catalogue_translates_with_its_values_and_its_plural_forms(tmp_path):
    said = {"Hello %(name)s": "Hallo %(name)s", "Use {0}.": "Nimm {0}.", "one\0many": "eins\0viele"}
    catalogue = read_catalogue(put(tmp_path, "de", compiled(said)))
    assert catalogue.gettext("Hello %(name)s") == "Hallo %(name)s"
    assert [catalogue.ngettext("one", "many", number) for number in (1, 5)] == ["eins", "viele"]
    assert catalogue.messages == {"Hello %(name)s": "Hallo %(name)s", "Use {0}.": "Nimm {0}."}
    assert list(catalogue_files(tmp_path)) == ["de"]
    assert problems_of(tmp_path) == {}


def plural(rule):
    return HEADER.replace("n != 1", rule)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "error"),
        (b"msgid 'this is a .po'", "Bad magic number"),
        (compiled({"a": "b"})[:60], "File is corrupt"),
        (compiled({"a": "b"}, HEADER.replace("utf-8", "utf-0")), "unknown encoding"),
        (compiled({"a": "b"}).replace(b"\0b\0", b"\0\xff\0"), "can't decode"),
        (compiled({"a": "b"}, plural("n +")), "plural"),
        (compiled({"a": "b"}, plural("1 / (n - 3)")), "ZeroDivisionError"),
        (compiled({"a": "b"}, plural("(" * 900 + "n")), "plural"),
        (compiled({"Hello %(name)s": "Hallo %(nam)s"}), "'Hello %(name)s' has other placeholders"),
        (compiled({"Hello %(name)s": "Hallo %(name)d"}), "other placeholders"),
        (compiled({"Hello %(name)s": "100 % %(name)s"}), "other placeholders"),
        (compiled({"Use {0}.": "Nimm {1}."}), "other placeholders"),
        (compiled({"Use {0}.": "Nimm {0.__class__}."}), "other placeholders"),
        (compiled({"Use {0}.": "Nimm {0}}."}), "other placeholders"),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else None,
)
def test_one_that_could_break_a_page_is_refused_with_its_path_and_the_reason(tmp_path, data, why):
    path = put(tmp_path, "de", data)
    put(tmp_path, "ar", compiled({"a": "b"}))
    with pytest.raises(PluginError, match="can't be used") as refused:
        read_catalogue(path)
    assert why in refused.value.message and str(path) in refused.value.message
    assert refused.value.hint
    assert list(problems_of(tmp_path)) == ["de"]


def test_a_plural_rule_that_fails_for_a_number_that_nobody_tried_takes_the_first_form(tmp_path):
    data = compiled({"one\0many": "eins\0viele"}, plural("n != 1 && 1 / (n - 5000) < 9"))
    catalogue = read_catalogue(put(tmp_path, "de", data))
    assert catalogue.ngettext("one", "many", 5000) == "eins"


def test_one_that_is_too_large_or_no_file_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(translations, "LARGEST", 100)
    with pytest.raises(PluginError, match="more than 100 bytes"):
        read_catalogue(put(tmp_path, "de", compiled({"a": "b" * 100})))
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(PluginError, match="no file"):
        read_catalogue(pipe)


@pytest.mark.parametrize("folder", [Path("nowhere"), Path(__file__)])
def test_a_folder_without_catalogues_is_a_problem(folder):
    problem = problems_of(folder)[""]
    assert "no translations" in problem.message and "packaged" in problem.hint

from __future__ import annotations


def test_blocks_are_added_listed_and_lifted(microblog):
    microblog("users", "create", "ada", "--email", "ada@example.org", "--password", "correct horse")
    assert "Nothing is blocked" in microblog("mail-blocks", "list").output
    added = microblog("mail-blocks", "add", "*.Spam.example", "--note", "robots")
    assert added.exit_code == 0 and "spam.example" in added.output
    assert microblog("mail-blocks", "add", "spam.example").exit_code == 1
    listed = microblog("mail-blocks", "list").output
    assert "spam.example" in listed and "robots" in listed
    assert microblog("mail-blocks", "remove", "spam.example").exit_code == 0
    gone = microblog("mail-blocks", "remove", "spam.example")
    assert gone.exit_code == 1 and "is not blocked" in gone.stderr
    wrong = microblog("mail-blocks", "add", "no domain")
    assert wrong.exit_code == 1

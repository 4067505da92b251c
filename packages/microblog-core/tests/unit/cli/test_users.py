from __future__ import annotations

import json

import pytest

OPTIONS = ("--email", "ada@example.org", "--password", "correct horse")


@pytest.fixture
def listed(microblog):
    def rows():
        result = microblog("users", "list", "--json")
        assert result.exit_code == 0, result.stderr
        return [json.loads(line) for line in result.output.splitlines()]

    return rows


def test_create_takes_everything_as_options_and_makes_an_embedded_site_by_itself(microblog, listed):
    result = microblog(
        "users", "create", "ada", *OPTIONS, "--role", "owner", "--display-name", "Ada Lovelace"
    )
    assert result.exit_code == 0, result.stderr
    (row,) = listed()
    assert (row["username"], row["role"], row["display_name"], row["state"]) == (
        "ada",
        "owner",
        "Ada Lovelace",
        "active",
    )


def test_a_value_that_is_missing_where_nobody_can_be_asked_names_its_option(microblog):
    result = microblog("users", "create", "ada", "--email", "ada@example.org")
    assert result.exit_code == 1
    assert "--password" in result.stderr


def test_a_name_that_is_taken_or_wrong_says_what_to_mend(microblog, migrated):
    microblog("users", "create", "ada", *OPTIONS)
    taken = microblog("users", "create", "Ada", "--email", "b@example.org", "--password", "correct horse")
    assert taken.exit_code == 1
    assert "taken" in taken.stderr
    wrong = microblog("users", "create", "a b", "--email", "b@example.org", "--password", "correct horse")
    assert wrong.exit_code == 1
    assert "letters" in wrong.stderr


def test_disable_and_enable_change_the_state(microblog, listed, migrated):
    microblog("users", "create", "ada", *OPTIONS)
    assert microblog("users", "disable", "ada").exit_code == 0
    assert listed()[0]["state"] == "disabled"
    assert microblog("users", "enable", "@Ada").exit_code == 0
    assert listed()[0]["state"] == "active"


def test_a_password_may_come_from_standard_input(microblog, migrated):
    microblog("users", "create", "ada", *OPTIONS)
    result = microblog("users", "set-password", "ada", "--password-file", "-", input="another horse\n")
    assert result.exit_code == 0, result.stderr
    assert "another horse" not in result.output


def test_somebody_who_is_not_there_is_named(microblog, migrated):
    microblog("users", "create", "ada", *OPTIONS)
    result = microblog("users", "disable", "nobody_here")
    assert result.exit_code == 1
    assert "nobody_here" in result.stderr


def test_options_of_the_data_folder_may_stand_after_the_command(microblog, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    assert microblog("users", "create", "ada", *OPTIONS, "--data", str(elsewhere)).exit_code == 0
    assert (elsewhere / "secret.key").exists()


def test_the_table_lists_people_in_columns_without_what_a_terminal_obeys(microblog, migrated):
    microblog("users", "create", "ada", *OPTIONS, "--display-name", "Ada 日本")
    result = microblog("users", "list")
    assert "ada" in result.output
    assert "Ada 日本" in result.output
    assert "\x1b[2J" not in result.output


def test_an_account_is_deleted_with_a_grace_or_at_once(microblog, listed, migrated):
    for name in ("ada", "bob"):
        microblog("users", "create", name, "--email", f"{name}@example.org", "--password", "correct horse")
    assert microblog("users", "delete", "ada", input="n\n").exit_code == 1
    hidden = microblog("users", "delete", "ada", "--yes")
    assert hidden.exit_code == 0 and "hidden" in hidden.output
    gone = microblog("users", "delete", "bob", "--yes", "--at-once")
    assert gone.exit_code == 0 and "is deleted" in gone.output
    assert {row["username"]: row["state"] for row in listed()} == {"ada": "leaving", "bob": "deleted"}
    again = microblog("users", "create", "bob", "--email", "b@example.org", "--password", "correct horse")
    assert again.exit_code == 1
    assert microblog("users", "delete", "ada", "--yes").exit_code == 1


def test_who_does_not_wait_is_not_approved(microblog, migrated):
    microblog("users", "create", "ada", *OPTIONS)
    for options in ((), ("--reject",)):
        answer = microblog("users", "approve", "ada", *options)
        assert answer.exit_code == 1 and "doesn't wait" in answer.stderr


def test_accounts_are_moderated_and_restored_with_a_reason(microblog, listed, migrated):
    assert microblog("users", "create", "ada", *OPTIONS).exit_code == 0
    assert "--reason" in microblog("users", "silence", "ada").stderr
    for command, state in (("silence", "silenced"), ("suspend", "suspended")):
        result = microblog("users", command, "ada", "--reason", "Spam")
        assert (result.exit_code, listed()[0]["state"]) == (0, state), result.stderr
    milder = microblog("users", "silence", "ada", "--reason", "Spam")
    assert milder.exit_code == 1 and "is so already" in milder.stderr
    assert microblog("users", "restore", "ada").exit_code == 0
    assert listed()[0]["state"] == "active"


def test_a_role_is_given_and_the_last_owner_keeps_theirs(microblog, listed, migrated):
    assert microblog("users", "create", "ada", *OPTIONS).exit_code == 0
    assert microblog("users", "role", "ada", "owner").exit_code == 0
    for command in (("role", "ada", "member"), ("disable", "ada"), ("suspend", "ada", "--reason", "x")):
        refused = microblog("users", *command)
        assert refused.exit_code == 1 and "only owner" in refused.stderr
    assert (listed()[0]["role"], listed()[0]["state"]) == ("owner", "active")

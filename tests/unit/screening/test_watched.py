"""An operator's own words: a file with its faults named, the same folding as every rule, a rule's name without the word."""

import stat
from pathlib import Path

import pytest

from forum.config import Settings
from forum.contacts import load_contacts
from forum.errors import ConfigError
from forum.moderation import watched
from forum.moderation.entries import Faults
from forum.moderation.policy import Policy
from forum.moderation.rules import LiveRules, faults_of, load_rules
from forum.moderation.screening import Draft, explain, screen, to_json

CONTACTS = load_contacts()
FILE = """
# ours
[[word]]
word = "月の雫"
action = "hold"
note = "春のちらし"
label = "solicitation_commerce"

# theirs
[[word]]
word = "みなと橋"
action = "publish"

[[word]]
word = "Blue Lantern"
action = "ask"

[[word]]
word = "赤い封筒"
action = "reject"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "watched.toml").write_text(FILE, encoding="utf-8")
    return tmp_path


@pytest.fixture
def rules(folder: Path) -> Policy:
    return load_rules(Settings(instance=folder), CONTACTS)


@pytest.mark.parametrize(
    ("text", "words", "action", "unchanged", "lane"),
    [
        ("ﾂｷのしずくと月ノ 雫", "月ノ 雫", "hold", "hold", 4),
        ("みなと橋まで歩いた", "みなと橋", "publish", "publish", 5),
        ("the ＢＬＵＥ lantern again", "ＢＬＵＥ lantern", "ask", "publish", 5),
        ("赤い○筒が来た", "赤い○筒", "reject", "reject", 5),
    ],
)
def test_each_word_is_found_exactly_and_has_its_action(
    text: str, words: str, action: str, unchanged: str, lane: int, rules: Policy
) -> None:
    verdict = screen(Draft(text), rules)
    (found,) = verdict.findings
    assert [text[start:end] for start, end in found.spans] == [words]
    assert (verdict.action, verdict.unchanged, verdict.lane) == (action, unchanged, lane)
    assert found.rule.startswith("watched:")


def test_the_rule_is_named_without_the_word_and_explained_with_the_note(rules: Policy) -> None:
    line = to_json("a", screen(Draft("月の雫です"), rules))
    assert line["labels"] == ["solicitation_commerce"]
    assert line["spans"] == [[0, 3, "solicitation_commerce"]]
    (read,) = explain(Draft("月の雫です"), rules)["findings"]
    assert read["note"] == "春のちらし"
    assert "月" not in read["rule"]


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ('action = "hold"', "word 1: word is missing"),
        ('word = "月の雫"', "word 1: action is missing"),
        ('word = "月の雫"\naction = "shred"', "action is one of publish, ask, hold, reject"),
        ('word = "月"\naction = "hold"', "a word has 2 to 40 letters"),
        ('word = "月の雫"\naction = "hold"\nlabel = "sad"', "label is one of"),
        ('word = "月の雫"\naction = "hold"\ncolour = "red"', "unknown key colour"),
        ('word = 3\naction = "hold"', "word is text"),
        (f'word = "月の雫"\naction = "hold"\nnote = "{"あ" * 301}"', "a note has 300 letters"),
        (
            'word = "月の雫"\naction = "hold"\n[[word]]\nword = "月ノ雫"\naction = "ask"',
            "stands in it already",
        ),
        ("word = [", "cannot be read"),
    ],
)
def test_every_fault_is_one_line_and_the_board_does_not_start_with_it(
    entry: str, says: str, tmp_path: Path
) -> None:
    (tmp_path / "watched.toml").write_text(f"[[word]]\n{entry}\n", encoding="utf-8")
    (line,) = faults_of(Settings(instance=tmp_path), CONTACTS)
    assert says in line
    assert line.startswith("watched.toml")
    assert "\n" not in line
    with pytest.raises(ConfigError):
        load_rules(Settings(instance=tmp_path), CONTACTS)


def test_several_faults_in_both_files_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "watched.toml").write_text(
        '[[word]]\nword = "あ"\naction = "hold"\n[[word]]\n', encoding="utf-8"
    )
    services = '[[service]]\nkind = "shop"\nnames = ["月の雫", "あ"]\n[[service]]\nkind = "club"\n[other]\n'
    (tmp_path / "services.toml").write_text(services, encoding="utf-8")
    (tmp_path / "policy.toml").write_text('[[row]]\nlabel = "sexy"\n', encoding="utf-8")
    told = "\n".join(faults_of(Settings(instance=tmp_path), CONTACTS))
    assert len(told.splitlines()) == 7
    for said in (
        "watched.toml: word 1: a word has",
        "watched.toml: word 2: word is missing",
        "services.toml: service 1: kind is one of",
        "services.toml: service 1: 'あ': a word has",
        "services.toml: service 2: names is a list of words",
        "services.toml: unknown key other",
        "policy.toml: row 1:",
    ):
        assert said in told


def test_words_are_added_below_and_taken_out_alone(folder: Path) -> None:
    path = folder / "watched.toml"
    watched.add(path, watched.watched_word('黒い"箱"\\', "ask", "改行\nのある"))
    assert path.read_text(encoding="utf-8").startswith(FILE.rstrip("\n"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert watched.remove(path, "ﾐﾅﾄ橋")
    left = watched.read_watch(path, Faults()).words
    assert [held.listed.word for held in left] == ["月の雫", "Blue Lantern", "赤い封筒", '黒い"箱"\\']
    assert "# ours" in path.read_text(encoding="utf-8")
    assert not watched.remove(path, "みなと橋")


def test_a_word_is_not_added_twice_nor_to_a_broken_file(folder: Path) -> None:
    path = folder / "watched.toml"
    with pytest.raises(ValueError, match="already"):
        watched.add(path, watched.watched_word("月ノ雫", "ask"))
    path.write_text("[[word", encoding="utf-8")
    with pytest.raises(ValueError, match="cannot be read"):
        watched.add(path, watched.watched_word("月の雫", "ask"))
    assert path.read_text(encoding="utf-8") == "[[word"


def test_a_running_board_takes_changes_up_and_lives_through_a_broken_file(tmp_path: Path) -> None:
    live = LiveRules(Settings(instance=tmp_path), CONTACTS)
    path = tmp_path / "watched.toml"

    def action() -> str:
        return screen(Draft("月の雫です"), live.policy()).action

    assert action() == "publish"
    first = live.policy()
    assert live.policy() is first  # looked at, not read again
    watched.add(path, watched.watched_word("月の雫", "hold"))
    assert action() == "hold"
    path.write_text("[[word", encoding="utf-8")
    assert action() == "hold"
    path.unlink()
    assert action() == "publish"
    (tmp_path / "services.toml").write_text(
        '[[service]]\nkind = "club"\nnames = ["月の雫"]\n', encoding="utf-8"
    )
    assert screen(Draft("月の雫です"), live.policy()).covered_in("body")


def test_an_own_policy_answers_single_cells_and_leaves_the_others(tmp_path: Path) -> None:
    row = '[[row]]\nlabel = "contact_exchange"\nseverity = 1\nnewcomer = true\naction = "hold"\nlane = 4\n'
    (tmp_path / "policy.toml").write_text(row, encoding="utf-8")
    rules, shipped = (
        load_rules(Settings(instance=tmp_path), CONTACTS),
        load_rules(Settings(tmp_path / "x"), CONTACTS),
    )
    changed = {cell for cell, found in rules.rows.items() if shipped.rows[cell] != found}
    assert changed == {("contact_exchange", "", 1, True)}
    assert screen(Draft("よかったら一度お会いしませんか"), rules).action == "hold"

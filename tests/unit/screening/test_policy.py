"""The table from finding to action refuses every hole, in one line an operator can act on."""

from collections.abc import Callable
from pathlib import Path

import pytest

from forum.contacts import load_contacts
from forum.errors import ConfigError
from forum.moderation.policy import ACTIONS, CELLS, PLACES, SHIPPED, known_from, load_policy

Change = Callable[[str], str]


def refusal(tmp_path: Path, change: Change) -> str:
    path = tmp_path / "policy.toml"
    path.write_text(change(SHIPPED.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load_policy(path)
    return str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('label = "sexual"', 'label = "sexy"', "unknown label sexy"),
        ('action = "hold"', 'action = "shred"', "unknown action shred"),
        ('unchanged = "hold"', 'unchanged = "maybe"', "unknown unchanged maybe"),
        ('panel = "c2"', 'panel = "c9"', "unknown panel c9"),
        ('sub = "suicide"', 'sub = "sadness"', "unknown sub sadness of crisis"),
        ('sub = "suicide"\n', "", "unknown sub (none) of crisis"),
        ("severity = 3", "severity = 7", "unknown severity 7"),
        ("lane = 1", "lane = 9", "unknown lane 9"),
        ("newcomer = true", "newcomer = 3", "newcomer is true or false"),
        ('action = "ask"\n', "", "action is missing"),
        ('unchanged = "publish"\n', "", "unchanged is missing"),
        (
            'action = "reject"',
            'action = "reject"\nunchanged = "hold"',
            "unchanged belongs to action ask only",
        ),
        ("lane = 2", "lane = 2\ncolour = 1", "unknown key colour"),
        ("newcomer = true\n", "", "already answered above"),
        ("newcomer = false", "newcomer = true", "already answered above"),
    ],
)
def test_a_bad_row_is_refused_in_one_line(old: str, new: str, says: str, tmp_path: Path) -> None:
    said = refusal(tmp_path, lambda text: text.replace(old, new, 1))
    assert says in said
    assert "\n" not in said
    assert said.startswith("policy.toml")


@pytest.mark.parametrize("cell", [f"{label}/{sub}" if sub else label for label, sub in CELLS])
def test_a_missing_row_is_named(cell: str, tmp_path: Path) -> None:
    label, _, sub = cell.partition("/")
    keep = [
        row
        for row in SHIPPED.read_text(encoding="utf-8").split("[[row]]")[1:]
        if not (f'label = "{label}"' in row and (not sub or f'sub = "{sub}"' in row))
    ]
    said = refusal(tmp_path, lambda text: "".join("[[row]]" + row for row in keep))
    assert f"no row for {cell} severity" in said


def test_a_row_for_newcomers_only_leaves_the_others_unanswered(tmp_path: Path) -> None:
    said = refusal(
        tmp_path, lambda text: text.replace("severity = 1\n", "severity = 1\nnewcomer = true\n", 1)
    )
    assert "no row for personal_info severity 1 (standing)" in said


@pytest.mark.parametrize(
    "content", ["[[row", "row = 3", "\udce4".encode("utf-8", "surrogateescape").decode("latin-1")]
)
def test_what_is_no_table_is_refused(content: str, tmp_path: Path) -> None:
    assert refusal(tmp_path, lambda text: content)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        load_policy(tmp_path / "nowhere.toml")


def test_the_shipped_table_answers_every_cell() -> None:
    policy = load_policy(None)
    assert len(policy.rows) == 2 * sum(map(len, (CELLS | PLACES).values()))
    assert all(row.action in ACTIONS and row.unchanged != "ask" for row in policy.rows.values())


def test_whatever_a_moderator_must_see_first_is_never_published_unchanged() -> None:
    rows = load_policy(None).rows
    must = [
        ("personal_info", 3),
        ("contact_exchange", 2),
        ("threat_or_abuse", 2),
        ("solicitation_commerce", 2),
    ]
    must += [("sexual", 2), ("minor", 1), ("minor", 2)]
    for (label, _, severity, _), row in rows.items():
        if (label, severity) in must:
            assert row.unchanged in ("hold", "reject")


def test_the_house_knows_the_numbers_and_pages_it_shows() -> None:
    known = known_from(load_contacts())
    assert {"0120279338", "0120783556", "0120279889"} <= known.numbers
    assert "talkme.jp" in known.hosts
    assert not any(host.startswith("www.") or "/" in host for host in known.hosts)

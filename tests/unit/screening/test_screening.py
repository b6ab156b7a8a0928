"""From findings to a verdict, and back to the writer's own letters."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forum.moderation.detectors.base import Finding
from forum.moderation.policy import CELLS, Policy, Row, load_policy
from forum.moderation.screening import Draft, explain, mask, screen, to_json, with_place

POLICY = load_policy(None)


def marked(body: str, policy: Policy, label: str) -> list[str]:
    findings = screen(Draft(body), policy).findings
    return [body[start:end] for found in findings if found.label == label for start, end in found.spans]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("番号は０８０－１２３４－５６７８です。", "０８０－１２３４－５６７８"),
        (
            "番号は ゼロキュウゼロ、いちにさんし、ごろくななはち です",
            "ゼロキュウゼロ、いちにさんし、ごろくななはち",
        ),
        ("0️⃣9️⃣0️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣ まで", "0️⃣9️⃣0️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣"),
        ("〇九〇、一二三四、五六七八。", "〇九〇、一二三四、五六七八"),
        ("感想は hana(あっと)mail.example(どっと)jp へ", "hana(あっと)mail.example(どっと)jp"),
        ("０\u200b９\u200b０１２３４５６７８です", "０\u200b９\u200b０１２３４５６７８"),
    ],
)
def test_a_number_is_marked_with_exactly_the_letters_it_is_written_in(
    body: str, words: str, policy: Policy
) -> None:
    assert words in marked(body, policy, "personal_info")


def test_an_account_name_is_marked_without_the_sentence_around_it(policy: Policy) -> None:
    assert "yoru_no_kumo88" in marked("LINEのIDは yoru_no_kumo88 です", policy, "contact_exchange")


def test_one_press_masks_what_was_marked_and_then_the_text_is_fine(policy: Policy) -> None:
    body = "番号は 090-1234-5678 です。夜なら話せます。"
    verdict = screen(Draft(body), policy)
    covered = mask(body, verdict.spans_in("body"))
    assert covered == "番号は 〇〇 です。夜なら話せます。"
    assert screen(Draft(covered), policy).action == "publish"


def test_an_identifier_is_asked_about_first_and_held_when_sent_unchanged(policy: Policy) -> None:
    verdict = screen(Draft("090-1234-5678 です"), policy)
    assert (verdict.action, verdict.unchanged, verdict.may_publish_unchanged) == ("ask", "hold", False)
    assert to_json("a", verdict)["action"] == "hold"


def test_asking_to_meet_is_asked_about_and_may_be_published_unchanged(policy: Policy) -> None:
    verdict = screen(Draft("よかったら一度お会いしませんか"), policy)
    assert (verdict.action, verdict.unchanged, verdict.lane) == ("ask", "publish", 4)
    assert to_json("a", verdict)["action"] == "ask"


def test_ones_own_name_may_be_published_unchanged_and_opens_a_case_about_identity(policy: Policy) -> None:
    verdict = screen(Draft("わたしは斎藤美智子と申します。六十三歳です"), policy)
    assert (verdict.action, verdict.unchanged, verdict.lane) == ("ask", "publish", 2)


def test_town_ages_and_trade_together_are_shown_part_by_part(policy: Policy) -> None:
    body = "大沢町で酒屋をしています。私は47歳、夫は52歳です。"
    verdict = screen(Draft(body), policy)
    combined = [found for found in verdict.findings if found.rule == "combination"]
    assert [body[start:end] for start, end in combined[0].spans] == ["大沢町", "酒屋", "47歳", "52歳"]
    assert (verdict.action, verdict.unchanged) == ("ask", "publish")


@pytest.mark.parametrize(
    "body", ["大沢町で酒屋をしています。", "私は47歳、夫は52歳です。酒屋です。", "隣町に住む47歳、看護師です"]
)
def test_two_small_things_alone_are_no_combination(body: str, policy: Policy) -> None:
    assert screen(Draft(body), policy).labels == ()


@pytest.mark.parametrize(
    "body",
    [
        "0120-279-338 に電話しました",
        "０１２０・２７９・３３８",
        "https://www.lifelink.or.jp/inochisos/ を見て",
    ],
)
def test_the_houses_own_helplines_are_no_secret(body: str, policy: Policy) -> None:
    assert screen(Draft(body), policy).labels == ()


def test_title_and_warning_are_read_as_well(policy: Policy) -> None:
    verdict = screen(Draft("読んでください", title="090-1234-5678", warning="LINE交換しませんか"), policy)
    assert {found.field for found in verdict.findings} == {"title", "warning"}
    assert verdict.spans_in("title") == ((0, 13),)


def test_a_quiet_text_has_an_empty_verdict(policy: Policy) -> None:
    verdict = screen(Draft("夫とは、もう何年も天気の話しかしていません。"), policy)
    assert (verdict.action, verdict.findings, verdict.panel, verdict.lane) == ("publish", (), "", None)


def test_the_line_of_the_command_has_the_letters_of_the_original(policy: Policy) -> None:
    body = "🌙 ここだけの話、080-1234-5678です"
    line = to_json("row", screen(Draft(body), policy))
    assert line["id"] == "row"
    assert [9, 22, "personal_info"] in line["spans"]


def test_explain_names_rule_words_and_row(policy: Policy) -> None:
    read = explain(Draft("ＴＥＬ：０９０－１２３４－５６７８"), policy)
    assert read["folded"]["body"]["digits"] == "tel:09012345678"
    phone = next(found for found in read["findings"] if found["rule"] == "phone")
    assert phone["words"] == ["０９０－１２３４－５６７８"]
    assert (phone["action"], phone["unchanged"]) == ("ask", "hold")


def test_a_mask_outside_the_text_is_refused() -> None:
    with pytest.raises(ValueError):
        mask("短い", [(1, 9)])


def test_overlapping_marks_become_one_mask() -> None:
    assert mask("あいうえお", [(0, 3), (2, 4)]) == "〇〇お"


LETTERS = st.text(
    alphabet=st.one_of(
        st.sampled_from(
            "死にたい会いませんか夫に殴られた090-ゼロ一〇LINEid@.☆○ー \n「」。、🌙\u200b\u3099\u20e3市町丁目"
        ),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=80,
)


@settings(max_examples=200, deadline=None)
@given(LETTERS)
def test_every_finding_has_a_row_and_marks_letters_of_the_text(body: str) -> None:
    verdict = screen(Draft(body), POLICY)
    for found in verdict.findings:
        assert found.severity in CELLS[found.label, found.sub]
        assert found.field == "body"
        assert found.spans == tuple(sorted(found.spans))
        assert all(0 <= start < end <= len(body) for start, end in found.spans)
    mask(body, verdict.spans_in("body"))


def test_a_finding_without_a_row_is_a_fault_and_not_a_guess() -> None:
    with pytest.raises(KeyError):
        POLICY.row_for(Finding("crisis", "suicide", 9, "body", (), "x"), newcomer=True)


HELD_BY_PLACE = Row("hold", "hold", "", 5)


@pytest.mark.parametrize(
    ("body", "at_once", "unchanged", "lane"),
    [
        ("洗濯物が乾きません。", "hold", "hold", 5),
        ("よかったら一度お会いしませんか", "ask", "hold", 4),  # asked about first: nothing waits before
        ("番号は 090-1234-5678 です。", "ask", "hold", 2),
    ],
)
def test_a_place_that_holds_waits_for_the_answer_where_the_words_are_asked_about(
    body: str, at_once: str, unchanged: str, lane: int, policy: Policy
) -> None:
    found = Finding("care", "", 1, "body", (), "care")
    verdict = with_place(screen(Draft(body), policy), found, HELD_BY_PLACE)
    assert (verdict.action, verdict.unchanged, verdict.lane) == (at_once, unchanged, lane)
    assert verdict.findings[-1] == found
    assert "care" in verdict.rules_that("hold")

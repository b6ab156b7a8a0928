"""The model beside the rules: what it was fitted from, that it is small, quick and hostile-proof, and where it points."""

import json
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forum.moderation.detectors import likeness, rule_findings
from forum.moderation.detectors.views import views_of
from forum.moderation.policy import Policy, load_policy
from forum.moderation.screening import Draft, explain, screen
from forum.text import fold_words
from tests.corpora.rows import digest_of_rows

# Said without any word of a list; no row of the corpus has these sentences.
WITHOUT_A_LISTED_WORD = (
    ("personal_info", "波止ノ沢は小さな町で、診療所の受付をしています。"),
    ("crisis", "朝になるのが嫌で、ずっと暗いままでいてほしい。わたしだけ夜に残してほしい。もう十分です。"),
    (
        "threat_or_abuse",
        "よくもまあ、そんな恥ずかしい話を書けますね。あきれて物も言えません、ご主人がお気の毒。",
    ),
)


def bare(text: str, policy: Policy) -> dict[str, float]:
    views = views_of(text, policy.known)
    return likeness.scores_of(likeness.model(), likeness.text_of(views), ())


def test_the_shipped_numbers_come_from_the_rows_of_the_repository() -> None:
    """Whoever changes a row runs make fit in the same change."""
    assert likeness.model().about["rows"] == digest_of_rows()


def test_the_report_of_the_fit_lies_in_the_file() -> None:
    report = likeness.model().about["report"]
    assert isinstance(report, list)
    assert {line.split("  ")[0] for line in report} >= set(likeness.LABELS)


def test_no_letters_of_anybodys_text_are_in_the_file() -> None:
    head, _, numbers = likeness.SOURCE.read_bytes().partition(b"\n")
    assert head.isascii()
    assert set(json.loads(head)) == {
        "about",
        "bias",
        "features",
        "outputs",
        "rarity_scale",
        "rules",
        "scale",
        "thresholds",
    }
    assert len(numbers) < 1_500_000


def test_every_threshold_is_set() -> None:
    assert likeness.model().thresholds.keys() == {
        *likeness.OUTPUTS,
        *(f"sure {label}" for label in likeness.LABELS),
        *(f"calm {label}" for label in likeness.CALMED),
    }


def test_a_file_of_another_version_is_refused() -> None:
    head, _, numbers = likeness.SOURCE.read_bytes().partition(b"\n")
    told = json.loads(head)
    for broken in (
        json.dumps(told | {"outputs": ["crisis"]}).encode() + b"\n" + numbers,
        head + b"\n" + numbers[:-1],
    ):
        with pytest.raises(ValueError, match="make fit"):
            likeness.read_model(broken)


def test_explain_says_how_sure_the_model_is(policy: Policy) -> None:
    (told,) = explain(Draft(WITHOUT_A_LISTED_WORD[1][1]), policy)["findings"]
    assert told["score"] > likeness.model().thresholds["crisis"]


@pytest.mark.parametrize(("label", "text"), WITHOUT_A_LISTED_WORD)
def test_meaning_without_a_listed_word_is_found(label: str, text: str, policy: Policy) -> None:
    rules = [found.rule for found in screen(Draft(text), policy).findings]
    assert rules == [f"likeness-{label}"]


@pytest.mark.parametrize(
    "text",
    [
        "若いころは死にたいと言っていた友人が、先日三人目の孫を抱いて笑っていました。",
        "祖父は酒を飲むと祖母を殴ったそうです。わたしの知らない家の話です。",
        "夫に殴られる夢を見て、起きたら布団から落ちていただけでした。",
    ],
)
def test_what_a_rule_hears_wrongly_keeps_a_quiet_line_and_nothing_more(text: str, policy: Policy) -> None:
    by_rules = rule_findings(text, views_of(text, policy.known))
    assert max(found.severity for found in by_rules) == 1
    verdict = screen(Draft(text), policy)
    assert (verdict.labels, verdict.panel, verdict.lane) == ((), "c0", None)


def test_what_a_rule_hears_rightly_stands(policy: Policy) -> None:
    for text in ("もう死にたいです。今夜はそればかり考えています。", "夫に毎晩殴られています。"):
        assert screen(Draft(text), policy).labels == ("crisis",)


def test_a_plan_is_never_called_calm(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    calm = {
        name: 99.0 if name.startswith("calm") else limit
        for name, limit in likeness.model().thresholds.items()
    }
    believes_nothing = replace(likeness.model(), thresholds=calm)
    monkeypatch.setattr(likeness, "model", lambda: believes_nothing)
    text = "薬をためました。今夜ぜんぶ飲みます。さようなら。"
    assert max(found.severity for found in screen(Draft(text), policy).findings) == 2


UNKNOWN = (
    "".join(chr(0x4E00 + (n * 7919) % 20000) for n in range(4000)),
    "저는 오늘도 혼자 밥을 먹었습니다. 남편은 말이 없어요. 죽고 싶을 만큼 조용합니다.",
    "我和丈夫已经十年没有说话了。每天晚上一个人坐在厨房里。",
)


@pytest.mark.parametrize("text", UNKNOWN)
def test_of_a_language_it_does_not_know_the_model_says_nothing(text: str, policy: Policy) -> None:
    assert set(bare(text, policy).values()) == {likeness.UNREAD}
    assert screen(Draft(text), policy).findings == ()
    # ... and takes nothing back that a rule sees in it.
    assert screen(Draft(f"{text}\n死にたい"), policy).labels == ("crisis",)


def test_letters_without_sense_around_it_silence_nothing(policy: Policy) -> None:
    telling = WITHOUT_A_LISTED_WORD[2][1]
    assert "threat_or_abuse" in screen(Draft(f"{UNKNOWN[0][:900]}。{telling}"), policy).labels


def test_the_marked_sentence_is_the_one_that_says_it(policy: Policy) -> None:
    telling = "お気の毒に、ご主人もさぞお困りでしょうね、そんなふしだらな奥さまで"
    text = f"きょうは庭の水やりをしました。\n{telling}。\nトマトがよく育っています。"
    found = [each for each in screen(Draft(text), policy).findings if each.label == "threat_or_abuse"]
    assert [text[start:end] for each in found for start, end in each.spans] == [f"{telling}。"]


def test_digits_are_all_the_same_and_helplines_are_not_read(policy: Policy) -> None:
    assert likeness.hashes_of("かけて 090") == likeness.hashes_of("かけて 123")
    helpline = max(policy.known.numbers, key=len)
    views = views_of(f"{helpline} にかけました", policy.known)
    assert helpline not in likeness.text_of(views)
    assert len(likeness.text_of(views)) == len(views.compact.text)


def test_letters_that_nobody_will_read_are_not_read_by_the_model_either(policy: Policy) -> None:
    body = "アプリで「花月の間」を探してください。"
    views, covered = views_of(body, policy.known), [(body.index("花"), body.index("」"))]
    assert likeness.text_of(views, covered) == fold_words("アプリで「〇〇〇〇」を探してください。")


def test_very_short_texts_are_left_to_the_rules(policy: Policy) -> None:
    for text in ("?", "はい", "うん。", "しね"):
        assert not (likeness.weighed(views_of(text, policy.known), ()))


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_at_all_gets_finite_scores_and_marks_inside_it(text: str) -> None:
    policy = load_policy()
    views = views_of(text, policy.known)
    assert all(abs(score) < 1000 for score in bare(text, policy).values())
    for found in likeness.weighed(views, ()):
        for start, end in found.spans:
            assert 0 <= start < end <= len(text)


@pytest.mark.parametrize(
    "unit", ["あ", "死", "1", " a", "。", "〇", "\u200b", "か\u3099", "夫は", "夫。", "\n"]
)
def test_no_letter_is_read_more_than_twice(unit: str, policy: Policy) -> None:
    """Linear in the text: once as a whole and once in its stretch, whatever the stretches are."""
    views = views_of((unit * 5000)[:5000], policy.known)
    text = likeness.text_of(views)
    pieces = likeness.stretches_of(text)
    assert sum(end - start for start, end in pieces) <= len(text)
    assert all(before <= start for (_, before), (start, _) in pairwise(pieces))
    assert len(likeness.hashes_of(text)) <= likeness.LETTERS * (len(text) + 2)

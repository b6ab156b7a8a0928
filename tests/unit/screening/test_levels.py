"""How close it is: the levels of a crisis, and what the page does at each."""

import pytest

from forum.moderation.policy import Policy
from forum.moderation.screening import Draft, Verdict, screen


def judged(body: str, policy: Policy, *, newcomer: bool = True) -> Verdict:
    return screen(Draft(body, newcomer=newcomer), policy)


@pytest.mark.parametrize("newcomer", [True, False])
def test_a_thought_of_dying_is_published_with_the_full_panel_and_the_first_lane(
    newcomer: bool, policy: Policy
) -> None:
    verdict = judged("もう死んでしまいたいです。毎日そう思います", policy, newcomer=newcomer)
    assert (verdict.action, verdict.panel, verdict.lane) == ("publish", "c1", 1)
    assert verdict.subs == ("suicide",)


@pytest.mark.parametrize(
    "body",
    [
        "遺書を書きました。あとは机に置くだけです",
        "ロープを買ってきました。押し入れにあります",
        "今夜、死にます。さようなら",
        "睡眠薬を全部飲みました",
        "一緒に死んでくれる人を探しています",
    ],
)
def test_means_a_plan_or_company_is_held_with_the_urgent_panel(body: str, policy: Policy) -> None:
    verdict = judged(body, policy)
    assert (verdict.action, verdict.panel, verdict.lane) == ("hold", "c2", 1)


@pytest.mark.parametrize(
    "body",
    [
        "楽に死ねる方法を教えます。連絡ください",
        "死ぬのを手伝います",
        "自殺志願者募集",
        "一緒に死んであげるよ",
    ],
)
def test_offering_to_help_somebody_die_is_not_taken(body: str, policy: Policy) -> None:
    verdict = judged(body, policy)
    assert (verdict.action, verdict.panel) == ("reject", "c3")
    assert verdict.unchanged == "reject"


@pytest.mark.parametrize(
    "body",
    [
        "死にたい方は、どうか下の電話に連絡してください。ひとりで抱えないで",
        "父が死んでから、母の片づけを手伝ってあげる毎日です",
        "確実に眠れる方法を教えます。温かい牛乳です",
        "死にたい人の話を一緒に聞く仕事をしていました",
        "夫は死ぬのを手伝ってほしいと言います",
        "一緒に死んであげることもできませんでした",
    ],
)
def test_who_helps_mourns_or_pleads_is_never_refused(body: str, policy: Policy) -> None:
    assert judged(body, policy).action != "reject"


def test_asking_for_a_way_to_die_is_need_and_not_an_offer(policy: Policy) -> None:
    verdict = judged("楽に死ねる方法を教えてください", policy)
    assert verdict.panel == "c1"
    assert verdict.action == "publish"


@pytest.mark.parametrize(
    "body",
    [
        "死にたいわけではないんです。ただ、休みたい",
        "昔は死にたいと思っていましたが、今は笑っています",
        "二十年前、夫に殴られて家を出ました",
    ],
)
def test_the_past_and_a_denial_get_only_the_quiet_line(body: str, policy: Policy) -> None:
    verdict = judged(body, policy)
    assert (verdict.action, verdict.panel, verdict.lane, verdict.labels) == ("publish", "c0", None, ())


def test_blows_in_these_days_are_published_with_the_panel_for_violence(policy: Policy) -> None:
    verdict = judged("酔った夫に殴られました。昨日のことです", policy)
    assert (verdict.action, verdict.panel, verdict.lane) == ("publish", "dv", 1)
    assert verdict.subs == ("violence_victim",)


def test_blows_at_this_moment_are_held(policy: Policy) -> None:
    verdict = judged("今、夫が暴れています。トイレに隠れて書いています", policy)
    assert (verdict.action, verdict.panel) == ("hold", "dv")


def test_a_child_that_is_hurt_is_held_with_the_panel_for_children(policy: Policy) -> None:
    verdict = judged("夫が息子を殴るんです。止められません", policy)
    assert (verdict.action, verdict.panel, verdict.lane) == ("hold", "h", 1)


def test_no_crisis_is_ever_refused_unless_it_draws_others_in(policy: Policy) -> None:
    rows = [
        row for (label, sub, severity, _), row in policy.rows.items() if label == "crisis" and severity < 3
    ]
    assert rows
    assert all(row.action in ("publish", "hold") for row in rows)


def test_the_most_urgent_panel_wins(policy: Policy) -> None:
    verdict = judged("夫に殴られました。ロープを買ってきました", policy)
    assert verdict.panel == "c2"
    assert set(verdict.subs) == {"suicide", "violence_victim"}


def test_disguised_spellings_mean_the_same(policy: Policy) -> None:
    for body in (
        "し に た い",
        "タヒにたい",
        "シニタイ",
        "ｼﾆﾀｲ",
        "し☆に☆た☆い",
        "shiにたい",
        "死\u200bに\u200bたい",
    ):
        assert judged(body, policy).subs == ("suicide",), body

"""Children who write, adults who look for them, and parents."""

import pytest

from forum.moderation.policy import Policy
from forum.moderation.screening import Draft, screen

FOUND = (
    "中2です。親が離婚しそうです",
    "高校生だけど書いてもいいですか",
    "16歳です、家に帰りたくない",
    "女子高生と話したい。40代です",
    "17歳の女です。相談に乗ってください",
    "I'm 14 and my parents keep fighting",
    "高2女子です。家がつらいです",
    "まだ15歳です。だれか話を聞いてください",
    "小学生です。おかあさんがないています",
    "中学生の女の子と仲良くなりたいです",
)

CALM = (
    "中2の息子が口をきいてくれません",
    "高校生の娘に離婚の話をしました",
    "16歳の時に夫と出会いました",
    "小学生の頃から片思いでした",
    "結婚して15年です",
    "My daughter is 15 and slams every door.",
    "高校の同級生と再会しました",
    "中学校の教師をしています",
    "高2の娘と二人で暮らしています",
    "15歳年上の夫です",
    "うちは小6と中2の男の子がいます",
    "高校生のころの写真が出てきました",
    "孫が小学生になりました",
)


@pytest.mark.parametrize("body", FOUND)
def test_a_child_or_somebody_who_looks_for_one_is_found(body: str, policy: Policy) -> None:
    assert "minor" in screen(Draft(body), policy).labels


@pytest.mark.parametrize("body", CALM)
def test_a_parent_or_a_memory_is_left_alone(body: str, policy: Policy) -> None:
    verdict = screen(Draft(body), policy)
    assert verdict.labels == ()
    assert verdict.action == "publish"

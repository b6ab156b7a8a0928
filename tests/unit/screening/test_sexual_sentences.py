"""Sexual solicitation, and what marriages are really about."""

import pytest

from forum.moderation.policy import Policy
from forum.moderation.screening import Draft, screen

FOUND = (
    "セフレ募集しています",
    "今夜抱いてくれる人いませんか",
    "下着の写真送って",
    "エッチな話ができる人妻さん、いませんか",
    "体の関係だけの相手を探してます",
    "Looking for discreet fun tonight",
    "Send me nudes",
    "オナニー見せ合いませんか",
    "欲求不満の奥さん、話しましょう",
    "ホテルで抱き合える相手を募集",
    "ムラムラする夜に電話エッチしませんか",
    "大人の関係になれる方を希望します",
)

CALM = (
    "セックスレスになって十年です",
    "夫に触れられるのが苦痛です",
    "抱きしめてほしいだけなのに",
    "更年期で、夜がつらくなりました",
    "下着を新しくしても、夫は気づきません",
    "We have not slept in the same bed for years.",
    "夫婦の寝室を分けました",
    "体の関係はありません。ただ話すだけの人です",
    "夫と最後に手をつないだのはいつだったか",
    "寝室が別になって、いびきから解放されました",
    "触れ合いがないことを、誰にも言えません",
    "下着売り場で立ち尽くしてしまいました",
)


@pytest.mark.parametrize("body", FOUND)
def test_sexual_solicitation_is_found(body: str, policy: Policy) -> None:
    assert "sexual" in screen(Draft(body), policy).labels


@pytest.mark.parametrize("body", CALM)
def test_sexlessness_and_longing_is_left_alone(body: str, policy: Policy) -> None:
    verdict = screen(Draft(body), policy)
    assert verdict.labels == ()
    assert verdict.action == "publish"

"""Words aimed at a member, and words a writer reports or says of themselves."""

import pytest

from forum.moderation.policy import Policy
from forum.moderation.screening import Draft, screen

FOUND = (
    "死ねよ",
    "お前みたいな女は消えろ",
    "住所特定したから覚悟しとけ",
    "旦那さんに全部ばらしますよ",
    "こういう女がいるから家庭が壊れるんだよ、恥を知れ",
    "ばーか",
    "クズ女",
    "頭おかしいんじゃないの?",
    "あなたは母親失格です",
    "浮気されて当然の性格ですね",
    "自業自得でしょう。同情の余地なし",
    "気持ち悪い。おじさんが何を夢見てるの",
    "家まで行ってやるから待ってろ",
    "スクショ撮ったから会社に送ります",
    "you are pathetic",
    "I will find you and tell your wife everything.",
    "Kill yourself.",
    "No wonder he left you.",
    "殺すぞ",
    "死んだほうが世のためだよ、あんた",
    "馬鹿じゃねえの",
    "いい歳して恋愛とか、笑わせるな",
    "黙れババア",
    "あなたのような人は妻の資格がありません",
    "不倫女は地獄に落ちろ",
    "おまえの家知ってるぞ",
    "書き込みを旦那に見せますね",
    "お前の子どもがかわいそう",
    "二度とここに書き込むな、目障りだ",
    "すぐ泣く男って本当に気持ち悪い",
    "夜道に気をつけろよ",
    "殴って分からせればいいんだよ、そんな女",
)

CALM = (
    "夫に「死ね」と言われました",
    "姑に「嫁失格」と言われ続けて二十年",
    "私は母親失格だと思ってしまいます",
    "自分がばかみたいで、笑ってしまいました",
    "それは違うと思います。奥さまの気持ちも考えてみてください",
    "「気持ち悪い」と娘に言われて、へこんでいます",
    "夫のことを殺したいほど憎んだ時期もありました",
    "上司が無能で困っています",
    "あなたのせいではありませんよ",
    "私なら、その場で怒ってしまうかもしれません",
    "バカな私をゆるしてください",
    "夫はクズです。でも別れられない",
    "今の言い方はきつく感じました。少し待ってもらえませんか",
    "He called me a stupid cow in front of the children.",
    "I felt like a fool, standing there with the cake.",
    "ゴミを出すのはいつも私です",
    "夫にババアと呼ばれて、もう何年も名前で呼ばれていません",
    "私の考えは少し違います。でも、お気持ちはわかります",
    "自業自得だとわかっています。それでもさびしい",
    "「目障り」と言われて、自分の部屋で食べるようになりました",
    "母に「地獄に落ちる」と言われて育ちました",
    "不倫はよくないことだと、私も思います",
    "子どもがかわいそうだと、毎日思っています",
    "気をつけて帰ってきてね、と言える相手がいない",
)


@pytest.mark.parametrize("body", FOUND)
def test_an_attack_is_found(body: str, policy: Policy) -> None:
    assert "threat_or_abuse" in screen(Draft(body), policy).labels


@pytest.mark.parametrize("body", CALM)
def test_an_insult_received_or_civil_disagreement_is_left_alone(body: str, policy: Policy) -> None:
    verdict = screen(Draft(body), policy)
    assert verdict.labels == ()
    assert verdict.action == "publish"

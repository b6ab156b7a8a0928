"""Advice where somebody only wants to be heard: what reads like a lecture, and what is only one's own life."""

import pytest

from forum.moderation.policy import Policy
from forum.moderation.screening import Draft, screen

LECTURES = (
    "もう一度ご主人と話し合うべきです。",
    "早く別れたほうがいいですよ。",
    "自分から謝ったほうがいいと思う。",
    "なんで離婚しないんですか?",
    "どうして言わないの? 言えば済む話でしょう。",
    "普通は、そういうときは先に相談するものですよ。",
    "あなたにも原因があるんじゃないですか。",
    "考え方を変えてみてください。",
    "考え方ひとつですよ。",
    "もっと前向きにならないと。",
    "まずは感謝することです。",
    "カウンセリングに行ってみたらどうですか。",
    "一度ちゃんと話してみては?",
    "弁護士に相談しなさい。",
    "奥さんの立場にもなって考えなければいけません。",
    "夫婦とはそういうものです。",
    "結婚っていうのは我慢の積み重ねなんですよ。",
    "どこの家も同じですよ、みんな我慢してるんだから。",
    "気の持ちようです。",
    "旦那さんに直接聞けばいいだけじゃないですか。",
    "働きに出ればいいのに。",
    "病院には行きましたか?",
    "ご主人とは話し合ってみましたか。",
    "甘えているだけではないですか。",
    "ひとつ助言させてもらうと、距離を置くことです。",
    "期待するのをやめたらいいんじゃない?",
    "そんなの忘れたほうがええ。",
    "ちゃんと向き合わなきゃだめ。",
    "感謝すべきだと思います、養ってもらっているのだから。",
    "You should talk to him.",
    "You need to leave.",
    "Why don't you just tell her?",
    "Have you tried counselling?",
    "Just move on, honestly.",
    "If I were you I'd pack a bag.",
    "It takes two, you know.",
    "My advice: stop waiting.",
    "You'd better see a doctor.",
    "あきらめなきゃ始まらない、が私の持論です。まず変わらないといけません。",
    "冷静に見直すといいですよ。",
)
COMPANY = (
    "読みました。何も言えないけれど、ここにいます。",
    "私はあのとき、もっと早く別れたほうがよかったと後悔しました。",
    "わたしも「我慢が足りない」と言われて育ちました。",
    "こうすべきだとは思いません。ただ、読んで泣きました。",
    "どうして眠れないのか、自分でもわからない夜がありますよね。",
    "うちも同じです。会話がなくなって五年。",
    "話してくれてありがとう。",
    "なぜか涙が出ました。",
    "答えは出さなくていいと思います。",
    "無理に話さなくてもいいんですよ。",
    "母に「離婚したほうがいい」と言われたとき、いちばんつらかった。",
    "僕も妻に謝るべきだったのに、言えないままでした。",
    "普通の夫婦って、どこにいるんでしょうね。",
    "あなたの夜が、少しでも静かでありますように。",
    "それは悲しかったですね。",
    "お茶をいれて、もう一度読みました。",
    "同じ年です。同じ台所の灯りを思い浮かべました。",
    "私の場合は、病院に行ってみて少し眠れるようになりました。",
    "返事はいりません。聞きました、とだけ。",
    "がんばらなくていい、と自分に言えない夜です、私も。",
    "続きを聞かせてください。",
    "ゆっくり休んでください。",
    "おつらいですね。言葉が見つかりません。",
    "夫に「考え方を変えろ」と言われるたび、黙りました。",
    "あのころ、何をすべきだったのか、今もわかりません。",
    "そばにいます。",
    "ひとりじゃないですよ。",
    "あなたが悪いとは思いません。",
    "我慢しなければと思って二十年でした、私は。",
    "そのお気持ち、痛いほどわかります。",
    "書いてくださってよかった。",
    "その靴下の話、うちのことかと思いました。",
    "I read it twice. I'm here.",
    "I should have left years ago, and I didn't.",
    "My mother told me I should be grateful. I wasn't.",
    "No answers from me, only company.",
    "That sounds so lonely.",
    "We stopped talking too. I know that silence.",
    "Thank you for trusting us with it.",
    "He said I should smile more. I remember the tiles I stared at.",
)


def labels(body: str, policy: Policy, *, for_listening: bool = True) -> tuple[str, ...]:
    return screen(Draft(body, newcomer=False, for_listening=for_listening), policy).labels


@pytest.mark.parametrize("body", LECTURES)
def test_a_lecture_is_asked_about_once(body: str, policy: Policy) -> None:
    verdict = screen(Draft(body, newcomer=False, for_listening=True), policy)
    assert "advice" in verdict.labels
    assert verdict.action == "ask"
    assert any(body[start:end].strip() for start, end in verdict.spans_in("body"))


@pytest.mark.parametrize("body", COMPANY)
def test_company_and_ones_own_life_are_no_advice(body: str, policy: Policy) -> None:
    assert "advice" not in labels(body, policy)


@pytest.mark.parametrize("body", LECTURES[:5])
def test_where_advice_is_welcome_nothing_is_asked(body: str, policy: Policy) -> None:
    assert "advice" not in labels(body, policy, for_listening=False)


def test_a_lecture_alone_opens_no_case_and_is_never_held(policy: Policy) -> None:
    verdict = screen(Draft(LECTURES[0], newcomer=True, for_listening=True), policy)
    assert (verdict.labels, verdict.lane, verdict.unchanged) == (("advice",), None, "publish")

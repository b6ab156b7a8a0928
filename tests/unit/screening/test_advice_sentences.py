"""What reads as advice to somebody who wants to be heard, and what only sounds like it."""

import time

import pytest
from flask import Flask

from forum.moderation.policy import Policy
from forum.moderation.screening import Draft, Finding, Verdict, screen
from forum.web import openings

LECTURES = (
    "もっとご主人と話し合うべきです。",
    "別れたほうがいいと思います。",
    "ちゃんと向き合いなさい。",
    "なぜ離婚しないのですか。",
    "普通は相手の気持ちを考えますよ。",
    "あなたにも原因があるのではないですか。",
    "考え方を変えてみたら楽になりますよ。",
    "私は、早く話し合ったほうがいいと思います。",
    "まずは自分から感謝を伝えてみてはどうですか。",
    "夫婦なんてそんなものですよ。",
    "少し考えすぎじゃないですか。",
    "カウンセリングを受けてみたらどうでしょう。",
    "我慢が足りないのだと思います。",
    "どうしてもっと早く言わなかったんですか。",
    "現実を見てください。",
    "嫌なら出ていけばいいのに。",
    "もう離婚しかないですよ。",
    "目を覚まして。",
    "厳しいことを言いますが、それは甘えです。",
    "みんな我慢して暮らしていますよ。",
    "家族を裏切るべきではありません。",
    "いつまでそうしているつもりですか。",
    "相手の立場になって考えてみてください。",
    "話し合いはしないのですか？",
    "話すことが先決だと思います。",
    "お子さんのためにも、前を向きましょう。",
    "はっきり言って、あなたが選んだ人でしょう。",
    "大事なのは会話だと思います。",
    "ちゃんと話さなければいけません。",
    "諦めたほうが楽になりますよ。",
    "読みました。つらいですね。でも、今夜のうちに謝ってみてください。",
    "そういう人とは離れた　ほうが　いい。",
    "ベキ論は嫌いですが、まず働くべきだと思う",
    "常識的に考えて、おかしいです",
    "You should talk to him.",
    "Why don't you just leave?",
    "Have you tried counselling?",
    "If I were you I'd move out.",
    "It takes two to break a marriage.",
    "You need to stop feeling sorry for yourself.",
    "Just tell her how you feel.",
    "That's just how marriage is.",
    "You're overthinking this.",
    "Honestly, you could always get a divorce.",
    "Why didn't you say no?",
    "Marriage is hard work.",
    "My advice: count your blessings.",
    "Don't you think he is tired too?",
    "Change your mindset and things will follow.",
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
    "ご主人とは話し合ってみましたか。",
    "甘えているだけではないですか。",
    "ひとつ助言させてもらうと、距離を置くことです。",
    "期待するのをやめたらいいんじゃない?",
    "そんなの忘れたほうがええ。",
    "ちゃんと向き合わなきゃだめ。",
    "感謝すべきだと思います、養ってもらっているのだから。",
    "You need to leave.",
    "Why don't you just tell her?",
    "Just move on, honestly.",
    "If I were you I'd pack a bag.",
    "It takes two, you know.",
    "My advice: stop waiting.",
    "あきらめなきゃ始まらない、が私の持論です。まず変わらないといけません。",
    "冷静に見直すといいですよ。",
)

COMPANY = (
    "私も、もっと早く話し合うべきだったと今でも後悔しています。",
    "私は黙っていたほうがよかったと後悔しました。",
    "「別れたほうがいい」と友だちに言われて、つらかったです。",
    "無理に話すべきとは思いません。",
    "読みました。言葉にしてくださって、ありがとうございます。",
    "わたしにも、似た夜がありました。",
    "どうして私は言えないのでしょうね。同じです。",
    "どうしてご主人は気づかないのでしょうね。",
    "泣きたくなるのが普通です。",
    "甘えではありません。",
    "頑張らなければいけないわけではないですよ。",
    "何も決めなくていいと思います。",
    "今夜はゆっくり休んでください。",
    "おやすみなさい。",
    "ごめんなさい、うまく言えません。",
    "あぶないと感じたら、110に電話してください。逃げたほうがいいです。",
    "普通の夫婦はどうしているのでしょう。わたしにもわかりません。",
    "自分にも原因があったと、ずっと責めていました。",
    "話し合えばいいと言われるけれど、それができないんですよね。",
    "そばにいます。",
    "考え方は人それぞれですよね。",
    "あなたは悪くないと思います。",
    "離婚したほうがいいのか、私も迷っています。",
    "みんなに我慢しろと言われてきました。",
    "仕事に行かなければならない朝、つらいですよね。",
    "わたしは三年前に話し合いました。それで少し変わりました。",
    "うちも会話がありません。夕飯の時間だけテレビの音がします。",
    "そんなふうに感じて当然だと思います。",
    "「普通は」と言われるたびに、苦しかったです。",
    "母に「感謝しなさい」と言われて育ちました。",
    "病院に行ったほうがいいくらいの熱ですね。お大事に。",
    "I read all of it. Thank you for putting it into words.",
    "I don't think you should have to decide anything tonight.",
    "You should not have to carry this alone.",
    "You don't have to answer.",
    "People told me you should just leave, and it never helped.",
    "I understand why you didn't say anything.",
    "I should have spoken earlier. I still regret it.",
    "He asked me why I don't just leave.",
    "Everything you have to carry, and nobody sees it.",
    "I kept telling myself to be strong.",
    "If you are in danger you should call 911.",
    "I left him after nine years. It was quiet afterwards.",
    "You are not alone with this.",
    '"You should be grateful," my mother said, every time.',
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
    "病院には行きましたか?",
    "眠れるといいですね。",
)


def heard(body: str, policy: Policy, *, for_listening: bool = True) -> Verdict:
    return screen(Draft(body, newcomer=False, for_listening=for_listening), policy)


def advice_in(verdict: Verdict) -> list[Finding]:
    return [found for found in verdict.findings if found.label == "advice"]


@pytest.mark.parametrize("text", LECTURES)
def test_what_tells_the_other_one_what_to_do_is_asked_about_and_marked(text: str, policy: Policy) -> None:
    verdict = heard(text, policy)
    found = advice_in(verdict)
    assert found
    assert verdict.action == "ask"
    assert all(0 <= start < end <= len(text) for finding in found for start, end in finding.spans)


@pytest.mark.parametrize("text", COMPANY)
def test_company_own_regret_quotation_and_denial_are_no_advice(text: str, policy: Policy) -> None:
    assert not advice_in(heard(text, policy))


def test_the_marks_lie_on_the_words_themselves(policy: Policy) -> None:
    text = "つらいですね。別れたほうがいいと思います。"
    ((start, end),) = {span for finding in advice_in(heard(text, policy)) for span in finding.spans}
    assert text[start:end] == "たほうがいい"


@pytest.mark.parametrize("text", LECTURES[:5])
def test_where_advice_is_welcome_nothing_is_asked(text: str, policy: Policy) -> None:
    assert not advice_in(heard(text, policy, for_listening=False))


def test_a_lecture_alone_opens_no_case_and_is_never_held(policy: Policy) -> None:
    verdict = screen(Draft(LECTURES[0], newcomer=True, for_listening=True), policy)
    assert (verdict.labels, verdict.lane, verdict.unchanged) == (("advice",), None, "publish")


@pytest.mark.parametrize("unit", ["べき", "たほうがいい", "なぜ", "私は", "you should ", "why ", "、", "あ"])
def test_hostile_texts_take_no_more_than_a_moment(unit: str, policy: Policy) -> None:
    heard("温まる一文", policy)
    started = time.process_time()
    heard((unit * 5000)[:5000], policy)
    assert time.process_time() - started < 1.5


@pytest.mark.parametrize("wish", openings.TONES)
@pytest.mark.parametrize("path", ["/", "/en/"])
def test_no_sentence_of_the_house_reads_as_advice_or_holds_anything_back(
    wish: str, path: str, app: Flask, policy: Policy
) -> None:
    with app.test_request_context(path, environ_overrides={"SCRIPT_NAME": path.rstrip("/")}):
        begun = [sentence for tone in openings.tones_for(wish) for _number, sentence in tone.openings]
        reviewed = list(openings.reviewed_sentences().values())
    for sentence in (*begun, *reviewed):
        verdict = heard(sentence, policy)
        assert (verdict.action, advice_in(verdict)) == ("publish", []), sentence
    for sentence in begun:
        assert heard(sentence, policy).labels == (), sentence

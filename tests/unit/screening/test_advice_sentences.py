"""What reads as advice to somebody who wants to be heard, and what only sounds like it."""

import time

import pytest

from forum.moderation.advice import LABEL, findings_in
from forum.moderation.policy import CELLS, Policy
from forum.moderation.screening import Draft, screen
from forum.web import openings

FOUND = (
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
)

CALM = (
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
)


@pytest.mark.parametrize("text", FOUND)
def test_what_tells_the_other_one_what_to_do_is_found_and_marked(text: str, policy: Policy) -> None:
    found = findings_in(text, policy.known)
    assert found
    assert all(0 <= start < end <= len(text) for finding in found for start, end in finding.spans)


@pytest.mark.parametrize("text", CALM)
def test_company_own_regret_quotation_and_denial_are_no_advice(text: str, policy: Policy) -> None:
    assert not findings_in(text, policy.known)


def test_the_marks_lie_on_the_words_themselves(policy: Policy) -> None:
    text = "つらいですね。別れたほうがいいと思います。"
    ((start, end),) = {span for finding in findings_in(text, policy.known) for span in finding.spans}
    assert text[start:end] == "たほうがいい"


def test_it_is_no_label_of_screening(policy: Policy) -> None:
    assert LABEL not in {label for label, _sub in CELLS}
    verdict = screen(Draft("別れたほうがいいと思います。"), policy)
    assert (verdict.action, verdict.labels) == ("publish", ())


@pytest.mark.parametrize("unit", ["べき", "たほうがいい", "なぜ", "私は", "you should ", "why ", "、", "あ"])
def test_hostile_texts_take_no_more_than_a_moment(unit: str, policy: Policy) -> None:
    findings_in("温まる一文", policy.known)
    started = time.process_time()
    findings_in((unit * 5000)[:5000], policy.known)
    assert time.process_time() - started < 1.5


@pytest.mark.parametrize("wish", openings.TONES)
def test_no_sentence_of_the_house_reads_as_advice_or_holds_anything_back(
    wish: str, app, policy: Policy
) -> None:  # type: ignore[no-untyped-def]
    for path in ("/", "/en/"):
        with app.test_request_context(path, environ_overrides={"SCRIPT_NAME": path.rstrip("/")}):
            said = [sentence for tone in openings.tones_for(wish) for _number, sentence in tone.openings]
            for sentence in (*said, *openings.reviewed_sentences().values()):
                assert not findings_in(sentence, policy.known), sentence
                assert screen(Draft(sentence), policy).action == "publish", sentence

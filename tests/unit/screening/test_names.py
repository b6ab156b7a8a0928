"""Names of services: found however they are written, covered, and never a place that helps."""

import re
import time
from pathlib import Path

import pytest

from forum.config import Settings
from forum.contacts import load_contacts
from forum.moderation.detectors.lexicon import LANGUAGES, lexicon_of
from forum.moderation.names import COVERED, LEXICON, asks_for_name
from forum.moderation.policy import CELLS, Policy
from forum.moderation.rules import load_rules
from forum.moderation.screening import Draft, Verdict, after_covering, mask, screen
from forum.posting.drafts import Words, look_at

OWN = """
[[service]]
kind = "dating"
names = ["花の輪", "Second Harbor", "ペアリングハート"]
"""


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    """The rules of a board whose operator listed three names."""
    folder: Path = tmp_path_factory.mktemp("instance")
    (folder / "services.toml").write_text(OWN, encoding="utf-8")
    return load_rules(Settings(instance=folder), load_contacts())


def seen(text: str, rules: Policy, *, newcomer: bool = True) -> Verdict:
    return screen(Draft(text, newcomer=newcomer), rules)


def covered(text: str, rules: Policy) -> str:
    return mask(text, seen(text, rules).covered_in("body"))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("花の輪に行きました", "〇〇に行きました"),
        ("ハナの輪ではなく花ノ輪です", "ハナの輪ではなく〇〇です"),
        ("ＳＥＣＯＮＤ　ＨＡＲＢＯＲの人", "〇〇の人"),
        ("secondharborかもしれない", "〇〇かもしれない"),
        ("second harborsという言葉", "second harborsという言葉"),
        ("ﾍﾟｱﾘﾝｸﾞﾊｰﾄの話", "〇〇の話"),
        ("ぺありんぐはーとの話", "〇〇の話"),
        ("ペ ア リ ン グ ハ ー ト", "〇〇"),
        ("ペア〇ングハートの話", "〇〇の話"),
        ("ペアリ＊＊ハートの話", "〇〇の話"),
        ("ペア・リング・ハート", "〇〇"),
        ("ペア\u200bリングハート", "〇〇"),
        ("花○輪という所", "〇〇という所"),
        ("花の輪、花の輪、また花の輪", "〇〇、〇〇、また〇〇"),
        ("ひだまりの輪倶楽部から葉書が来た", "〇〇から葉書が来た"),
        ("輪の花を活けました", "輪の花を活けました"),
        ("お花の〇〇へ", "お花の〇〇へ"),
    ],
)
def test_a_listed_name_is_covered_in_every_spelling_and_nothing_beside_it(
    text: str, left: str, rules: Policy
) -> None:
    assert covered(text, rules) == left


def test_a_name_alone_neither_asks_nor_holds_nor_labels(rules: Policy) -> None:
    verdict = seen("花の輪という看板を見ました。", rules)
    assert (verdict.action, verdict.labels, verdict.lane) == ("publish", (), None)


PRAISE = [
    "花の輪に登録してから、毎日が明るくなりました。",
    "思いきって花の輪に入会しました。主人が優しくなって、いまは幸せになれました。",
    "花の輪で知り合った方に救われました。",
    "第二の人生。花の輪のおかげで気持ちが軽くなりました。",
    "Second Harborを使って、素敵な人に出会えました。",
    "花〇輪で出会えた人と、毎日が楽しくなりました",
    "「星空マッチ」というアプリで知り合って、人生が変わりました",
    "「銀の鈴」という電話占いで占ってもらったら、本当に当たっていて、毎日が楽になりました。",
    "アプリの「星空マッチ」に登録したら、優しい人に出会えました",
    "『朝霧の会』に入会して、世界が変わりました。おすすめです。",
    "starlitというアプリに登録して、素敵な人に出会えました",
    "探偵事務所の「月影」に依頼して、気持ちが楽になりました。",
    'I joined an app called "Starlit Two" and it changed my life.',
    "I met him on Second Harbor and I have never been happier, it changed my life.",
]


@pytest.mark.parametrize("text", PRAISE)
def test_praise_with_a_name_by_somebody_new_is_held_and_the_name_covered(text: str, rules: Policy) -> None:
    verdict = seen(text, rules)
    assert verdict.action == "hold"
    assert verdict.labels == ("solicitation_commerce",)
    assert verdict.covered_in("body")


@pytest.mark.parametrize("text", PRAISE)
def test_praise_by_somebody_with_standing_is_published_with_a_case(text: str, rules: Policy) -> None:
    verdict = seen(text, rules, newcomer=False)
    assert (verdict.action, verdict.lane) == ("publish", 4)


@pytest.mark.parametrize(
    "text",
    [
        "「花月の間」で検索してみてください。",
        "「花月の間」って検索すると出てきます",
        "検索は「花月の間」で。",
        "月夜見の館で検索してね",
        "「花月の間」で検索したら、すぐ出てくるよ",
        "アプリで「花月の間」を探してください",
        '気になる方は"moon hall"を検索してみて',
        'just google "moon hall tonight"',
    ],
)
def test_what_to_search_for_is_covered_and_published(text: str, rules: Policy) -> None:
    verdict = seen(text, rules)
    assert verdict.covered_in("body")
    assert verdict.action == "publish"


@pytest.mark.parametrize(
    "text",
    [
        "『嫌われる勇気』という本を読んで、毎日が変わりました。",
        "映画「秋のソナタ」に救われました。",
        "市役所の「女性相談」に相談して、気持ちが楽になりました。",
        "「よりそいホットライン」で検索してみてください。",
        "いのちの電話で検索してみて",
        "「配偶者暴力相談支援センター」で検索して",
        "「更年期 いらいら」で検索しました",
        "「熟年夫婦 会話なし」で検索しました。",
        "「熟年夫婦 会話なし」で検索したら、同じ人がたくさんいて泣きました。",
        "課題で「夫婦とは」を調べています。",
        "スマホで検索してみて",
        "ネットで検索して、同じ人がいると知りました。",
        "夜中に一人で検索して、涙が出ました",
        "近所のヨガ教室に入って、気持ちが軽くなりました。",
        "LINEというアプリを使い始めて、毎日が楽しくなりました。",
        "「ただいま」の一言で救われました。",
        "夫が「仕事だから」と言って、毎日が変わりました",
        "パート先の友人と出会えて、毎日が明るくなりました。",
        "マッチングアプリで知り合った人にだまされました。気をつけて。",
        "心療内科の「眠れない人の外来」に相談して、楽になりました",
        "I joined a choir and it changed my life.",
        'My mother said "keep going" and it saved me.',
        "I called the Samaritans helpline and it saved my life.",
    ],
)
def test_ordinary_words_and_places_of_help_are_left_alone(text: str, rules: Policy) -> None:
    verdict = seen(text, rules)
    assert not verdict.covered_in("body")
    assert verdict.action != "hold"


def test_no_place_of_the_houses_own_page_is_ever_covered(rules: Policy) -> None:
    for entry in load_contacts():
        for text in (f"「{entry.name_ja}」で検索してみて", f'search for "{entry.name_en}"'):
            assert covered(text, rules) == text


@pytest.mark.parametrize(
    "text",
    [
        "どこで？",
        "それって、どこでですか？",
        "なんていうアプリですか",
        "差し支えなければ、お名前を教えてください。",
        "どうやって知り合われたんですか",
        "どちらで占ってもらいました？",
        "そのサークル、名前だけでも知りたいです",
        "what app was that?",
        "Where did you meet him?",
    ],
)
def test_a_question_for_a_name_is_heard(text: str) -> None:
    assert asks_for_name(text)


@pytest.mark.parametrize(
    "text",
    [
        "どこの家も同じですね。",
        "どうして黙っているのでしょう",
        "何を食べても味がしません",
        "名前を呼ばれなくなって十年です",
        "Why does nobody answer?",
    ],
)
def test_other_questions_are_not(text: str) -> None:
    assert not asks_for_name(text)


def test_the_verdict_on_the_covered_text_marks_the_same_words(rules: Policy) -> None:
    body = "花の輪の話です。番号は 090-1234-5678 で、ペアリングハートの人に 斎藤美智子と申します と言った。"
    before = seen(body, rules)
    after, text = after_covering(before), mask(body, before.covered_in("body"))
    words = {
        found.rule: [text[start:end] for start, end in found.spans]
        for found in after.findings
        if found.rule not in COVERED
    }
    assert words["phone"] == ["090-1234-5678"]
    names = [found for found in after.findings if found.rule in COVERED]
    assert names
    assert all(text[start:end] == "〇〇" for found in names for start, end in found.spans)


def test_what_is_stored_is_covered_in_every_field_and_what_was_typed_is_kept_for_the_question(
    rules: Policy,
) -> None:
    words = Words("花の輪に行った", "花の輪のこと", "花の輪の話")
    looked = look_at(words, rules, newcomer=True, insists=False)
    assert looked.words == Words("〇〇に行った", "〇〇のこと", "〇〇の話")
    assert looked.typed == words
    assert "花" not in looked.html


def test_a_title_grows_over_no_limit_by_its_cover(tmp_path: Path) -> None:
    (tmp_path / "services.toml").write_text(
        '[[service]]\nkind="other"\nnames=["株式会社"]\n', encoding="utf-8"
    )
    rules = load_rules(Settings(instance=tmp_path), load_contacts())
    looked = look_at(Words("本文", "あ" * 59 + "㍿"), rules, newcomer=True, insists=False)
    assert len(looked.words.title) == 60


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_patterns_compile_stand_in_a_cell_and_repeat_no_repetition(language: str) -> None:
    for rule in lexicon_of(language, LEXICON).rules:
        assert rule.severity in CELLS["solicitation_commerce", ""]
        for pattern in rule.any:
            assert pattern.regex
            assert not re.search(r"[*+}]\)[*+]", pattern.spelling), rule.code


@pytest.mark.parametrize(
    "unit",
    [
        "花の輪",
        "花○",
        "「",
        "「あ」で検索",
        "花の輪に登録",
        "毎日が",
        "どこで",
        "○",
        "second ",
        "⌘",
        "で検索して",
        "「あい」という",
    ],
)
def test_a_thousand_names_and_five_thousand_hostile_letters_take_no_more_than_a_moment(
    unit: str, tmp_path: Path
) -> None:
    names = ", ".join(f'"花の輪{number}号館"' for number in range(1000))
    (tmp_path / "services.toml").write_text(
        f'[[service]]\nkind="other"\nnames=[{names}]\n{OWN}', encoding="utf-8"
    )
    rules = load_rules(Settings(instance=tmp_path), load_contacts())
    text = (unit * 5000)[:5000]
    screen(Draft("温まる一文"), rules)
    started = time.process_time()
    screen(Draft(text), rules)
    assert time.process_time() - started < 4


def seconds(text: str, rules: Policy) -> float:
    def once() -> float:
        started = time.process_time()
        screen(Draft(text), rules)
        return time.process_time() - started

    return min(once() for _time in range(4))


@pytest.mark.parametrize("beginning", ["", "○○町の"], ids=["nothing hidden", "something hidden"])
def test_a_thousand_names_cost_an_ordinary_text_little(beginning: str, tmp_path: Path) -> None:
    names = ", ".join(f'"花の輪{number}号館"' for number in range(1000))
    (tmp_path / "services.toml").write_text(f'[[service]]\nkind="other"\nnames=[{names}]\n', encoding="utf-8")
    many = load_rules(Settings(instance=tmp_path), load_contacts())
    none = load_rules(Settings(instance=tmp_path / "nowhere"), load_contacts())
    text = ((beginning + "夫とは、もう何年も天気の話しかしていません。") * 300)[:5000]
    assert seconds(text, many) < 6 * seconds(text, none)

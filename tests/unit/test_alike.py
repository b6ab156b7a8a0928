"""Nearly the same text is found by its numbers; another story of the same life is not."""

import random
import time

import pytest

from forum.moderation.echoes import SHORTEST, are_alike, letters_of, numbers_of
from forum.web import openings

STORY = (
    "夜の台所でお湯をわかしながら、今日あったことをひとつずつ思い出しています。夫は隣の部屋でテレビを見ていて、"
    "わたしたちの間には、もう何年も用件しかありません。"
)
CLOSE = (
    STORY + "よろしくお願いします。",
    "あけみです。" + STORY,
    STORY.replace("夫", "主人"),
    STORY.replace("、", "、 ").replace("。", "。\n\n"),
    STORY.replace("テレビ", "てれび"),
    STORY.replace("。", "！！☆"),
    STORY.replace("お湯", "お茶"),
    STORY.replace("何年も", "十年も"),
    f">>12\n{STORY}",
    "　".join(STORY),
    STORY.replace("わたしたち", "私たち"),
    STORY.replace("今日", "きのう"),
    STORY[4:],
    STORY[:-12],
    STORY + "😊😊😊",
)
APART = (
    "夜の台所で夫と話しました。今日は久しぶりに笑いました。お湯がわく音まで、いつもと違って聞こえました。",
    "夫は何年も前から隣の部屋で寝ています。テレビの音がしない夜は、かえって目がさえてしまいます。",
    "駅の帰り道に雨が降って、傘をささずに歩きました。だれにも言わない約束を、ひとりで守っています。",
    "わたしたちの間には、用件しかないと思っていました。先週、夫が急に旅行の話をはじめるまでは。",
    "お湯をわかすだけの夜があってもいいのだと、ここを読んで思えるようになりました。ありがとうございます。",
)
ENGLISH = (
    "I stand in the kitchen at night and boil water, and nobody in the next room knows what I am thinking."
)


@pytest.mark.parametrize("text", CLOSE)
def test_a_copy_with_small_changes_shares_a_number_and_is_alike(text: str) -> None:
    assert set(numbers_of(STORY)) & set(numbers_of(text))
    assert are_alike(letters_of(STORY), letters_of(text))


@pytest.mark.parametrize("text", APART)
def test_another_story_in_the_same_words_is_not_alike(text: str) -> None:
    assert numbers_of(text)
    assert not are_alike(letters_of(STORY), letters_of(text))


def test_names_changed_in_english_make_no_other_text() -> None:
    other = ENGLISH.replace("water", "tea").upper() + " Anna"
    assert set(numbers_of(ENGLISH)) & set(numbers_of(other))
    assert are_alike(letters_of(ENGLISH), letters_of(other))


def test_a_short_text_has_no_numbers_and_quotations_do_not_count() -> None:
    assert numbers_of("あ" * (SHORTEST - 1)) == ()
    assert numbers_of("\n".join(f"> {STORY}" for _ in range(3)) + "\n読みました。") == ()
    assert numbers_of(">>1 >>2 >>3 " * 30) == ()


def test_of_a_thousand_copies_with_a_tenth_changed_nearly_all_share_a_number() -> None:
    chosen, mine, met = random.Random(5), set(numbers_of(STORY)), 0
    letters = [chr(code) for code in range(0x3042, 0x3080)]
    for _ in range(1000):
        place = chosen.randrange(len(STORY) - 8)
        changed = STORY[:place] + "".join(chosen.choices(letters, k=8)) + STORY[place + 8 :]
        met += bool(mine & set(numbers_of(changed)))
    assert met > 970


def test_the_numbers_of_a_text_are_frozen() -> None:
    # Numbers made last week are compared with those of today.
    assert numbers_of(STORY)[:2] == FROZEN


FROZEN = (6880936871145235795, 775385167011169260)


def test_numbers_fit_both_databases_and_take_no_long_time() -> None:
    text = "".join(random.Random(3).choices([chr(code) for code in range(0x3042, 0x9000)], k=5000))
    started = time.process_time()
    found = numbers_of(text)
    assert time.process_time() - started < 0.5
    assert all(0 <= number < 2**63 for number in found)


@pytest.mark.parametrize("path", ["", "/en"])
def test_an_opening_alone_is_too_short_to_be_a_copy(app, path: str) -> None:  # type: ignore[no-untyped-def]
    with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": path}):
        for numbers in openings.NUMBERS.values():
            for number in numbers:
                assert len(letters_of(openings.opening(str(number)) or "")) < SHORTEST

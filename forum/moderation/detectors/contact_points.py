"""Numbers, mail addresses, links and account names: the points at which a person can be reached.

Two labels need them: they tell who somebody is, and, when they are the writer's own, they are a way to leave the
board together. So they are found once, here, and each detector says what they mean.
"""

import re
from collections.abc import Iterator

import phonenumbers

from forum.moderation.detectors.base import Views
from forum.text import Folded, fold_words

Span = tuple[int, int]

# Mobile and IP numbers may stand in a longer run (an hour written right after); the others must stand alone.
_MOBILE = re.compile(r"(?<!\d)\d{0,3}?(0[5-9]0\d{8})(?=\d{0,4}(?!\d))")
_LANDLINE = re.compile(r"(?<![\d.+])(0[1-9]\d{8})(?!\d)")
_ELEVEN = re.compile(r"(?<!\d)(0[1-9]\d{9})(?!\d)")
_JAPAN = re.compile(r"(?<!\d)\+?(81[1-9]\d{8,9})(?!\d)")
_FOREIGN = re.compile(r"\+(?!81)\d{9,14}(?!\d)")
_AMERICAN = re.compile(r"(?<![\d-])\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?![\d-])")
_CARD = re.compile(r"(?<!\d)\d{14,16}(?!\d)")
_LOCAL = re.compile(
    fold_words(
        r"(?:電話|tel|でんわ|携帯|ケータイ|call|phone)(?:番号)?(?:は|が|:|\.)?[^。\n]{0,4}?(?<!\d)(\d{2,4}-\d{4})(?![\d-])"
    )
)
_SPLIT = re.compile(
    fold_words(
        r"(?:最初|はじめ|初め|頭|あたま|上|先頭)[^。\n]{0,8}(0[5-9]0|[〇零][五六七八九789][〇零]|ゼロ\w{2,4}ゼロ|ぜろ\w{2,4}ぜろ)"
        r"[^\n]{0,40}(?:おしり|お尻|最後|末尾|下|終わり|しっぽ|後ろ|うしろ)[^\n]{0,16}?(\d{4}|[〇一二三四五六七八九]{4})"
    )
)
_FOUR_DIGITS = re.compile("[0-9〇零一二三四五六七八九]{4}")
_SERVICE = ("0120", "0570", "0990")  # 0800 cannot be told from an 080 mobile number
_COUNTED = "01234567890123456789"
_CARD_WORD = re.compile(fold_words("カード|クレジット|card|visa|マスター|口座|番号|振込|振り込"))

_TLD = "com|net|org|jp|info|biz|io|app|dev|link|site|online|club|shop|xyz|page|tv|cc|gg|example|test|uk|fr|de|cn|kr|tw|me|ly|to"
_TLD_ALONE = (
    "com|net|org|jp|info|biz|io|app|dev|link|site|online|club|shop|xyz|page|example|uk"  # others need a path
)
_MAIL = re.compile(
    r"(?<![a-z0-9._+-])[a-z0-9][a-z0-9._+-]{0,40} ?@ ?[a-z0-9-]{1,40}(?: ?\. ?[a-z0-9-]{2,24}){1,4}"
    rf"|@ ?[a-z0-9-]{{2,40}}(?:\.[a-z0-9-]{{2,24}}){{0,3}}\.(?:{_TLD})(?![a-z0-9])"
)
_MAIL_IN_WORDS = re.compile(
    r"(?<![a-z0-9._-])[a-z0-9][a-z0-9._-]{1,40} (?:at|@) [a-z0-9-]{2,40} ?(?:dot|\.) ?(?:com|net|org|jp|co|info|example)(?![a-z])"
)
_MAIL_IN_KANA = re.compile(
    fold_words(
        r"[ぁ-んa-z0-9、]{2,24}@、?[ぁ-んa-z0-9、]{2,20}(?:てん|どっと|どつと|\.|、)、?"
        r"(?:ねっと|こむ|じぇいぴー|jp|com|net|org|おるぐ|おーあーるじー)"
    )
)
_LINK = re.compile(
    rf"h(?:tt|xx)ps?: ?//[^\s。、」）)]{{1,200}}|(?<![a-z0-9@.])www\.[a-z0-9-]{{2,60}}\.[a-z]{{2,}}"
    rf"|(?<![a-z0-9@._-])[a-z0-9-]{{2,60}}(?:\.[a-z0-9-]{{2,60}}){{0,3}}\.(?:(?:{_TLD_ALONE})(?![a-z0-9_.-]|@)|(?:{_TLD})(?=/))"
    r"(?:/[a-z0-9._~/?#=&%+-]{0,200})?"
)
_HOST = re.compile(r"(?:h..ps?: ?//)?(?:www\.)?([a-z0-9.-]+)")
_ACCOUNT = re.compile(
    fold_words(
        r"@[a-z0-9_][a-z0-9_.-]{3,30}|(?<=アカ)[^。\n]{0,12}?(?<![a-z0-9._-])[a-z][a-z0-9]{0,20}[._-][a-z0-9._-]{2,20}"
    )
)
# Beside these, an account or a number is not the writer's own.
_ANOTHER = re.compile(
    fold_words(
        "夫|妻|主人|旦那|ダンナ|亭主|嫁|家内|彼氏|彼女|彼の|元カノ|元彼|愛人|浮気|不倫|相手の|あの女|あの男|女の|男の|義|裏アカ|裏垢|鍵垢"
        "|息子|娘|姑|舅|上司|同僚|店長|先生|担任|名刺|さんの"
    )
    + r"|\b(?:his|her|him|she|he|husband|wife|mistress|girlfriend|boyfriend|lover|boss|their)\b"
)
_INVITES = re.compile(
    fold_words(
        "ください|下さい|待って|追加|話しま|連絡|友だち|友達|検索して|フォローして|どうぞ|送って|ね(?:。|$)"
    )
)


def numbers(views: Views) -> Iterator[tuple[str, Span]]:
    """Telephone and card numbers with the letters they are written in; helplines are no secret."""
    if views.digits is not views.compact:
        yield from _long_numbers(views)
    if _FOUR_DIGITS.search(views.compact.text):
        yield from _spelled(_AMERICAN, views.plain, "phone")
        for pattern in (_LOCAL, _SPLIT):
            yield from _spelled(pattern, views.compact, "phone")


def _long_numbers(views: Views) -> Iterator[tuple[str, Span]]:
    digits = views.digits
    for pattern in (_MOBILE, _ELEVEN, _LANDLINE, _JAPAN):
        for match in pattern.finditer(digits.text):
            number = match[1] if pattern is not _JAPAN else "0" + match[1][2:]
            if _is_personal(number, views):
                yield "phone", digits.span(*match.span(1))
    for match in _FOREIGN.finditer(digits.text):
        if _is_possible(match.group()):
            yield "phone", digits.span(*match.span())
    for match in _CARD.finditer(digits.text):
        if _CARD_WORD.search(digits.text):
            yield "account_or_card", digits.span(*match.span())


def services(views: Views) -> Iterator[Span]:
    """Toll-free and service numbers that are not on the house's own page: mostly somebody's business."""
    if views.digits is views.compact:
        return
    for match in _LANDLINE.finditer(views.digits.text):
        if match[1].startswith(_SERVICE) and match[1] not in views.known.numbers:
            yield views.digits.span(*match.span(1))


def mails(views: Views) -> Iterator[tuple[str, Span]]:
    """Mail addresses, also in words, in kana, and where only the part after the @ is given."""
    yield from _spelled(_MAIL, views.compact, "mail")
    if " at " in views.plain.text or "@" in views.plain.text:
        yield from _spelled(_MAIL_IN_WORDS, views.plain, "mail")
    if "@" in views.compact.text:
        yield from _spelled(_MAIL_IN_KANA, views.compact, "mail")


def links(views: Views) -> Iterator[Span]:
    """Addresses of pages, except those of the house's own list of help."""
    for match in _LINK.finditer(views.compact.text):
        host = _HOST.match(match.group())
        if host is None or host[1].removeprefix("www.") not in views.known.hosts:
            yield views.compact.span(*match.span())


def accounts_of_others(views: Views) -> Iterator[Span]:
    """Account names the writer tells about somebody else and invites nobody to."""
    text = views.compact.text
    for match in _ACCOUNT.finditer(text):
        mail = _MAIL.search(text, max(0, match.start() - 42), min(len(text), match.end() + 40))
        if mail is None and is_of_another(text, *match.span()) and not _INVITES.search(text):
            yield views.compact.span(*match.span())


def is_of_another(text: str, start: int, end: int) -> bool:
    """Whether the words shortly before or after speak of somebody else."""
    return _ANOTHER.search(text, max(0, start - 40), min(len(text), end + 24)) is not None


def own_points(views: Views) -> Iterator[Span]:
    """Numbers and mail addresses that nothing near says are somebody else's: offered to be used."""
    for _, (start, end) in (*numbers(views), *mails(views)):
        around = fold_words(views.text[max(0, start - 40) : end + 24].lower())
        if not _ANOTHER.search(around):
            yield start, end


def _spelled(pattern: re.Pattern[str], view: Folded, kind: str) -> Iterator[tuple[str, Span]]:
    for match in pattern.finditer(view.text):
        yield kind, view.span(*match.span(1 if pattern.groups == 1 else 0))


def _is_personal(number: str, views: Views) -> bool:
    return not (number.startswith(_SERVICE) or number in views.known.numbers or number in _COUNTED)


def _is_possible(number: str) -> bool:
    try:
        return bool(phonenumbers.is_possible_number(phonenumbers.parse(number, None)))
    except phonenumbers.NumberParseException:
        return False

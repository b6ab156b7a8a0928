"""Small things that together leave one couple: a town, two ages, a trade, a date, a child's class.

None of them alone is personal information, and most posts name one or two. Only the sum is shown to the writer,
each part marked, so that leaving out a single one is enough.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from forum.moderation.detectors.base import Views
from forum.text import fold_words

ENOUGH = 5


@dataclass(frozen=True)
class _Part:
    worth: int
    at_most: int  # how many of a kind count: two adults have two ages
    pattern: re.Pattern[str]


_COMMON_TOWN = "隣|下|港|城下|田舎|温泉|同じ|小さな|この|その|あの|学園|門前|宿場|同|故郷の|生まれた|育った|海辺の|山の|遠くの|知らない|別の|近くの|漁師|農|漁|山|寒|北国の"
_PREFECTURES = (
    "北海道|青森|岩手|宮城|秋田|山形|福島|茨城|栃木|群馬|埼玉|千葉|東京|神奈川|新潟|富山|石川県|福井|山梨|長野|岐阜|静岡|愛知|三重|滋賀|京都"
    "|大阪|兵庫|奈良|和歌山|鳥取|島根|岡山|広島|山口県|徳島|香川|愛媛|高知|福岡|佐賀|長崎|熊本|大分県|宮崎|鹿児島|沖縄"
)
_TRADES = (
    "教師|教員|教諭|看護師|薬剤師|公務員|医師|歯科医|保育士|介護士|介護福祉士|美容師|理容師|警察官|消防士|消防|自衛官|農家|漁師|住職|税理士|弁護士|司書|調理師|栄養士"
    "|整体師|整骨院|郵便局|銀行員|八百屋|酒屋|旅館|運転手|建築士|県庁|市役所|役場|町工場|自営業|大工|電気工事|獣医|僧侶|坊守|助産師|研究職|大学教授|塾講師|議員|クリーニング店|豆腐屋|花屋|パン屋|理髪店|床屋"
)
_WORKPLACES = "図書館|書店|本屋|保育園|幼稚園|小学校|中学校|高校|病院|診療所|医院|薬局|銀行|信用金庫|農協|漁協|公民館|美術館|博物館|市場|工場|温泉"
_TOWN = _Part(
    2,
    1,
    re.compile(
        fold_words(
            f"(?<![一-龯])(?!(?:{_COMMON_TOWN})(?:市|町|村|区))(?:[一-龯]{{1,4}}|[ぁ-ん]{{2,5}}(?<![のなたいるくにではがをともてへ]))(?:市|町|村|郡)"
            "(?=[にでのはがも、。]|在住|出身|住|内)|(?<![一-龯])(?!最寄|次の|終着|始発|隣)[一-龯]{2,4}駅(?=[にでのは近前か])"
        )
    ),
)
_REGION = _Part(1, 1, re.compile(fold_words(f"(?:{_PREFECTURES})(?=県|府|都|[にでのは在住、。市])")))
_OTHERS: tuple[_Part, ...] = (
    _Part(
        1,
        2,
        re.compile(
            "(?<![0-9一二三四五六七八九十])(?:[2-8][0-9]|[二三四五六七八]十[一二三四五六七八九]?)(?:歳|才)(?!の(?:頃|ころ|時))"
        ),
    ),
    # 夫は五十六、わたしは四十九: an age beside a person needs no 歳.
    _Part(
        1,
        2,
        re.compile(
            fold_words(
                "(?:夫|妻|主人|旦那|わたし|私|彼|彼女|相手)[はがも](?:[2-8][0-9]|[二三四五六七八]十[一二三四五六七八九]?)(?=[、。でと]|に[な、])"
            )
        ),
    ),
    _Part(
        1,
        1,
        re.compile(
            fold_words(
                f"(?:{_TRADES}|(?:{_WORKPLACES})(?:の(?:窓口|受付|事務|パート))?(?:で働|に勤|勤務|で受付))"
            )
        ),
    ),
    _Part(
        1,
        1,
        re.compile(
            "(?<![0-9])1?[0-9]月[0-3]?[0-9]日|[0-9一二三四五六七八九十]{1,2}月の第[1-4一二三四][月火水木金土日]曜|(?:昭和|平成)[0-9一二三四五六七八九十]{1,3}年(?:[0-9]{1,2}月|生まれ|に結婚)"
        ),
    ),
    _Part(
        1,
        2,
        re.compile(
            fold_words(
                "(?:高校|中学|小学|大学)(?:校)?[0-9一二三四五六]年|(?<![一-龯])[小中高][1-6一二三四五六](?![0-9万千百十時])"
            )
        ),
    ),
    _Part(1, 1, re.compile("(?:長男|長女|次男|次女|三男|三女|双子)")),
)


def spans(views: Views) -> tuple[tuple[int, int], ...]:
    """The parts, when town and enough of the rest stand together; nothing otherwise."""
    text = views.compact.text
    parts = [(kind.worth, span) for kind in _OTHERS for span in _found(kind, text)]
    if len(parts) < ENOUGH - _TOWN.worth - _REGION.worth:
        return ()
    places = [(kind.worth, span) for kind in (_TOWN, _REGION) for span in _found(kind, text)]
    if not places or sum(worth for worth, _ in (*places, *parts)) < ENOUGH:
        return ()
    return tuple(sorted(views.compact.span(*span) for _, span in (*places, *parts)))


def _found(kind: _Part, text: str) -> Iterator[tuple[int, int]]:
    """The first few of a kind, each different word once."""
    seen: set[str] = set()
    for match in kind.pattern.finditer(text):
        if match.group() not in seen and len(seen) < kind.at_most:
            seen.add(match.group())
            yield match.span()

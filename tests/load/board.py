"""A board of any size for measuring: threads whose words follow from a number, so that every run has the same."""

import json
import random
from pathlib import Path

THEMES = ("r1", "r2", "r3", "r4", "r5", "r6", "r7")
REPLIES = 20
BODY = (
    "夜の台所でお湯をわかしながら、今日あったことをひとつずつ思い出しています。"
    "駅の帰り道に雨が降って、傘をささずに歩きました。だれにも言わない約束を、ひとりで守っています。"
)
SENTENCES = (
    "静かな夜に白湯を飲みました。",
    "手紙を書いて、出さずにしまいました。",
    "雨の日は少しだけ楽になります。",
    "駅のホームで知らない人に道を聞かれました。",
    "ありがとうと言われたのは、ひさしぶりでした。",
    "子どもの寝息を聞いていると、時間が止まります。",
    "窓の外で鳥が鳴いています。",
    "約束を破ったことは、まだありません。",
    "朝になれば、また同じ一日がはじまります。",
    "となりの部屋の明かりが消えました。",
    "海の音を聞きに行きたいと思います。",
    "そのひとことが、ずっと残っています。",
)


def write(path: Path, *, threads: int, long_thread: int) -> None:
    """Write a file for `forum import`: ``threads`` threads of REPLIES replies, the first with ``long_thread`` posts."""
    chosen = random.Random(threads)  # nosec
    with path.open("w", encoding="utf-8") as file:
        for number in range(threads):
            replies = long_thread - 1 if number == 0 else REPLIES
            file.write(json.dumps(_thread(number, replies, chosen), ensure_ascii=False) + "\n")


def _thread(number: int, replies: int, chosen: random.Random) -> dict[str, object]:
    days = chosen.randrange(300)
    return {
        "id": str(number),
        "theme": THEMES[number % len(THEMES)],
        "title": chosen.choice(SENTENCES).rstrip("。"),
        "body": _body(chosen),
        "days_ago": days,
        "replies": [
            {"body": _body(chosen), "by": chosen.randrange(8), "days_ago": days} for _ in range(replies)
        ],
    }


def _body(chosen: random.Random) -> str:
    return "\n\n".join("".join(chosen.choices(SENTENCES, k=7)) for _ in range(2))

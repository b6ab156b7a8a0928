"""Nothing hostile gets through the markup, and no letter a person wrote gets lost in it."""

import re
import threading
import time
from html.parser import HTMLParser

import nh3
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from forum import markup
from forum.markup import excerpt, plain_text, render_post, text_of, trusted
from forum.text import clean_input

HOSTILE = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//x.example/a.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "<a href='javascript:alert(1)'>押す</a>",
    "<p style='background:url(javascript:alert(1))'>x</p>",
    "<p class=x id=y onclick=alert(1)>x</p>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<object data=x></object><embed src=x>",
    "<form action=//x><input name=q><button>送る</button></form>",
    "<base href=//x.example/>",
    "<meta http-equiv=refresh content='0;url=//x'>",
    "<link rel=stylesheet href=//x>",
    "<style>*{display:none}</style>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<!-- 見えない --><b>太い</b>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo 1 ?>",
    "<p",
    "<p>閉じない <em",
    "</p></div></body></html>",
    "<br/><br /><hr><p><blockquote>",
    "<ul><li>本物ではない</ul>",
    "<<script>script>alert(1)<</script>/script>",
    "[押す](javascript:alert(1))",
    "[押す](//x.example/)",
    '[押す](https://x.example/ "題")',
    "![絵](https://x.example/a.png)",
    "![絵][1]\n\n[1]: https://x.example/a.png",
    "[1]: javascript:alert(1)\n\n[押す][1]",
    "<https://x.example/>",
    "<javascript:alert(1)>",
    "<who@x.example>",
    "https://x.example/?a=1&b=2 を見て",
    "`<script>`",
    "```\n<script>alert(1)</script>\n```",
    "    <script>alert(1)</script>",
    "# 見出し\n\n見出し\n======\n\n小さい\n---",
    "&lt;script&gt; &amp;amp; &#60;b&#62; &#x3c;i&#x3e; &copy; &nosuch; &",
    "*<b>* **<i>** ***<u>***",
    "**閉じない *強調 _も",
    "> > > > > > > > > > 深い",
    "- <li>\n- </ul>\n1. <ol>",
    "|列|列|\n|---|---|\n|<td>|x|",
    "*[HTML]: <b>\n\n{: onclick=alert(1)}\n\n[^1]: 注",
    "\x02klzzwxh:0000\x03 \x02wzxhzdk:0\x03 klzzwxh:0000 wzxhzdk:0",
    "\ufdd0\ufdd1\ufdd2\ufdd3<b>",
    ">>1<script>alert(1)</script>",
    '&gt;&gt;12 >>12"onmouseover=alert(1)',
    "＜script＞alert(1)＜/script＞",
    "\u202e<b>反対\u202c \u2066x\u2069",
    "a\x00<b\x00>c",
]
TALL = [
    "- " * 500,
    "1. " * 500,
    "> " * 500,
    ">" * 5000,
    "[" * 5000,
    "*" * 5000,
    "_" * 4999 + "x",
    "-" * 4999 + "x",
]
TALL += [
    "- > " * 1250,
    "**a" * 1600,
    "***a" * 1250,
    "*a" * 2500,
    "<" * 5000,
    "&" * 5000,
    "`" * 5000,
    ">a\nb\n" * 1000,
]
TALL += [
    "".join(f"{' ' * 4 * n}- a\n" for n in range(45)),
    "---\n" * 1250,
    "- a\n" * 1250,
    "- - x\n    " * 500,
]

# The signs of our markup; everything else a person wrote must stand on the page.
SIGNS = str.maketrans("", "", "*>-+_")


class _Page(HTMLParser):
    """What a reader sees, with the numbers a browser puts before the items of a list."""

    def __init__(self) -> None:
        super().__init__()
        self.letters: list[str] = []
        self._lists: list[int | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"ol", "ul"}:
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "li" and (number := self._lists[-1]) is not None:
            self._lists[-1] = number + 1
            self.letters.append(f"{number + 1}.")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"ol", "ul"}:
            self._lists.pop()

    def handle_data(self, data: str) -> None:
        self.letters.append(data)


def shown(rendered: str) -> str:
    page = _Page()
    page.feed(rendered)
    page.close()
    return "".join("".join(page.letters).translate(SIGNS).split())


def letters(text: str) -> str:
    inside = re.sub("[\ufdd0-\ufdef]", "", clean_input(text))
    return "".join(inside.translate(SIGNS).split())


def is_clean(rendered: str) -> bool:
    """Whether a second opinion finds nothing to take away, and only references carry attributes."""
    bare = re.sub(r'<a class="ref" href="#p[1-9][0-9]{0,3}">([^<]*)</a>', r"\1", rendered)
    return nh3.clean(bare, tags=set(markup.TAGS), attributes={}).replace("&nbsp;", "\xa0") == bare


@pytest.mark.parametrize("source", HOSTILE)
def test_a_hostile_text_is_shown_and_does_nothing(source: str) -> None:
    rendered = render_post(source)
    assert is_clean(rendered)
    assert shown(rendered) == letters(source)


@pytest.mark.parametrize("source", TALL)
def test_a_tall_text_is_rendered_soon_and_whole(source: str) -> None:
    begun = time.process_time()
    rendered = render_post(source)
    assert time.process_time() - begun < 2
    assert is_clean(rendered)


def test_markers_beyond_the_cap_stay_as_text() -> None:
    assert text_of(render_post("- " * 500 + "x")).count("-") == 500 - markup.MARKERS_KEPT
    assert text_of(render_post("1. " * 500 + "x")).count("1.") == 500 - markup.MARKERS_KEPT


@given(st.text(alphabet=st.sampled_from("あ海a1. \n\u3000*_->+#[]()!<&;`|\\~=:/'\"＞１"), max_size=200))
@example(">>1\n> a\n- b\n\n1. c\n1. d")
@example("1. a\n- b\n2. c\n\n- d\n\n2. e")
@example("- a\n\n    1985. b\n    - c\n> d")
@settings(max_examples=400, deadline=None)
def test_no_letter_is_lost_whatever_was_typed(source: str) -> None:
    rendered = render_post(source)
    assert is_clean(rendered)
    assert shown(rendered) == letters(source)


@given(st.text(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_text_is_rendered_cleanly(source: str) -> None:
    assert is_clean(render_post(source))
    assert len(excerpt(render_post(source), 40)) <= 40


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("一行目\n二行目", "<p>一行目<br>\n二行目</p>"),
        ("一\n\n二", "<p>一</p>\n<p>二</p>"),
        ("これは*大事*です", "<p>これは<em>大事</em>です</p>"),
        ("これは**とても**です", "<p>これは<strong>とても</strong>です</p>"),
        ("***両方***", "<p><strong><em>両方</em></strong></p>"),
        ("- 海\n- 山", "<ul>\n<li>海</li>\n<li>山</li>\n</ul>"),
        ("1. 海\n2. 山", "<ol>\n<li>海</li>\n<li>山</li>\n</ol>"),
        ("> 引用", "<blockquote>\n<p>引用</p>\n</blockquote>"),
        ("上\n\n---\n\n下", "<p>上</p>\n<hr>\n<p>下</p>"),
        ("# 見出しはない", "<p># 見出しはない</p>"),
        ("&amp; &lt;", "<p>&amp;amp; &amp;lt;</p>"),
        ("", ""),
        (" \n　\n", ""),
    ],
)
def test_the_few_signs_mean_what_people_expect(source: str, expected: str) -> None:
    assert render_post(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "(*^_^*) (*´ω`*) （*^o^*） m(_ _)m T_T *^^*",
        "\\(^o^)/ ¯\\_(ツ)_/¯",
        "5*3*2 は 30",
        "snake_case と 言葉_と_言葉 と _これ_",
        "＊全角＊ ＿これ＿ ＃これ ＞これ ー－",
        "１. 全角の番号",
        "|表|ではない|",
        "**閉じない",
        "~~線~~ ==印== ^上^",
    ],
)
def test_what_is_not_markup_stays_as_it_was_typed(source: str) -> None:
    rendered = render_post(source)
    assert text_of(rendered) == source
    assert "<em>" not in rendered


def test_a_number_before_a_point_is_text_unless_it_counts() -> None:
    assert "1985. あの年" in render_post("1985. あの年のこと")
    assert "5. 五つめ" in render_post("1. 一つめ\n5. 五つめ")
    assert "2. 二つめ" in render_post("1. 一つめ\n\nあいだの言葉\n\n2. 二つめ")
    assert "01. 一つめ" in render_post("01. 一つめ")


def test_a_reply_does_not_end_up_inside_the_quote_before_it() -> None:
    assert render_post("> 引用\n返事") == "<blockquote>\n<p>引用</p>\n</blockquote>\n<p>返事</p>"
    assert "<p>c</p>\n</blockquote>" in render_post("> a\n>> b\n> c")


def test_a_face_is_no_quote() -> None:
    assert "<blockquote>" not in render_post(">_< つらい\n>д<")


@pytest.mark.parametrize(
    "source", [">>12 さん", "> >>12 さん", "あ\n>>12", "- >>12", "＞＞12", "＞＞１２", "(>>12)"]
)
def test_a_reference_leads_to_its_post(source: str) -> None:
    rendered = render_post(source)
    assert rendered.count('<a class="ref" href="#p12">') == 1
    if source.startswith(">>"):
        assert "<blockquote>" not in rendered


@pytest.mark.parametrize("source", ["≫12", ">>0", ">>012", ">>12345", ">> 12", ">12", "＞12", "&gt;&gt;12"])
def test_what_is_no_reference_leads_nowhere(source: str) -> None:
    assert "<a" not in render_post(source)


def test_one_post_does_not_leak_into_the_next() -> None:
    render_post("[a]: https://x.example/\n\n1. x\n\n> y")
    assert render_post("[a]") == "<p>[a]</p>"
    assert render_post("2. x") == "<p>2. x</p>"


def test_threads_do_not_disturb_each_other() -> None:
    sources = [f"**{n}** 番目\n\n- a{n}\n- b{n}\n\n> 引用{n}" for n in range(8)]
    expected = [render_post(source) for source in sources]
    wrong: list[str] = []

    def work(place: int) -> None:
        for _ in range(30):
            if render_post(sources[place]) != expected[place]:
                wrong.append(sources[place])

    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(sources))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_text_too_deep_for_the_stack_becomes_plain_paragraphs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markup, "MARKERS_KEPT", 10_000)
    rendered = render_post("1. " * 1600 + "<b>\n\n終わり")
    assert is_clean(rendered)
    assert "終わり" in rendered
    assert render_post("ふつう") == "<p>ふつう</p>"


def test_more_letters_than_a_post_may_have_are_cut() -> None:
    assert len(text_of(render_post("あ" * 9000))) == markup.SOURCE_LENGTH


def test_a_post_with_a_nul_byte_is_cleaned() -> None:
    assert render_post("a\x00b\u202ec") == "<p>abc</p>"


def test_plain_text_has_no_signs_and_keeps_lines() -> None:
    source = "**強い**と*弱い*\n二行目 & <b>\n\n- 海\n- 山\n\n> 引用\n\n---\n>>3 へ"
    assert plain_text(source) == "強いと弱い\n二行目 & <b>\n海\n山\n引用\n>>3 へ"
    assert text_of(render_post(source)) == plain_text(source)


@pytest.mark.parametrize(
    ("source", "length", "expected"),
    [
        ("短い。", 10, "短い。"),
        ("一つめです。\n二つめがずっと長く続きます", 8, "一つめです。"),
        ("あ。" + "い" * 30, 10, "あ。いいいいいいい…"),
        ("句点のない言葉がどこまでも続く", 8, "句点のない言葉…"),
        ("**強い**言葉。それから", 6, "強い言葉。"),
        ("一行目\n\n二行目", 20, "一行目 二行目"),
        ("「そう言った。」と書いた言葉がまだ続いていく", 10, "「そう言った。」"),
        ("Dr. Who came. And then he left again", 16, "Dr. Who came."),
        ("", 5, ""),
    ],
)
def test_an_excerpt_ends_where_a_sentence_does(source: str, length: int, expected: str) -> None:
    assert excerpt(render_post(source), length) == expected


def test_an_excerpt_tears_no_emoji_apart() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    assert excerpt(render_post("ああ" + family + "いいい"), 5) == "ああ…"


def test_trusted_html_is_not_escaped_again() -> None:
    assert isinstance(trusted("<p>x</p>"), Markup)

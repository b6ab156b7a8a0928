"""From a person's text to safe HTML and back to plain text: the only home of Markdown, bleach and ``Markup``.

A post knows paragraphs, line breaks, quotes, lists, lines across, ``*em*`` and ``**strong**``, and nothing
else: no links, no images, no raw HTML. Whatever is not one of these stands on the page just as it was typed.
Markdown sees neither ``<`` nor ``&`` at all, and bleach checks its output against a short list of bare tags.
"""

import html
import re
import threading
import unicodedata
from collections.abc import Iterator
from functools import cache
from xml.etree.ElementTree import Element  # nosec: the type of Markdown's own tree, nothing is parsed with it

from bleach.sanitizer import Cleaner
from markdown import Markdown
from markdown.extensions.nl2br import Nl2BrExtension
from markdown.extensions.sane_lists import SaneListExtension, SaneOListProcessor
from markdown.inlinepatterns import SimpleTagInlineProcessor
from markdown.treeprocessors import InlineProcessor
from markdown.util import Registry
from markupsafe import Markup

from forum.text import clean_input

RENDER_VERSION = 1
SOURCE_LENGTH = 5000
TAGS = frozenset({"p", "br", "em", "strong", "blockquote", "ul", "ol", "li", "hr"})

# Each marker at the start of a line is one level of recursion in Markdown: "- - - …" would exhaust the stack.
MARKERS_KEPT = 6
INDENT_KEPT = 12

# Noncharacters that stand in for letters while Markdown looks at the text; none can come from outside.
_GUARD = "\ufdd0"  # before a sign that must not be read as markup
_SHELTERED = {"\u3000": "\ufdd1", "&": "\ufdd2", "<": "\ufdd3"}
_UNSHELTERED = {_GUARD: "", "\ufdd1": "\u3000", "\ufdd2": "&amp;", "\ufdd3": "&lt;"}
_SHELTER = str.maketrans(_SHELTERED)
_UNSHELTER = str.maketrans(_UNSHELTERED)
_NONCHARACTERS = re.compile("[\ufdd0-\ufdef]")

_REFERENCE = r">[1-9１-９][0-9０-９]{0,3}(?![0-9０-９])"
# A quote's sign; not the start of ">>12", and not a face such as ">_<".
_QUOTE = re.compile(rf"[ ]{{0,3}}>(?!{_REFERENCE}|[^\s>]{{1,2}}<)[ ]?")
_ITEM = re.compile(r"[ ]*(?:[*+-]|\d+\.)[ ]+")
_ANY_MARKER = re.compile(r"([ ]*)(?=>|[*+-][ ]|\d+\.[ ])")
_RULE = re.compile(r"[ ]{0,3}(?:(?:-[ ]{0,2}){3,}|(?:_[ ]{0,2}){3,}|(?:\*[ ]{0,2}){3,})$")
_NUMBER = re.compile(r"([ ]{0,3})(\d+)\.[ ]")

# Faces like (*^o^*) and sums like 5*3*2 are not emphasis; neither goes over the end of a line.
_STRONG = r"(?<!\*)(\*\*)(?=\S)(?=[^\n]*?[^\W_])([^\n]*?[^\s])\*\*(?!\*)"
_EMPHASIS = r"(?<![*(（\d])(\*)(?=[^\s*])(?=[^*\n]*[^\W_])([^*\n]*[^\s*])\*(?![*)）\d])"

_TAG = re.compile(r"(<[^>]*>)")
_REFERENCE_SHOWN = re.compile(r"(?:&gt;&gt;|＞＞)([1-9１-９][0-9０-９]{0,3})(?![0-9０-９])")
_BLOCK_END = re.compile(r"<br>\n?|</(?:p|li|blockquote|ul|ol)>|<hr>")
_GAPS = re.compile(r"\s*\n\s*")
_SENTENCE_END = re.compile(r"[。．！？!?…][」』）)]?|\.(?=\s)")


class _NumberedList(SaneOListProcessor):  # type: ignore[misc]
    """Takes "1. 2. 3." as a list and nothing else: "1985. …" would lose its number."""

    def test(self, parent: Element, block: str) -> bool:
        found = _NUMBER.match(block)
        return found is not None and parent.tag != "ul" and found.group(2) == str(self._next_number(parent))

    def run(self, parent: Element, blocks: list[str]) -> None:
        blocks[0] = _guard_numbers_out_of_order(blocks[0], self._next_number(parent))
        super().run(parent, blocks)

    def _next_number(self, parent: Element) -> int:
        before = parent if parent.tag == "ol" else self.lastChild(parent)
        return len(before) + 1 if before is not None and before.tag == "ol" else 1


def _guard_numbers_out_of_order(block: str, expected: int) -> str:
    lines = block.split("\n")
    for place, line in enumerate(lines):
        found = _NUMBER.match(line)
        if found and found.group(2) == str(expected):
            expected += 1
        elif found:
            lines[place] = found.group(1) + _GUARD + line[found.end(1) :]
    return "\n".join(lines)


def _make_markdown() -> Markdown:
    """Markdown with an allow-list: what a later version adds stays out until somebody lets it in."""
    md = Markdown(output_format="html", extensions=[SaneListExtension(), Nl2BrExtension()])
    blocks = md.parser.blockprocessors
    for name in ("code", "hashheader", "setextheader", "reference"):
        blocks.deregister(name)
    blocks.register(_NumberedList(md.parser), "olist", 40)
    md.preprocessors.deregister("html_block")
    inline: Registry[object] = Registry()
    inline.register(SimpleTagInlineProcessor(_STRONG, "strong"), "strong", 70)
    inline.register(SimpleTagInlineProcessor(_EMPHASIS, "em"), "em", 60)
    inline.register(md.inlinePatterns["nl"], "nl", 5)
    md.inlinePatterns = inline
    md.treeprocessors.register(InlineProcessor(md), "inline", 20)  # it keeps the registry it was made with
    return md


class _Tools(threading.local):
    """One Markdown and one bleach a thread: both keep state while they work."""

    def __init__(self) -> None:
        self.markdown = _make_markdown()
        self.cleaner = Cleaner(tags=TAGS, attributes={}, protocols=frozenset(), strip=False)


@cache
def _tools() -> _Tools:
    return _Tools()


def render_post(source: str) -> str:
    """Safe HTML for a post; never raises. Callers refuse over ``SOURCE_LENGTH`` letters; here they go."""
    cleaned = _tools().cleaner.clean(_convert(source))
    return "".join(_with_references(cleaned))


def plain_text(source: str) -> str:
    """What a reader of the post sees, as text: no markup signs, one line per line."""
    return text_of(_convert(source))


def text_of(rendered: str) -> str:
    """The letters of HTML made by :func:`render_post`: cheap, for search over stored posts."""
    lined = _BLOCK_END.sub("\n", rendered)
    return _GAPS.sub("\n", html.unescape(_TAG.sub("", lined))).strip()


def excerpt(rendered: str, length: int) -> str:
    """The first letters of a rendered post on one line, ``length`` at most.

    Cut at a sentence's end near by, else with ``…``.
    """
    text = " ".join(text_of(rendered).split())
    if len(text) <= length:
        return text
    ends = [found.end() for found in _SENTENCE_END.finditer(text, 0, length) if found.end() * 2 >= length]
    if ends:
        return text[: ends[-1]]
    cut = max(length - 1, 0)
    while cut > 0 and _continues(text, cut):
        cut -= 1
    return text[:cut].rstrip() + "…"


def trusted(rendered: str) -> Markup:
    """Marks HTML as safe for templates. Only for what :func:`render_post` made and the database kept."""
    return Markup(rendered)  # noqa: S704  # nosec


def _continues(text: str, place: int) -> bool:
    """Whether a cut before ``place`` would tear a letter from its marks, or an emoji apart."""
    after, before = text[place], text[place - 1]
    return bool(unicodedata.combining(after)) or after in "\u200d\ufe0e\ufe0f" or before == "\u200d"


def _convert(source: str) -> str:
    text = _NONCHARACTERS.sub("", clean_input(source))[:SOURCE_LENGTH]
    guarded = "\n".join(_guard_lines(text)).translate(_SHELTER)
    md = _tools().markdown
    md.reset()
    md.parser.state.clear()  # a conversion that was cut off may have left its state behind
    try:
        converted = md.convert(guarded)
    except RecursionError:
        return _plain_paragraphs(text)
    return str(converted).translate(_UNSHELTER)


def _plain_paragraphs(text: str) -> str:
    blocks = (html.escape(block, quote=False).replace("\n", "<br>\n") for block in re.split(r"\n{2,}", text))
    return "\n".join(f"<p>{block}</p>" for block in blocks if block)


def _guard_lines(text: str) -> Iterator[str]:
    """Line by line: cap markers, protect ">>12", and end a quote where its signs end.

    Markdown would go on with a quote on a next line without a sign: a reply would stand in the other's mouth.
    """
    quoted = 0
    for line in text.split("\n"):
        depth, guarded = _guard_line(line)
        if depth < quoted and line.strip(" "):
            yield ">" * depth
        quoted = depth
        yield guarded


def _guard_line(line: str) -> tuple[int, str]:
    """How deep the line is quoted, and the line with every marker guarded that Markdown must not read."""
    line = _capped_indent(line)
    place = depth = markers = 0
    while markers < MARKERS_KEPT and not _RULE.match(line, place):
        quote = _QUOTE.match(line, place)
        found = quote or _ITEM.match(line, place)
        if not found:
            break
        if quote and depth == markers:
            depth += 1
        markers += 1
        place = found.end()
    if _RULE.match(line, place):
        return depth, line
    left = _ANY_MARKER.match(line, place)
    if left:
        place = left.end()
        line = line[:place] + _GUARD + line[place:]
    return depth, line


def _capped_indent(line: str) -> str:
    letters = line.lstrip(" ")
    return " " * min(len(line) - len(letters), INDENT_KEPT) + letters


def _with_references(cleaned: str) -> Iterator[str]:
    for piece in _TAG.split(cleaned):
        yield piece if piece.startswith("<") else _REFERENCE_SHOWN.sub(_reference, piece)


def _reference(found: re.Match[str]) -> str:
    return f'<a class="ref" href="#p{int(found.group(1))}">{found.group()}</a>'

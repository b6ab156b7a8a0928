"""Words in the reader's language. The Japanese sentence is the key; the catalogue of another language answers it.

A page asks for some sixty sentences, so asking is cheap: the catalogue is read once a process and the language comes
straight from where the edge put it.
"""

from datetime import date
from functools import cache
from gettext import NullTranslations
from pathlib import Path
from typing import Any

from babel.dates import format_skeleton
from babel.support import LazyProxy, Translations
from flask import has_request_context, request

FOLDER = Path(__file__).resolve().parent / "translations"
SOURCE_LANGUAGE = "ja"
LOCALE = "nagi.locale"  # the edge's word in the WSGI environment


def locale() -> str:
    """The language of this request, from its path alone; Japanese outside of one."""
    return str(request.environ.get(LOCALE, SOURCE_LANGUAGE)) if has_request_context() else SOURCE_LANGUAGE


def gettext(message: str, **values: Any) -> str:
    """The sentence in the language of this request, its placeholders filled in."""
    found = _catalogue(locale()).gettext(message)
    return found % values if values else found


def ngettext(singular: str, plural: str, num: int, **values: Any) -> str:
    """The same for a counted thing; ``%(num)d`` is the count."""
    found = _catalogue(locale()).ngettext(singular, plural, num)
    return found % ({"num": num} | values)


def date_words(day: date) -> str:
    """A day of the calendar without its year: 12月3日, Dec 3."""
    return str(format_skeleton("MMMd", day, locale=locale()))


def month_words(month: date) -> str:
    """A month with its year: 2026年12月, Dec 2026."""
    return str(format_skeleton("yMMM", month, locale=locale()))


def lazy_gettext(message: str) -> Any:
    """A sentence that chooses its language when it is shown: for labels made once, at import."""
    return LazyProxy(gettext, message, enable_cache=False)


@cache
def _catalogue(language: str) -> NullTranslations:
    if language == SOURCE_LANGUAGE:
        return NullTranslations()
    return Translations.load(str(FOLDER), [language])

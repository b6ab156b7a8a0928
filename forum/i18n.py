"""Words in the reader's language. The Japanese sentence is the key; the catalogue of another language answers it.

Sole importer of Flask-Babel's gettext, which is untyped: here it gets its types.
"""

from typing import Any

import flask_babel


def gettext(message: str, **values: Any) -> str:
    """The sentence in the language of this request, its placeholders filled in."""
    return str(flask_babel.gettext(message, **values))


def ngettext(singular: str, plural: str, num: int, **values: Any) -> str:
    """The same for a counted thing; ``%(num)d`` is the count."""
    return str(flask_babel.ngettext(singular, plural, num, **values))


def lazy_gettext(message: str, **values: Any) -> Any:
    """A sentence that chooses its language when it is shown: for labels made once, at import."""
    return flask_babel.lazy_gettext(message, **values)

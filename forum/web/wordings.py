"""Ready sentences on the desk's forms: the shipped ones and the operator's own, and what a press on one does."""

from forum.forms.moderation import CHOOSE, DecideForm
from forum.forms.wordings import SHIPPED
from forum.moderation import wordings
from forum.moderation.entries import Faults
from forum.runtime import runtime


def choices(kind: str) -> list[tuple[str, str]]:
    """What may be chosen from for this place, an operator's own after the shipped ones."""
    return [("", str(CHOOSE)), *((code, label) for code, (label, _words) in _all(kind).items())]


def begun(kind: str, code: str | None, typed: str) -> str:
    """What stands in the field after a press: the chosen words below what was typed; nothing that was typed goes."""
    chosen = _all(kind).get(code or "")
    if chosen is None:
        return typed
    written = typed.rstrip()
    return f"{written}\n{chosen[1]}" if written else chosen[1]


def put_note(form: DecideForm) -> None:
    """Put the chosen half-written note below what is written to the author."""
    form.note_author.data = begun("note", form.template.data, form.note_author.data or "")


def _all(kind: str) -> dict[str, tuple[str, str]]:
    shipped = {code: (str(label), str(words)) for code, (label, words) in SHIPPED[kind].items()}
    return shipped | wordings.read_own(runtime().settings.instance / wordings.OWN, Faults())[kind]

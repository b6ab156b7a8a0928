"""Finds what tells who somebody is: numbers and addresses in any writing, names in their place, and small things
that are harmless alone and name one couple together.

Severity 1: the writer's own name or place of work; 2: a combination; 3: what finds a person by itself.
"""

import re
from collections.abc import Iterator

from forum.moderation.detectors import combination, contact_points
from forum.moderation.detectors.base import Finding, Views
from forum.moderation.detectors.lexicon import findings_of

LABEL = "personal_info"

_CAPITAL = r"[A-Z][a-z]{1,14}(?:[-'][A-Z][a-z]{1,14})?"
_STREET = r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Crescent|Drive|Close|Court|Way|Terrace|Place|Gardens|Grove|Square|Hill|Row|Mews|Boulevard|Blvd|Parade|Walk)"
# Names and streets in English are told by their capitals, which folding takes away.
_ENGLISH: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("street_address", re.compile(rf"\b(\d{{1,5}}[A-Za-z]? (?:{_CAPITAL} ){{1,3}}{_STREET}\b)")),
    ("street_address", re.compile(r"\b([A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2})\b")),
    (
        "full_name_of_another",
        re.compile(
            r"\b(?:girlfriend|boyfriend|mistress|husband|wife|boss|lover|ex|neighbou?r|teacher|doctor|therapist|woman|man"
            rf"|she|he|her|him|other woman)(?:'s)?(?: name)?(?: is| was|'s| called| named|,) ({_CAPITAL} {_CAPITAL})\b"
            rf"|\b(?:affair|sleeping|cheating|in love|living) with ({_CAPITAL} {_CAPITAL})\b"
        ),
    ),
    (
        "named_place_of_another",
        re.compile(
            r"\b(?:teaches|works|nurse|manager|employed|worked|receptionist|teacher|doctor|dentist)\b[^.!?\n]{0,24}?"
            rf"\b(?:at|for|in) ((?:{_CAPITAL} ){{1,3}}(?:Primary|School|High|Academy|Hospital|Clinic|Surgery|Bank|Ltd|Inc"
            r"|College|University|Council|Pharmacy|Dental|Library|Nursery|Infants|Junior|Grammar|Church))\b"
        ),
    ),
)
_CAPITAL_WORD = re.compile("[A-Z](?:[a-z]|[0-9])")
_OWN = re.compile(r"\b(?:I|I'm|I've|my|My)\b[^.!?\n]{0,24}$")


def detect(text: str, views: Views) -> Iterator[Finding]:
    """Severity 1: own name or work; 2: a combination; 3: identifiers, dwellings, and who a third person is."""
    for kind, span in contact_points.numbers(views):
        yield Finding(LABEL, "", 3, "", (span,), kind)
    for kind, span in contact_points.mails(views):
        yield Finding(LABEL, "", 3, "", (span,), kind)
    for span in contact_points.accounts_of_others(views):
        yield Finding(LABEL, "", 3, "", (span,), "account_of_another")
    yield from _english(text)
    yield from findings_of(LABEL, views)
    spans = combination.spans(views)
    if spans:
        yield Finding(LABEL, "", 2, "", spans, "combination")


def _english(text: str) -> Iterator[Finding]:
    if not _CAPITAL_WORD.search(text):
        return
    for code, pattern in _ENGLISH:
        for match in pattern.finditer(text):
            own = code == "named_place_of_another" and _OWN.search(
                text, max(0, match.start() - 30), match.start()
            )
            yield Finding(
                LABEL,
                "",
                1 if own else 3,
                "",
                (match.span(match.lastindex or 0),),
                "own_named_place" if own else code,
            )

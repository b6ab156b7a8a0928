"""預ける: an unfinished text kept for seven days, closed with four words that only its writer was shown.

Threat: a half-written confession on the server. The box opens with the words alone; what is stored is an HMAC of them,
the closed box and its last day. Boxes come in a few sizes, so that a length does not tell which post a text became.
"""

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import delete

from forum import clock, journal
from forum.extensions import db
from forum.identity.keys import Keys
from forum.identity.receipts import deposit_key, receipt_id
from forum.identity.sealed import seal, unseal
from forum.models import Deposit

DAYS_KEPT = 7
PURPOSE = "deposit"
SIZES = (1024, 4096, 16384, 65536)


def put_aside(fields: Mapping[str, str], words: Sequence[str], keys: Keys) -> None:
    """Keep these fields of a form until the end of the seventh day, under these words. Flushes."""
    pepper = keys.pepper(keys.pepper_version)
    plain = json.dumps(dict(fields), ensure_ascii=False).encode("utf-8", "replace")
    size = next(size for size in SIZES if len(plain) <= size)
    box = seal(PURPOSE, plain.ljust(size), deposit_key(pepper, words))
    db.session.add(
        Deposit(id=receipt_id(pepper, words), box=box.encode("ascii"), ends_on=clock.date_after(DAYS_KEPT))
    )
    db.session.flush()


def opened_by(words: Sequence[str], keys: Keys) -> tuple[bytes, dict[str, str]] | None:
    """The deposit's id and its fields, or None when these words open none today."""
    for pepper in keys.peppers.values():
        kept = db.session.get(Deposit, receipt_id(pepper, words))
        if kept is None or kept.ends_on < clock.today():
            continue
        plain = unseal(PURPOSE, kept.box.decode("ascii"), deposit_key(pepper, words))
        if plain is not None:
            return kept.id, json.loads(plain)
    return None


def forget(deposit_id: bytes) -> None:
    """Throw it away; one that is gone already does no harm."""
    db.session.execute(delete(Deposit).where(Deposit.id == deposit_id))
    journal.note("deposit", deposit_id)

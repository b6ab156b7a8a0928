"""One file a label: what it looks for in the views of a text. Words live in lexicons/, context in their guards."""

from forum.moderation.detectors import (
    contact_exchange,
    crisis,
    minor,
    personal_info,
    sexual,
    solicitation_commerce,
    threat_or_abuse,
)
from forum.moderation.detectors.base import Detector

DETECTORS: tuple[Detector, ...] = (
    personal_info.detect,
    contact_exchange.detect,
    crisis.detect,
    threat_or_abuse.detect,
    solicitation_commerce.detect,
    sexual.detect,
    minor.detect,
)

"""A passkey in software: what a phone or a security key does, byte for byte, so that tests can also do it wrongly."""

import base64
import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def text_of(raw: bytes) -> str:
    """Base64 as browsers write it."""
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def bytes_of(text: str) -> bytes:
    """The other way round."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def cbor(value: Any) -> bytes:
    """The little of CBOR that a key and an attestation need."""
    if isinstance(value, dict):
        return _head(5, len(value)) + b"".join(cbor(key) + cbor(held) for key, held in value.items())
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, str):
        return _head(3, len(value.encode())) + value.encode()
    return _head(0, value) if value >= 0 else _head(1, -1 - value)


def _head(kind: int, number: int) -> bytes:
    if number < 24:
        return bytes([kind << 5 | number])
    if number < 256:
        return bytes([kind << 5 | 24, number])
    return bytes([kind << 5 | 25]) + number.to_bytes(2, "big")


@dataclass
class Authenticator:
    """One device with one key. ``flags`` and ``count`` can be bent; ``origin`` is where its browser believes to be."""

    origin: str = "http://localhost"
    flags: int = PRESENT | VERIFIED
    count: int = 0
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    key_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    owner: bytes = b""

    def makes(self, options: dict[str, Any]) -> str:
        """The answer to a wish for a new key."""
        self.owner = bytes_of(options["user"]["id"])
        numbers = self.private.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        held = bytes(16) + struct.pack(">H", len(self.key_id)) + self.key_id + cbor(public)
        said = self._about(options["rp"]["id"], self.flags | ATTESTED) + held
        attested = cbor({"fmt": "none", "attStmt": {}, "authData": said})
        client = self._client("webauthn.create", options["challenge"])
        return self._answer(clientDataJSON=client, attestationObject=attested)

    def shows(self, options: dict[str, Any]) -> str:
        """The answer to a challenge; the key counts its uses."""
        self.count += 1
        said = self._about(options["rpId"], self.flags)
        client = self._client("webauthn.get", options["challenge"])
        signed = self.private.sign(said + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            clientDataJSON=client, authenticatorData=said, signature=signed, userHandle=self.owner
        )

    def _about(self, host: str, flags: int) -> bytes:
        return hashlib.sha256(host.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _client(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _answer(self, **response: bytes) -> str:
        return json.dumps(
            {
                "id": text_of(self.key_id),
                "rawId": text_of(self.key_id),
                "type": "public-key",
                "response": {name: text_of(raw) for name, raw in response.items()},
                "clientExtensionResults": {},
            }
        )

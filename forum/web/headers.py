"""The headers of every answer, once each, whatever the route, the status or the method."""

from flask import Flask, Response, request

from forum.config import Settings
from forum.web.sessions import on_desk

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
DENIED_FEATURES = (
    "accelerometer", "autoplay", "browsing-topics",
    "camera", "clipboard-read", "compute-pressure", "display-capture", "encrypted-media", "fullscreen", "gamepad",
    "geolocation", "gyroscope", "hid", "identity-credentials-get", "idle-detection", "interest-cohort",
    "local-fonts", "magnetometer", "microphone", "midi", "payment", "picture-in-picture",
    "publickey-credentials-create", "publickey-credentials-get", "screen-wake-lock", "serial", "storage-access",
    "usb", "window-management", "xr-spatial-tracking",
)  # fmt: skip
KEYS_OF_MODERATORS = ("publickey-credentials-create", "publickey-credentials-get")
ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
PERMISSIONS = ", ".join(f"{feature}=()" for feature in DENIED_FEATURES)
# Passkeys are asked for on the desk, by the board itself, and nowhere else.
PERMISSIONS_ON_DESK = ", ".join(
    f"{feature}=({'self' if feature in KEYS_OF_MODERATORS else ''})" for feature in DENIED_FEATURES
)
# What an answer may already carry: ours come in its place, or nothing does.
REPLACED = frozenset(("cache-control", "etag", "last-modified", "expires", "server", "vary"))
ROBOTS = "noindex, nofollow, noarchive, nosnippet"
FINDABLE = {"boards.home", "pages.help", "pages.rules", "pages.about"}
HSTS = "max-age=63072000; includeSubDomains"
YEAR = 31_536_000


def init_headers(app: Flask, settings: Settings) -> None:
    """Put the headers on every answer of ``app``."""
    is_local = settings.is_local

    @app.after_request
    def add(response: Response) -> Response:
        is_found, headers = response.status_code == 200, response.headers
        for name in REPLACED & {name.lower() for name, _ in headers}:
            headers.remove(name)
        headers.extend(ALWAYS)
        headers.add("Permissions-Policy", PERMISSIONS_ON_DESK if on_desk(request) else PERMISSIONS)
        if not is_found or request.endpoint not in FINDABLE:
            headers.add("X-Robots-Tag", ROBOTS)
        # Static addresses carry a digest of their content; everything else may hold somebody's words.
        is_static = is_found and request.endpoint == "static"
        headers.add("Cache-Control", f"public, max-age={YEAR}, immutable" if is_static else "no-store")
        if not is_local and not request.host.split(":")[0].endswith(".onion"):
            headers.add("Strict-Transport-Security", HSTS)
        return response

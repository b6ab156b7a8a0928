"""Promises that hold for every route: found from the URL map, so that they grow with the program."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import event

from forum.extensions import db
from tests.actors import Reader, Staff, Writer, fields_of

HEADERS = {
    "Content-Security-Policy",
    "Referrer-Policy",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
    "Cross-Origin-Embedder-Policy",
    "Permissions-Policy",
    "Cache-Control",
}
NOT_SENT = {"Server", "ETag", "Last-Modified", "Vary", "Expires", "X-Powered-By"}
EXAMPLE = {
    "code": "r2",
    "thread_id": "A" * 22,
    "post_id": "A" * 22,
    "case_id": "A" * 22,
    "letter_id": "A" * 22,
    "passkey_id": "A" * 22,
    "moderator_id": "A" * 22,
    "sealed": "x" * 40,
    "token": "A" * 43,
    "filename": "nagi.css",
    "month": "2020-01",
}
# The one form that changes nothing and so takes no token.
NO_TOKEN = {"search.form"}


def paths(app: Flask, method: str) -> list[tuple[str, str]]:
    """(endpoint, an example path) of every rule that takes ``method``."""
    found = []
    for rule in app.url_map.iter_rules():
        if method in (rule.methods or ()):
            path = re.sub(r"<(?:\w+:)?(\w+)>", lambda part: EXAMPLE[part[1]], rule.rule)
            found.append((rule.endpoint, path))
    return found


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_every_answer_carries_every_header_once(app: Flask, reader: Reader, method: str) -> None:
    routes = {path for _endpoint, path in paths(app, "GET") + paths(app, "POST")} | {"/nowhere"}
    for path in sorted(prefix + path for path in routes for prefix in ("", "/en")):
        answer = reader.browser.open(path, method=method)
        for name in HEADERS:
            assert len(answer.headers.getlist(name)) == 1, (method, path, name)
        for name in NOT_SENT:
            assert name not in answer.headers, (method, path, name)
        if not path.removeprefix("/en").startswith("/static"):
            assert answer.headers["Cache-Control"] == "no-store", path
    missing = reader.browser.open("/static/nowhere.css", method=method)
    assert missing.status_code == 200 or missing.headers["Cache-Control"] == "no-store"


def test_only_four_pages_may_be_found_by_search_engines(app: Flask, reader: Reader) -> None:
    for endpoint, path in paths(app, "GET"):
        is_open = "X-Robots-Tag" not in reader.opens(path).headers
        assert is_open == (endpoint in {"boards.home", "pages.help", "pages.rules", "pages.about"}), path


def test_transport_security_is_asked_for_behind_a_proxy_and_never_on_loopback(
    make_app: Callable[..., Flask],
) -> None:
    plain = make_app().test_client().get("/")
    assert "Strict-Transport-Security" not in plain.headers
    behind = make_app(proxy_hops="1").test_client()
    assert "Strict-Transport-Security" in behind.get("/").headers
    onion = behind.get("/", headers={"Host": "example.onion"})
    assert "Strict-Transport-Security" not in onion.headers


def test_every_form_needs_its_token_and_gives_the_text_back(app: Flask, writer: Writer) -> None:
    writer.vents("はじめの話です。")
    own = {"thread_id": writer.thread_id, "post_id": writer.post_id}
    with app.app_context():
        before = rows_of_everything()
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.endpoint in NO_TOKEN or rule.rule.startswith("/m/"):
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda part: (EXAMPLE | own)[part[1]], rule.rule)
        answer = writer.browser.post(
            path, data={"body": "なくしたくない言葉", "kind": "same", "reason": "other"}
        )
        assert answer.status_code == 422, (path, answer.status_code)
        if "body" in fields_of(answer.text, path):
            assert "なくしたくない言葉" in answer.text, path
    with app.app_context():
        assert rows_of_everything() == before


def test_every_desk_form_needs_its_token(app: Flask, writer: Writer, other: Writer) -> None:
    moderator = Staff(app, role="lead")  # whoever leads has every form
    writer.vents("知らせられた話です。")
    other.flags(writer.post_id, "other")
    (case_id,) = moderator.cases()
    Staff(app, "ほかの人")
    (colleague,) = set(re.findall(r"/m/people/([\w-]{22})/recover", moderator.opens("/m/people").text))
    for endpoint, path in paths(app, "POST"):
        if not path.startswith("/m/") or endpoint.startswith("staff.enrol"):
            continue
        about = colleague if endpoint.startswith("people.") else case_id
        answer = moderator.browser.post(path.replace("A" * 22, about), data={"outcome": "remove"})
        if endpoint == "people.reopen":
            assert answer.status_code == 403, "only of somebody who has left"
            continue
        assert answer.status_code in {303, 404, 422}, (path, answer.status_code)
        if answer.status_code == 303:
            assert endpoint in {"staff.logout", "shift.begin"}, path
    assert moderator.cases() == [case_id]
    assert colleague in moderator.opens("/m/people").text


def test_every_post_route_has_a_limit(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or ()):
            assert hasattr(app.view_functions[rule.endpoint], "limit_name"), rule.endpoint


def test_no_page_that_is_only_opened_writes_to_the_database(
    app: Flask, writer: Writer, moderator: Staff
) -> None:
    writer.vents("読むだけでは、何も書きこまれません。")
    statements: list[str] = []
    with app.app_context():
        engine = db.engine

    def listen(_connection, _cursor, statement, *_rest) -> None:  # type: ignore[no-untyped-def]
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", listen)
    own = {"thread_id": writer.thread_id, "post_id": writer.post_id}
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()):
            path = re.sub(r"<(?:\w+:)?(\w+)>", lambda part: (EXAMPLE | own)[part[1]], rule.rule)
            for who in (Reader(app), writer, moderator):
                who.opens(path)
    writes = [
        text
        for text in statements
        if re.match(r"\s*(INSERT|UPDATE|DELETE|REPLACE|BEGIN IMMEDIATE)", text, re.I)
    ]
    assert statements
    assert not writes


def test_strangers_are_sent_away_from_every_page_of_the_desk(
    app: Flask, reader: Reader, writer: Writer
) -> None:
    writer.vents("わたしは世話人ではありません。")
    for who in (reader, writer):
        for endpoint, path in paths(app, "GET"):
            if path.startswith("/m/") and not endpoint.startswith("staff."):
                answer = who.opens(path)
                assert (answer.status_code, answer.location) == (303, "/m/login"), path
        for endpoint, path in paths(app, "POST"):
            if path.startswith("/m/") and not endpoint.startswith("staff."):
                assert who.browser.post(path).status_code == 403, path


def test_the_desk_has_no_english_twin(reader: Reader) -> None:
    assert reader.opens("/en/m/login").status_code == 404


def test_cookies_behind_a_proxy_travel_over_tls_alone_and_to_this_very_host(
    make_app: Callable[..., Flask],
) -> None:
    browser = make_app(proxy_hops="1").test_client()
    told = browser.get("/n/r2").headers.getlist("Set-Cookie")
    told += browser.get("/x", headers={"Sec-Fetch-Site": "same-origin"}).headers.getlist("Set-Cookie")
    assert {line.partition("=")[0] for line in told} == {"__Host-s", "__Host-x", "__Secure-m", "__Secure-d"}
    for line in told:
        assert "Secure" in line.split("; "), line
        assert "HttpOnly" in line.split("; "), line
        assert "Domain" not in line, line
        strict = not line.startswith("__Host-x")  # must come along when Back leads here from the neutral site
        assert ("SameSite=Strict" if strict else "SameSite=Lax") in line.split("; "), line


def test_a_form_sent_from_another_site_is_refused(writer: Writer, reader: Reader) -> None:
    writer.vents("よそからの送信は受けとりません。")
    page = writer.opens(f"/t/{writer.thread_id}/r").text
    data = fields_of(page, f"/t/{writer.thread_id}/r") | {"body": "外の頁から"}
    for site in ("cross-site", "same-site", "none"):
        answer = writer.browser.post(f"/t/{writer.thread_id}/r", data=data, headers={"Sec-Fetch-Site": site})
        assert answer.status_code == 403
        assert "外の頁から" not in answer.text
    assert "外の頁から" not in reader.opens(f"/t/{writer.thread_id}").text


def test_another_site_that_leads_to_the_exit_takes_nobodys_key(writer: Writer) -> None:
    writer.vents("よその頁からは、出られません。")
    for site in ("cross-site", "same-site", "none"):
        answer = writer.opens("/x", headers={"Sec-Fetch-Site": site})
        assert answer.status_code == 303
        assert not answer.headers.getlist("Set-Cookie"), site


def test_a_form_page_opened_from_another_site_hands_out_no_cookie(reader: Reader) -> None:
    answer = reader.opens("/n/r2", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200
    assert not answer.headers.getlist("Set-Cookie")
    assert "csrf_token" not in answer.text
    assert 'href="/n/r2"' in answer.text


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_every_page_of_a_writer_has_the_title_and_preview_of_any_other(
    app: Flask, writer: Writer, reader: Reader, prefix: str
) -> None:
    writer.vents("題は、履歴に残ります。", title="履歴に残したくない題")
    own = {"thread_id": writer.thread_id, "post_id": writer.post_id}
    heads: dict[str, set[str]] = {"title": set(), "head": set()}
    for endpoint, path in paths(app, "GET"):
        if path.startswith("/m") and not path.startswith("/me"):
            continue  # the desk has a name of its own
        if endpoint == "pages.exit":
            continue
        named = own["post_id" if path.startswith("/p/") else "thread_id"]
        answer = writer.opens(prefix + path.replace("A" * 22, named))
        if answer.mimetype == "text/html":
            head = answer.text.partition("<head>")[2].partition("</head>")[0]
            heads["title"] |= set(re.findall(r"<title>(.*?)</title>", head))
            heads["head"] |= set(re.findall(r"<meta (?:property|name)=\"(?:og:|description).*?>", head))
    plain = reader.opens(f"{prefix}/about").text
    assert heads["title"] == set(re.findall(r"<title>(.*?)</title>", plain))
    assert heads["head"] == set(re.findall(r"<meta (?:property|name)=\"(?:og:|description).*?>", plain))


# Only the contacts have hours: theirs.
HOURS_OF_CONTACTS = {"pages.help", "pages.about"}  # and the staffed ones: settings, nobody's moments


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_no_page_tells_a_clock_time(app: Flask, writer: Writer, other: Writer, prefix: str) -> None:
    writer.vents("時刻はどこにも出しません。", title="時刻のこと")
    thread, post = writer.thread_id, writer.post_id
    other.replies(thread, "読みました。")
    clock = re.compile(
        r"\b(?:[01]?\d|2[0-3]):[0-5]\d\b|\d{4}-\d\d-\d\dT|datetime=|GMT|\d時(?!間)|\d ?[ap]\.?m\b|\b1[789]\d{8}(?:\d{3})?\b"
    )
    own = {"thread_id": thread, "post_id": post}
    for rule in app.url_map.iter_rules():
        if (
            "GET" not in (rule.methods or ())
            or rule.endpoint in HOURS_OF_CONTACTS
            or rule.rule.startswith(("/m/", "/static"))
        ):
            continue
        path = prefix + re.sub(r"<(?:\w+:)?(\w+)>", lambda part: (EXAMPLE | own)[part[1]], rule.rule)
        for who in (writer, other):
            who.browser.delete_cookie("x")
            if rule.endpoint == "pages.exit":
                continue  # it would end who they are; its answer has no body of ours
            answer = who.opens(path)
            if answer.mimetype == "text/html":
                assert not clock.search(answer.text), (path, clock.search(answer.text))
            assert not [name for name, value in answer.headers if clock.search(value) and name != "Date"], (
                path
            )


def rows_of_everything() -> dict[str, int]:
    tables = db.metadata.sorted_tables
    return {table.name: len(db.session.execute(table.select()).all()) for table in tables}

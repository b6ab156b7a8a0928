"""The way through the board: read, vent, reply, react, flag, decide, and the writer sees why."""

import re

from tests.actors import Reader, Staff, Writer, fields_of


def test_a_story_goes_the_whole_way(reader: Reader, writer: Writer, other: Writer, moderator: Staff) -> None:
    writer.vents("夜になると、台所の明かりだけつけて座っています。", title="台所の明かり")
    assert "台所の明かり" in reader.opens("/").text
    other.replies(writer.thread_id, ">>1 読みました。うちも同じです。")
    other.reacts(writer.post_id, "same")
    page = reader.opens(f"/t/{writer.thread_id}").text
    assert "うちも同じです" in page
    assert "1人が同じ気持ちです。" in page

    told = other.flags(writer.post_id, "harsh", "少し気になりました")
    assert told.status_code == 200
    receipt = re.findall(r'<ol class="keep"[^>]*>(.*?)</ol>', told.text, re.S)
    assert len(re.findall("<li>", receipt[0])) == 4

    (case_id,) = moderator.cases()
    moderator.takes(case_id)
    decided = moderator.decides(
        case_id, "hide", rule="3", note_author="読ませていただきました。少しお休みします。"
    )
    assert decided.status_code == 303, decided.text

    assert reader.opens(f"/t/{writer.thread_id}").status_code == 404
    seen = writer.opens(f"/t/{writer.thread_id}").text
    assert "読ませていただきました。少しお休みします。" in seen
    assert "三つめ" in seen
    assert "対応しました" in words_back(other, receipt[0])


def words_back(actor: Writer, listed: str) -> str:
    phrase = " ".join(re.findall(r"<li>(.*?)</li>", listed))
    return actor.sends("/back", phrase=phrase).text


def test_the_thanks_page_names_the_handle_and_its_words_open_and_delete_the_post(
    app, writer: Writer, reader: Reader
) -> None:
    writer.vents("言葉にしたかっただけです。")
    page = writer.opens(f"/p/{writer.post_id}/ok").text
    handle = re.search(r'class="handle">([^<]+)', page)
    assert handle
    assert handle[1] in reader.opens(f"/t/{writer.thread_id}").text
    listed = re.findall(r'<ol class="keep"[^>]*>(.*?)</ol>', page, re.S)[0]
    phrase = "　".join(re.findall(r"<li>(.*?)</li>", listed))

    elsewhere = Reader(app)
    found = elsewhere.sends("/back", phrase=phrase)
    assert "言葉にしたかっただけです。" in found.text
    again = {**fields(found.text), "act": "delete"}
    gone = elsewhere.browser.post("/back", data=again)
    assert "消しました" in gone.text
    assert reader.opens(f"/t/{writer.thread_id}").text.count("言葉にしたかっただけです。") == 0


def fields(html: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]+)"(?: id="[^"]*")? value="([^"]*)"', html)
    found += [(n, v) for n, v in re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', html)]
    return dict(found)


def test_a_reader_gets_no_cookie_on_any_page_that_only_reads(reader: Reader, writer: Writer) -> None:
    writer.vents("読むだけの人には、何も残しません。")
    for path in (
        "/",
        "/b/r2",
        f"/t/{writer.thread_id}",
        "/help",
        "/rules",
        "/privacy",
        "/about",
        "/log",
        "/s",
        "/me",
        "/en/",
    ):
        answer = reader.opens(path)
        assert answer.status_code == 200, path
        assert not answer.headers.getlist("Set-Cookie"), path


def test_the_same_form_sent_twice_is_one_post(app, reader: Reader) -> None:
    page = reader.opens("/n/r2").text
    data = fields_of(page) | {"body": "二度押してしまいました。"}
    first = reader.browser.post("/n/r2", data=data)
    second = reader.browser.post("/n/r2", data=data)
    assert first.status_code == second.status_code == 303
    assert first.location == second.location
    assert reader.opens("/b/r2").text.count("二度押してしまいました。") == 1


def test_a_first_form_sent_twice_at_once_makes_one_writer_and_one_post(app, reader: Reader) -> None:
    page = reader.opens("/n/r2").text
    data = fields_of(page) | {"body": "同時に二度届きました。"}
    twin = Reader(app)
    twin.browser.set_cookie("s", reader.browser.get_cookie("s").value)
    first = reader.browser.post("/n/r2", data=data)
    second = twin.browser.post("/n/r2", data=data)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert twin.opens(second.location).status_code == 200


def test_two_threads_of_one_writer_show_two_names(writer: Writer, reader: Reader) -> None:
    names = set()
    for number in range(4):
        writer.vents(f"話の{number}つめです。")
        page = reader.opens(f"/t/{writer.thread_id}").text
        names.add(re.search(r'class="handle">([^<]+)', page)[1])
    assert len(names) > 1


def test_edit_changes_the_words_and_delete_takes_them_away(writer: Writer, reader: Reader) -> None:
    writer.vents("まちがえて書きました。")
    path = f"/t/{writer.thread_id}"
    assert writer.sends(f"/p/{writer.post_id}/e", body="書きなおしました。").status_code == 303
    page = reader.opens(path).text
    assert "書きなおしました。" in page
    assert "まちがえて書きました。" not in page
    assert writer.sends(f"/p/{writer.post_id}/d").status_code == 200
    assert "書きなおしました。" not in reader.opens(path).text


def test_nobody_else_opens_the_pages_of_a_post(writer: Writer, other: Writer, reader: Reader) -> None:
    writer.vents("わたしの頁です。")
    other.vents("ほかの人です。")
    for who in (reader, other):
        for page in ("ok", "e", "d"):
            assert who.opens(f"/p/{writer.post_id}/{page}").status_code == 404


def test_a_scheduled_post_waits_and_can_be_withdrawn(writer: Writer, reader: Reader) -> None:
    writer.vents("あすの朝に出してください。", publish="tomorrow")
    assert "あすの朝に出してください。" not in reader.opens("/b/r2").text
    assert "お預かりしました" in writer.opens(f"/p/{writer.post_id}/ok").text
    assert writer.sends(f"/p/{writer.post_id}/d").status_code == 200
    assert "もう消えています" not in writer.opens("/me").text


def test_own_place_lists_threads_and_counts_what_is_new(writer: Writer, other: Writer) -> None:
    writer.vents("返事を待っています。", title="待っている話")
    other.replies(writer.thread_id, "読みました。")
    page = writer.opens("/me").text
    assert "待っている話" in page
    assert "新しい返事が1件" in page


def test_letters_are_answered_under_their_words(reader: Reader, moderator: Staff) -> None:
    sent = reader.sends("/c", body="ここに救われました。ありがとう。")
    listed = re.findall(r'<ol class="keep"[^>]*>(.*?)</ol>', sent.text, re.S)[0]
    letter_id = re.search(r"/m/l/([\w-]{22})", moderator.opens("/m/").text)[1]
    assert moderator.sends(f"/m/l/{letter_id}", words="読みました。こちらこそ。").status_code == 303
    phrase = " ".join(re.findall(r"<li>(.*?)</li>", listed))
    assert "読みました。こちらこそ。" in reader.sends("/back", phrase=phrase).text

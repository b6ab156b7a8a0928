"""Advertising and asking for money, and the money of ordinary households."""

import pytest

from forum.moderation.policy import Policy
from forum.moderation.screening import Draft, screen

FOUND = (
    "副業に興味ありませんか? スマホだけで月30万円稼げます",
    "無料の占い鑑定やってます。お気軽にどうぞ",
    "浮気調査なら当事務所へ。無料相談受付中",
    "このサプリで夫婦仲が戻りました。初回限定980円です",
    "仮想通貨で資産が倍になりました。教えますよ",
    "3万円だけ貸してください。必ず返します",
    "援助してくれる方いませんか",
    "離婚カウンセリング講座、今なら半額です",
    "お金に困っている方、即日融資します",
    "紹介コード ABC123 で500円もらえます",
    "Earn $500 a week from home, message me for the link",
    "Can you lend me 50 dollars until Friday?",
    "ホテルで会えたら2万円お渡しします",
    "既婚者限定の出会いパーティー、参加者募集中。詳細はこちら",
    "毎日スマホをさわるだけで日給2万円。興味ある方は連絡ください",
    "夫婦問題専門カウンセラーです。初回無料で承ります",
    "このアプリ、登録するだけでポイントがもらえます。招待コードは ZX88Q",
    "生活に困っています。一万円でいいので振り込んでいただけませんか",
    "必ず当たる占い師をご紹介します",
    "投資の勉強会、残り3名です。一緒に豊かになりませんか",
    "月5万円で話し相手になってくれる女性を探しています",
    "美容オイルの販売をしています。気になる方はメッセージを",
    "Join our webinar for unhappy wives, limited spots left.",
)

CALM = (
    "夫の借金が300万円あると分かりました",
    "パートの時給が上がって、1,150円になりました",
    "占いに行ったら「我慢の人」と言われました",
    "探偵を雇おうか迷って、やめました",
    "投資に失敗した夫が、口をきかなくなりました",
    "お金を貸してと頼まれて断りました",
    "生活費をくれない夫に、どう話せばいいでしょう",
    "カウンセリングに通い始めて三か月です",
    "副業を始めた夫の帰りが遅い",
    "セミナーに誘われて、こわくなって帰りました",
    "婚活パーティーで出会った夫です",
    "弁護士さんに無料相談しました",
    "My wife lent her brother two thousand pounds and we never speak of it.",
    "サプリを飲んでも、眠れない夜は眠れません",
    "夫が競馬で五万円負けました",
    "ポイントカードを忘れて、店員さんに笑われました",
    "お金の話になると夫は部屋を出ていきます",
    "姉が三万円貸してくれて、涙が出ました",
    "カウンセラーの先生に「初めて聞きました」と言われました",
    "オンラインの占いに二万円も使ってしまいました。反省しています",
    "在宅の仕事をしています。人と話さない日が続きます",
)


@pytest.mark.parametrize("body", FOUND)
def test_an_offer_or_a_request_for_money_is_found(body: str, policy: Policy) -> None:
    assert "solicitation_commerce" in screen(Draft(body), policy).labels


@pytest.mark.parametrize("body", CALM)
def test_the_money_of_a_household_is_left_alone(body: str, policy: Policy) -> None:
    verdict = screen(Draft(body), policy)
    assert verdict.labels == ()
    assert verdict.action == "publish"

"""What people here write about, by the words it is told in: two who never use the same word may tell of the same.

An own small table beside the one of spellings. It serves for finding what is alike and for nothing else: no search by
words goes by it, nothing is decided or shown by it, and a name of it is never seen by anybody.
"""

from forum.search.readings import one_spelling
from forum.text import fold_words

MARK = "#"
# A name, then beginnings and pieces of words in the spelling that is kept (readings.py).
_TABLE = """
silence   無言 沈黙 会話 口をき 口を利 話さな 話すこと 話がな 返事 黙 しゃべら 喋ら 目を合わせ 聞いてくれ 聞き流 うわの空 生返事
bed       寝室 別々 別の部屋 ベッド 布団 背中 触れ 抱 レス 指一本 手をつな 肌 ぬくもり 体温 拒 夜の生活
betrayed  浮気 不倫 裏切 香水 レシート 疑 証拠 相手の女 知らない女 知らない男 履歴 問い詰
elsewhere 好きな人 恋 ときめ 会いた 逢瀬 既婚 あの人 惹かれ 待ち合わせ 家庭のある 彼と 彼の 彼は 彼に 彼女と 彼女の 彼女に
guilt     罪悪感 後ろめた やまし 申し訳 ごめん 嘘 隠し 隠れ 罪 ばれ 知られ 秘密 内緒
parting   離婚 別れ 調停 別居 弁護士 慰謝料 財産 籍を 旧姓 判を押 判子 出て行
care      介護 義母 義父 姑 舅 認知症 デイサ 施設 おむつ 徘徊 看取 付き添
nest      巣立 一人暮らし 独立 進学 就職 家を出 結婚式 下の子 上の子 末の 子供部屋
grand     孫
change    更年期 ほてり 汗 ホルモン 動悸 めまい 閉経
sleep     眠 夜中 三時 二時 朝まで 明け方 目が覚め
illness   癌 入院 手術 検査 梗塞 倒れ 余命 薬 病院 病気 看病 医者 診断 点滴 後遺症
death     亡く 葬 仏壇 墓 遺影 四十九日 命日 死別 逝 死ん 遺品
retire    定年 退職 再雇用 一日中 濡れ落ち葉 昼ごはん 昼飯 家にい 居場所
money     借金 年金 貯金 ローン へそくり 生活費 通帳 給料 パチンコ 競馬 お金 金を 家計 口座
work      リストラ 失業 解雇 会社 上司 単身赴任 転職 仕事 職場 残業
drink     酒 飲ん ビール 焼酎 アルコール 酔 晩酌
anger     怒鳴 怒 舌打ち ため息 溜息 不機嫌 モラハラ 機嫌 責め 言い返 喧嘩 けんか 声を荒
chores    家事 皿 洗い物 料理 ご飯 ごはん 味噌汁 弁当 洗濯 掃除 食卓 夕飯 おかず
thanks    ありがとう 感謝 一言 当たり前 ねぎら おかえり 優し やさし 親切
lonely    孤独 寂し ぽつん 誰にも だれにも 隣にい 二人でい 一人きり
pets      犬 猫 ペット 金魚
faith     宗教 信仰 お布施 信者 拝
step      再婚 連れ子 継母 継父 前の妻 前の夫 前妻 前夫 血のつなが
childless 不妊 流産 授か 子供ができ 子供のい 産め
reunion   同窓会 初恋 学生時代 再会 年ぶり 高校 同級生 昔の
forgive   許せ 許し 水に流 やり直 謝 償
looks     白髪 老け 太 女として 男として 化粧 口紅 美容院 鏡
screen    スマホ ゲーム テレビ 画面 携帯 ライン line
fear      叩 殴 投げつけ 怖
child     引きこもり 不登校 発達 反抗期 息子 娘
parents   母 父 実家 親 兄 姉 妹 弟
air       空気 置物 同居人 家政婦 他人 透明 下宿 家具
regret    後悔 あのとき あの時 もしも 選ん 間違
joy       嬉し うれし 幸せ 楽し 並んで 笑
tears     涙 泣
"""
_WORDS = {
    MARK + name: tuple(one_spelling(word) for word in some)
    for name, *some in (fold_words(line).split() for line in _TABLE.strip().splitlines())
}


def concerns(kept: str) -> frozenset[str]:
    """The marks of what a text tells of, given in the kept spelling; each is a term of the index."""
    return frozenset(name for name, some in _WORDS.items() if any(word in kept for word in some))

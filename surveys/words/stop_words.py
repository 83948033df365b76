"""Words that come up everywhere and tell nothing of what somebody thinks; our own short list."""

# ruff: noqa: SIM905  # as words are written, not as a list of literals
ENGLISH = frozenset(
    """
    a about after again all also am an and any are as at be because been before being but by can could did do
    does done don't down each else even ever every for from get gets getting go goes going got had has have
    having he her here him his how i i'd i'll i'm i've if in into is isn't it it's its just let like made make
    many may me might more most much my no nor not now of off on one only or other our out over own per
    quite rather really said same say she should since so some still such than that that's the their them then
    there there's these they they're this those though through to too under until up upon us use used very via
    was wasn't we we're well were what when where whether which while who whom why will with within without
    would yet you you're your
    """.split()
)
CHINESE = frozenset(
    """
    的 了 是 这家 這家 我 你 您 他 她 它 们 們 在 有 和 与 與 及 或 也 都 就 还 還 很 太 不 没
    沒 没有 沒有 这 這 那 这个 這個 那个 那個 这些 這些 那些 这里 這裡 这样 這樣 那样 那樣 我们
    我們 你们 你們 他们 他們 自己 什么 什麼 怎么 怎麼 为什么 為什麼 因为 因為 所以 但是 可是
    不过 不過 如果 虽然 雖然 而且 并且 並且 以及 或者 还是 還是 就是 不是 可以 可能 应该 應該
    需要 一个 一個 一些 一下 一直 一样 一樣 有点 有點 有些 有时 有時 每次 非常 比较 比較 真的
    真是 已经 已經 时候 時候 现在 現在 之后 之後 之前 以后 以後 然后 然後 对 對 对于 對於 关于
    關於 由于 由於 觉得 覺得 认为 認為 知道 大家 东西 東西 其他 只是 只有 不会 不會 不能 不要
    还有 還有 这种 這種 那种 那種
    """.split()
)
# Of single characters most are parts of words; these are words that somebody means.
TELLING = frozenset("好差快慢贵貴吵脏髒旧舊新乱亂冷热熱远遠近久难難烂爛棒赞讚急烦煩")

"""Texts with OKX's rarer codes, or with their words alone; Python and the page read both."""

NUMBERS: tuple[tuple[str, list[str]], ...] = (
    ("51169", ["51169"]),
    ("OKX 51169 - Order failed because you don't have any positions", ["51169"]),
    ("every 20 s refused: 51250, and again", ["51250"]),
    ("51004 order refused, sum of order size and position", ["51004"]),
    ("order 7: (51112) Close order size exceeds", ["51112"]),
    ("rejected with 58203", ["58203"]),
    ("I get 59101 when I set the leverage", ["59101"]),
    ("报错 51169", ["51169"]),
    ("51169 下单失败", ["51169"]),
    ('{"sCode":"51112"}', ["51112"]),
    # What else such a number may be.
    ("order filled at 51004.5", []),
    ("error: price 51004.5 moved", []),
    ("price: 51250 is high, order waits", []),
    ("bought in the morning, 51250 now", []),
    ("okx btc 51250 and rising", []),
    ("listening on port: 51250, key loaded", []),
    ("pid 51250 started, then failed", []),
    ("order id 51250 is open", []),
    ("ordId: 51250, state live", []),
    ("failed after 51250 ms", []),
    ("51 s later nothing", []),
    ("51250 rows written to the file", []),
    ("51250 USDT left after the failed order", []),
    ("51250\n51260\n51270", []),
    ("51250 10:00 51260 10:01", []),
    ("error -51250", []),
    ("failed 151169 times", []),
)

WORDS: tuple[tuple[str, str], ...] = (
    ("Order failed because you don't have any positions in this direction for", "51169"),
    ('"Order failed because you don\\\'t have any positions in this direction for this"', "51169"),
    ("sMsg: You have BTC-USDT-SWAP open orders. Cancel these orders and try again", "51162"),
    ("The take profit trigger price must be higher than the best ask price", "51050"),
    ("Failed to place order. A reduce-only order can’t be the same trading direction as", "51170"),
    ("The order type fok, ioc is not allowed to set stop loss and take profit", "51044"),
    ("Leverage can't be modified. Please cancel all pending\nisolated margin orders", "59101"),
    # Too few words, or those of any server.
    ("Contract expired.", ""),
    ("Invalid price", ""),
    ("Service unavailable, please try again later", ""),
    ("You have open orders", ""),
    ("", ""),
)

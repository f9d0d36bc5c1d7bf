"""One signed GET, one POST and one login, and what a paste of each must give."""

from okx_guide.diagnose.pasted import Pasted

AT = "2020-12-08T09:08:57.715Z"
PATH = "/api/v5/account/balance?ccy=BTC"
SIGN = "AkD5YszBhggtIyjDlmTy/9PpNVntel+1Lff8wh0qpQw="
KEY = "00000000-0000-4000-8000-000000000002"
BODY = '{"instId":"BTC-USDT","sz":"2"}'
HEADERS = {
    "OK-ACCESS-KEY": KEY,
    "OK-ACCESS-SIGN": SIGN,
    "OK-ACCESS-TIMESTAMP": AT,
    "OK-ACCESS-PASSPHRASE": "Fake-Pass-1",
}
LINES = "\n".join(f"{name}: {value}" for name, value in HEADERS.items())
GET = Pasted(AT, "GET", PATH, "", SIGN, None, "Fake-Pass-1", KEY)
POST = Pasted(AT, "POST", "/api/v5/trade/order", BODY, SIGN, None, "Fake-Pass-1", KEY)
LOGIN = {"apiKey": KEY, "passphrase": "Fake-Pass-1", "timestamp": "1704876947", "sign": SIGN}

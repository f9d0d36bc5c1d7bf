#!/usr/bin/env bash
# Two signed requests to OKX: read a balance, place a demo order.
set -euo pipefail

# HMAC-SHA256 of standard input, by its definition. `openssl dgst -hmac "$secret"` is
# shorter, but shows the secret to everybody who can run `ps` on this machine.
hmac_sha256() { # key
  local key inner="" outer="" i
  key=$(printf %s "$1" | od -An -v -tx1 | tr -d ' \n')
  if ((${#key} > 128)); then
    key=$(printf %s "$1" | openssl dgst -sha256 -r | cut -c 1-64)
  fi
  for ((i = 0; i < 128; i += 2)); do
    printf -v inner '%s\\x%02x' "$inner" $((0x0${key:i:2} ^ 0x36))
    printf -v outer '%s\\x%02x' "$outer" $((0x0${key:i:2} ^ 0x5c))
  done
  {
    printf %b "$outer"
    { printf %b "$inner" && cat; } | openssl dgst -sha256 -binary
  } | openssl dgst -sha256 -binary
}

# Prints the OK-ACCESS-SIGN header: Base64 of the raw HMAC-SHA256.
sign() { # secret_key timestamp method request_path body
  printf %s "$2$3$4$5" | hmac_sha256 "$1" | openssl base64
}

fail() {
  printf '%s\n' "$1" >&2
  exit 1
}

# Sends one signed request and prints OKX's answer.
request() { # method path_with_query [body]
  local method=$1 path=$2 body=${3:-} timestamp signature answer status result
  # Not every `date` knows milliseconds. Three zeros do: the second is exact enough.
  timestamp=$(date -u +%Y-%m-%dT%H:%M:%S.000Z)
  signature=$(sign "$OKX_SECRET_KEY" "$timestamp" "$method" "$path" "$body")
  # The headers take a pipe, because arguments can be seen with `ps`. Redirects are not
  # followed: they would take the headers to another host.
  answer=$(
    printf '%s\n' \
      "OK-ACCESS-KEY: $OKX_API_KEY" \
      "OK-ACCESS-SIGN: $signature" \
      "OK-ACCESS-TIMESTAMP: $timestamp" \
      "OK-ACCESS-PASSPHRASE: $OKX_PASSPHRASE" \
      "Content-Type: application/json" \
      "x-simulated-trading: 1" | # a demo key; leave it out with a live key
      curl --silent --show-error --no-location --globoff --max-time 10 \
        --request "$method" --header @- ${body:+--data-raw "$body"} \
        --write-out '\n%{http_code}' "$OKX_API_BASE_URL$path"
  ) || fail "No answer."
  status=${answer##*$'\n'}
  answer=${answer%$'\n'*}
  # An order is refused in its own row, anything else at the top.
  result=$(jq -r 'first(.data[]? | select((.sCode? // "0") != "0") | "\(.sCode): \(.sMsg)")
    // "\(.code): \(.msg)"' <<<"$answer" 2>/dev/null) || result=""
  case $result in
    "0: "*) printf '%s\n' "$answer" ;;
    "") fail "HTTP $status, and the answer is not JSON: is the host right?" ;;
    *) fail "OKX error $result" ;;
  esac
}

# With the argument `sign`: sign lines of standard input, to compare with test vectors.
if [[ ${1:-} == sign ]]; then
  while IFS=$'\t' read -r secret_key timestamp method path body || [[ $secret_key ]]; do
    sign "$secret_key" "$timestamp" "$method" "$path" "$body"
  done
  exit
fi

for name in OKX_API_KEY OKX_SECRET_KEY OKX_PASSPHRASE OKX_API_BASE_URL; do
  [[ ${!name:-} ]] || fail "Set the environment variable $name."
done
balance=$(request GET "/api/v5/account/balance?ccy=BTC")
jq -r '"balance: \(.data[0].details)"' <<<"$balance"

order='{"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit","px":"1000","sz":"0.001"}'
placed=$(request POST /api/v5/trade/order "$order")
jq -r '"ordId: \(.data[0].ordId)"' <<<"$placed"

#!/usr/bin/env bash
# One mistake, sent the wrong way and the right way: bash refusals.sh query
set -euo pipefail

# HMAC-SHA256 of standard input, by its definition. `openssl dgst -hmac "$secret"` is
# shorter, but shows the secret to everybody who can run `ps` on this machine.
hmac_sha256() { # key
  local key inner="" outer="" i
  key=$(printf %s "$1" | od -An -v -tx1 | tr -d ' \n')
  for ((i = 0; i < 128; i += 2)); do
    printf -v inner '%s\\x%02x' "$inner" $((0x0${key:i:2} ^ 0x36))
    printf -v outer '%s\\x%02x' "$outer" $((0x0${key:i:2} ^ 0x5c))
  done
  {
    printf %b "$outer"
    { printf %b "$inner" && cat; } | openssl dgst -sha256 -binary
  } | openssl dgst -sha256 -binary
}

# Prints the signature of a text.
sign() { # text
  printf %s "$1" | hmac_sha256 "$OKX_SECRET_KEY" | openssl base64
}

# Sends one request and prints the code of the answer.
send() { # path_with_query timestamp signature [options of curl]
  local path=$1 timestamp=$2 signature=$3
  shift 3
  printf '%s\n' \
    "OK-ACCESS-KEY: $OKX_API_KEY" \
    "OK-ACCESS-SIGN: $signature" \
    "OK-ACCESS-TIMESTAMP: $timestamp" \
    "OK-ACCESS-PASSPHRASE: $OKX_PASSPHRASE" \
    "Content-Type: application/json" \
    "x-simulated-trading: 1" | # a demo key; leave it out with a live key
    curl -sS --max-time 10 --header @- "$@" "$OKX_API_BASE_URL$path" | jq -r .code
}

# Logs in on a new connection and prints the code of the answer.
log_in() { # timestamp
  local signature
  signature=$(sign "${1}GET/users/self/verify")
  # Variables, because `ps` shows arguments.
  timestamp=$1 signature=$signature jq -nc '{op: "login", args: [{
    apiKey: env.OKX_API_KEY, passphrase: env.OKX_PASSPHRASE,
    timestamp: env.timestamp, sign: env.signature
  }]}' | websocat -n1 "$OKX_WS_URL/private" | jq -r .code
}

query() {
  local path timestamp wrong right
  timestamp=$(date -u +%Y-%m-%dT%H:%M:%S.000Z)
  # --8<-- [start:query]
  path="/api/v5/account/balance?ccy=BTC"
  # Wrong: the query is sent, but not signed.
  wrong=$(sign "${timestamp}GET${path%%\?*}")
  # Right: sign the path with its query.
  right=$(sign "${timestamp}GET$path")
  # --8<-- [end:query]
  send "$path" "$timestamp" "$wrong"
  send "$path" "$timestamp" "$right"
}

body() {
  local path body timestamp signature wrong right
  timestamp=$(date -u +%Y-%m-%dT%H:%M:%S.000Z)
  cd "$(mktemp -d)"
  printf '{\n  "instId": "BTC-USDT",\n  "lever": "5",\n  "mgnMode": "cross"\n}\n' >body.json
  # --8<-- [start:body]
  path="/api/v5/account/set-leverage"
  body=$(<body.json)
  signature=$(sign "${timestamp}POST$path$body")
  # Wrong: --data takes the line breaks out of a file, so another body is sent.
  wrong=(--data @body.json)
  # Right: send the text that was signed.
  right=(--data-raw "$body")
  # --8<-- [end:body]
  send "$path" "$timestamp" "$signature" "${wrong[@]}"
  send "$path" "$timestamp" "$signature" "${right[@]}"
}

encoding() {
  local path prehash timestamp wrong right
  timestamp=$(date -u +%Y-%m-%dT%H:%M:%S.000Z)
  path="/api/v5/account/config"
  prehash="${timestamp}GET$path"
  # --8<-- [start:encoding]
  # Wrong: 64 hexadecimal digits, which is what openssl prints without -binary.
  wrong=$(printf %s "$prehash" | hmac_sha256 "$OKX_SECRET_KEY" | od -An -v -tx1 | tr -d ' \n')
  # Right: 44 characters of Base64.
  right=$(printf %s "$prehash" | hmac_sha256 "$OKX_SECRET_KEY" | openssl base64)
  # --8<-- [end:encoding]
  send "$path" "$timestamp" "$wrong"
  send "$path" "$timestamp" "$right"
}

timestamp() {
  local path timestamp milliseconds words right
  path="/api/v5/account/config"
  # --8<-- [start:timestamp]
  # Wrong, 50102: Unix milliseconds.
  milliseconds=$(date +%s)000
  # Wrong, 50112: another form.
  words=$(date -u '+%Y-%m-%d %H:%M:%S')
  # Right: ISO 8601 in UTC, with milliseconds.
  right=$(date -u +%Y-%m-%dT%H:%M:%S.000Z)
  # --8<-- [end:timestamp]
  for timestamp in "$milliseconds" "$words" "$right"; do
    send "$path" "$timestamp" "$(sign "${timestamp}GET$path")"
  done
}

login() {
  local timestamp milliseconds rest right
  # --8<-- [start:login]
  # Wrong, 60006: Unix milliseconds.
  milliseconds=$(date +%s)000
  # Wrong, 60004: the timestamp of REST.
  rest=$(date -u +%Y-%m-%dT%H:%M:%S.000Z)
  # Right: Unix seconds.
  right=$(date +%s)
  # --8<-- [end:login]
  for timestamp in "$milliseconds" "$rest" "$right"; do
    log_in "$timestamp"
  done
}

case ${1:-} in
  query | body | encoding | timestamp | login) "$1" ;;
  *)
    echo "Say which mistake: query, body, encoding, timestamp, login." >&2
    exit 2
    ;;
esac

#!/usr/bin/env bash
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

path="/api/v5/account/balance?ccy=BTC"
timestamp=$(date -u +%Y-%m-%dT%H:%M:%S.000Z)
signature=$(printf %s "${timestamp}GET$path" | hmac_sha256 "$OKX_SECRET_KEY" | openssl base64)
# The headers take a pipe, because `ps` shows arguments. curl follows no redirect by itself.
answer=$(
  printf '%s\n' \
    "OK-ACCESS-KEY: $OKX_API_KEY" \
    "OK-ACCESS-SIGN: $signature" \
    "OK-ACCESS-TIMESTAMP: $timestamp" \
    "OK-ACCESS-PASSPHRASE: $OKX_PASSPHRASE" \
    "x-simulated-trading: 1" | # a demo key; leave it out with a live key
    curl -sS --max-time 10 --header @- --write-out '\n%{http_code}' "$OKX_API_BASE_URL$path"
)
echo "${answer##*$'\n'} $(jq -r .code <<<"${answer%$'\n'*}")"

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

timestamp=$(date +%s) # Unix seconds
sign=$(printf %s "${timestamp}GET/users/self/verify" | hmac_sha256 "$OKX_SECRET_KEY" | openssl base64)
# Variables, because `ps` shows arguments.
export timestamp sign
jq -nc '{op: "login", args: [{
  apiKey: env.OKX_API_KEY, passphrase: env.OKX_PASSPHRASE,
  timestamp: env.timestamp, sign: env.sign
}]}' | websocat -n1 "$OKX_WS_URL/private" | jq -r '"\(.event) \(.code)"'

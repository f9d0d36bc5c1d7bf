#!/usr/bin/env bash
set -euo pipefail

server=$(curl -sS --max-time 10 "$OKX_API_BASE_URL/api/v5/public/time" | jq -r '.data[0].ts')
off=$(($(date +%s) - server / 1000))
((${off#-} < 30)) && echo "my clock is right: true" || echo "my clock is right: false"

#!/bin/sh
# sign.sh <url> <secret> <file>: posts a file, signed. For SM3: openssl dgst -sm3.
timestamp=$(date +%s)
nonce=$(openssl rand -hex 16)
signature=$( (printf '%s\n%s\n' "$timestamp" "$nonce"; cat "$3") | openssl dgst -sha256 -hmac "$2" -r | cut -d' ' -f1)
exec curl -sS -i "$1" -H 'Content-Type: application/json' \
  -H "X-Timestamp: $timestamp" -H "X-Nonce: $nonce" -H "X-Signature: $signature" --data-binary "@$3"

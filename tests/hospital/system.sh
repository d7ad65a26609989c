#!/usr/bin/env bash
# A browser and a PACS from the system's packages. Says what is missing where it may not install.
set -euo pipefail
missing=()
command -v chromium >/dev/null || command -v google-chrome >/dev/null || command -v microsoft-edge >/dev/null \
  || missing+=(chromium)
command -v Orthanc >/dev/null || missing+=(orthanc orthanc-dicomweb)
command -v npm >/dev/null || missing+=(npm)
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "Missing for the real hospital: ${missing[*]}. Install with: sudo apt-get install ${missing[*]}" >&2
  exit 3
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
# The tests start their own PACS; the packaged service would hold its ports.
if command -v service >/dev/null; then service orthanc stop >/dev/null 2>&1 || true; fi

#!/usr/bin/env bash
# A browser, a PACS and a database server from the system's packages. Says what is missing where it may not install.
set -euo pipefail
missing=()
command -v chromium >/dev/null || command -v google-chrome >/dev/null || command -v microsoft-edge >/dev/null \
  || missing+=(chromium)
command -v Orthanc >/dev/null || missing+=(orthanc orthanc-dicomweb)
# Debian keeps initdb off the PATH. The tests start a cluster of their own; no service is needed.
command -v initdb >/dev/null || compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || missing+=(postgresql)
command -v ip >/dev/null || missing+=(iproute2)
command -v npm >/dev/null || missing+=(npm)
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "Missing for the real hospital: ${missing[*]}. Install with: sudo apt-get install ${missing[*]}" >&2
  exit 3
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
# The tests start their own PACS and their own database; services that came with the packages would hold their ports.
if command -v service >/dev/null; then
  service orthanc stop >/dev/null 2>&1 || true
  case " ${missing[*]} " in *" postgresql "*) service postgresql stop >/dev/null 2>&1 || true ;; esac
fi

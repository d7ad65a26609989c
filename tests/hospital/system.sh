#!/usr/bin/env bash
# A browser, a PACS, a database server and a desktop from the system's packages. Says what is missing where it may not install.
set -euo pipefail
missing=()
command -v chromium >/dev/null || command -v google-chrome >/dev/null || command -v microsoft-edge >/dev/null \
  || missing+=(chromium)
# The same browser without windows: bots that nobody looks at take it where it is there.
command -v chromium-headless-shell >/dev/null || missing+=(chromium-headless-shell)
command -v Orthanc >/dev/null || missing+=(orthanc orthanc-dicomweb)
# Debian keeps initdb off the PATH. The tests start a cluster of their own; no service is needed.
command -v initdb >/dev/null || compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || missing+=(postgresql)
command -v ip >/dev/null || missing+=(iproute2)
command -v npm >/dev/null || missing+=(npm)
# Judges of the DICOM objects that reports go out as, by other hands than ours.
command -v dciodvfy >/dev/null || missing+=(dicom3tools)
command -v dsrdump >/dev/null || missing+=(dcmtk)
# Desktop programs on a display of their own, and how they are reached as pixels only.
for pair in Xvfb:xvfb openbox:openbox xclip:xclip dbus-daemon:dbus aeskulap:aeskulap x11vnc:x11vnc \
  xtigervncviewer:tigervnc-viewer tesseract:tesseract-ocr scrot:scrot; do
  command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
done
[ -e /usr/share/dbus-1/services/org.a11y.Bus.service ] || missing+=(at-spi2-core)
/usr/bin/python3 -c 'import gi; gi.require_version("Gtk", "3.0")' 2>/dev/null || missing+=(python3-gi gir1.2-gtk-3.0)
# What the lab's own desktop client (tests/hospital/lab/desktop_client.py) needs beside its wheel.
/usr/bin/python3 -c 'import venv, cairo, dateutil, gi; gi.require_foreign("cairo")' 2>/dev/null \
  || missing+=(python3-gi-cairo python3-dateutil)
[ -n "$(find /usr/lib -name 'libpixbufloader-svg.so' -print -quit 2>/dev/null)" ] || missing+=(librsvg2-common)
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

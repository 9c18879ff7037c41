#!/bin/sh
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# weights/fetch.sh against file URLs and a local server: whole, cut, altered and resumed files.
# usage: fetch.sh path/to/weights/fetch.sh
set -u

fetch=$1
work=$(mktemp -d) || exit 1
server=''
plain=''
unset http_proxy all_proxy ALL_PROXY HTTP_PROXY
n_failed=0
trap 'for process in $server $plain; do kill "$process"; done; rm -rf "$work"' EXIT

served=$work/served/vgg19/vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5
cache=$work/cache/gbpsaliency
file=$cache/vgg19.h5
mkdir -p "$work/served/vgg19"

# A file of 300 kB, cut in two, and its sum
seq 1 50000 >"$work/whole"
size=$(wc -c <"$work/whole")
half=$((size / 2))
head -c "$half" "$work/whole" >"$work/first"
tail -c +$((half + 1)) "$work/whole" >"$work/second"
head -c "$half" /dev/zero >"$work/zeros"
sum=$(md5sum <"$work/whole" | cut -d ' ' -f 1)
sum256=$(sha256sum <"$work/whole" | cut -d ' ' -f 1)

begin() {
  title=$1
  rm -rf "$work/cache"
  mkdir -p "$cache"
  cp "$work/whole" "$served"
  url=file://$work/served
  path=$PATH
  seconds=60
}

# Runs the script with the sum of the test's own file; what it says is in $work/output.
run() {
  PATH=$path XDG_CACHE_HOME=$work/cache GBP_WEIGHTS_URL=$url GBP_WEIGHTS_MD5=$sum GBP_WEIGHTS_SHA256=$sum256 \
    GBP_WEIGHTS_LIMIT=$size GBP_WEIGHTS_SECONDS=$seconds CURL_CA_BUNDLE=$work/certificate WGETRC=$work/wgetrc \
    sh "$fetch" "$@" >"$work/output" 2>&1
}

bad() {
  echo "$title: $1; the script said:"
  sed 's/^/  /' "$work/output"
  n_failed=$((n_failed + 1))
}

expect_file() {
  if ! cmp -s "$work/whole" "$file"; then bad "the file is not there, or not whole"; fi
  if [ -e "$file.part" ]; then bad "the part is still there"; fi
}

expect_no_file() {
  if [ -e "$file" ]; then bad "there is a file under the final name"; fi
}

expect_kept() {
  expect_no_file
  expect_words "is kept"
  if ! cmp -s "$work/first" "$file.part"; then bad "the half that had come is not there any more"; fi
}

expect_words() {
  if ! grep -q -e "$1" "$work/output"; then bad "it did not say \"$1\""; fi
}

for argument in --help -h; do
  begin "$argument"
  run $argument || bad "it failed"
  expect_words "^usage: $fetch vgg19|vgg19-top|vgg16|vgg16-top\$"
done
begin "no name at all"
run && bad "it succeeded"
expect_words "name one of vgg19.*--help"

begin "whole file"
run vgg19 || bad "it failed"
expect_file
expect_words "weights=vgg19"
rm "$served"
run vgg19 || bad "it failed when the file was there already"
expect_words "there already"

begin "cut file, then the whole one"
cp "$work/first" "$served"
run vgg19 && bad "it succeeded"
expect_no_file
expect_words "MD5"
if [ -e "$file.part" ]; then bad "the bad part is still there"; fi
cp "$work/whole" "$served"
run vgg19 || bad "it failed afterwards"
expect_file

begin "altered file"
tr 1 2 <"$work/whole" >"$served"
run vgg19 && bad "it succeeded"
expect_no_file
expect_words "MD5"

begin "altered file, checked against the published sum"
XDG_CACHE_HOME=$work/cache GBP_WEIGHTS_URL=$url sh "$fetch" vgg19 >"$work/output" 2>&1 && bad "it succeeded"
expect_no_file
expect_words 253f8cb515780f3b799900260a226db6

begin "half a file goes on: the server's first half is never asked for"
cp "$work/first" "$file.part"
cat "$work/zeros" "$work/second" >"$served"
run vgg19 || bad "it failed"
expect_file

begin "half of another file"
cp "$work/zeros" "$file.part"
run vgg19 || bad "it failed"
expect_file

begin "part longer than the file"
cat "$work/whole" "$work/whole" >"$file.part"
run vgg19 || bad "it failed"
expect_file

begin "part that is whole, and nothing served"
cp "$work/whole" "$file.part"
rm "$served"
run vgg19 || bad "it failed"
expect_file

begin "damaged file under the final name"
cp "$work/first" "$file"
run vgg19 || bad "it failed"
expect_file

begin "nothing served"
rm "$served"
run vgg19 && bad "it succeeded"
expect_no_file
expect_words "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5 could not be downloaded"

begin "broken off on the way"
mkdir "$work/broken"
cat >"$work/broken/curl" <<EOF
#!/bin/sh
cat "$work/first" >"$file.part"
echo "curl: (18) transfer closed" >&2
exit 18
EOF
chmod +x "$work/broken/curl"
path=$work/broken:$PATH
run vgg19 && bad "it succeeded"
expect_no_file
expect_words "could not be downloaded"
path=$PATH
run vgg19 || bad "it failed to go on"
expect_file

begin "half a file, and nothing served"
cp "$work/first" "$file.part"
rm "$served"
run vgg19 && bad "it succeeded"
expect_kept
cp "$work/whole" "$served"
run vgg19 || bad "it failed to go on"
expect_file

begin "another file with the same MD5"
sum256=$(echo another | sha256sum | cut -d ' ' -f 1)
run vgg19 && bad "it succeeded"
expect_no_file
expect_words "or its SHA-256 not $sum256"
sum256=$(sha256sum <"$work/whole" | cut -d ' ' -f 1)

begin "larger file"
cat "$work/whole" "$work/whole" >"$served"
run vgg19 && bad "it succeeded"
expect_no_file
expect_words "vgg19_weights"

begin "links and folders at the destination"
for place in "$file" "$file.part"; do
  rm -rf "$cache" && mkdir "$cache"
  cp "$work/first" "$work/victim"
  ln -s "$work/victim" "$place"
  run vgg19 && bad "it succeeded through a link at $place"
  expect_words "is a link"
  [ -L "$place" ] && cmp -s "$work/first" "$work/victim" || bad "the link at $place was followed"
  cp "$work/whole" "$work/victim"
  run vgg19 && bad "it succeeded through a link to the whole file at $place"
  expect_words "is a link"
  rm "$place"
  mkdir "$place"
  run vgg19 && bad "it succeeded with a folder at $place"
  expect_words "is there and not a file"
  [ -z "$(ls -A "$place")" ] || bad "the folder at $place is not empty any more"
done

begin "not by https"
for url in http://127.0.0.1:9 ftp://127.0.0.1:9 "$work/served"; do
  run vgg19 && bad "it succeeded from $url"
  expect_words "not fetched from $url: it has to begin with https://"
done

begin "unknown name"
run vgg11 && bad "it succeeded"
expect_words "'vgg11': name one of vgg19, vgg19-top, vgg16, vgg16-top"
run && bad "it succeeded without a name"
expect_words "name one of"

begin "cache that cannot be made"
XDG_CACHE_HOME=$work/whole GBP_WEIGHTS_URL=$url sh "$fetch" vgg19 >"$work/output" 2>&1 && bad "it succeeded"
expect_words "cannot be made"

begin "no home"
env -u HOME -u XDG_CACHE_HOME sh "$fetch" vgg19 >"$work/output" 2>&1 && bad "it succeeded"
expect_words "set HOME or XDG_CACHE_HOME"

# Programs but no curl: one folder of links for each set
make_path() {
  mkdir "$work/$1"
  for program in sh md5sum sha256sum timeout wc cut mkdir mv rm; do ln -s "$(command -v $program)" "$work/$1/$program"; done
}

begin "neither curl nor wget"
make_path poor
path=$work/poor
run vgg19 && bad "it succeeded"
expect_words "curl and wget are missing"

# start_server MODE: sets $address; see serve.py
start_server() {
  if [ -n "$server" ]; then kill "$server"; fi
  serve "$@"
  server=$process
  address=https://127.0.0.1:$(cat "$work/port")
}

# serve MODE...: sets $process, and writes its port
serve() {
  : >"$work/port"
  python3 "$(dirname "$0")/serve.py" "$work/served" "$work/certificate" "$@" >"$work/port" 2>"$work/log" &
  process=$!
  for _ in $(seq 100); do
    if [ -s "$work/port" ]; then break; fi
    sleep 0.1
  done
}

# test_client CLIENT PATH
test_client() {
  start_server whole
  begin "$1, from a server that sends only whole files"
  path=$2 url=$address
  run vgg19 || bad "it failed"
  expect_file
  rm "$file"
  cp "$work/first" "$file.part"
  run vgg19 || bad "it failed with half a file there"
  expect_file
  rm "$file" "$served"
  run vgg19 && bad "it succeeded with nothing served"
  expect_no_file
  expect_words "could not be downloaded"

  cp "$work/first" "$file.part"
  run vgg19 && bad "it succeeded with nothing served and half a file there"
  expect_kept

  begin "$1, half a file, and no network"
  path=$2 url=https://127.0.0.1:9
  cp "$work/first" "$file.part"
  run vgg19 && bad "it succeeded"
  expect_kept

  start_server ranges
  begin "$1, half a file goes on"
  path=$2 url=$address
  cp "$work/first" "$file.part"
  cat "$work/zeros" "$work/second" >"$served"
  run vgg19 || bad "it failed"
  expect_file

  begin "$1, part longer than the file"
  path=$2 url=$address
  cat "$work/whole" "$work/whole" >"$file.part"
  run vgg19 || bad "it failed"
  expect_file

  start_server endless
  begin "$1, from a server that never ends"
  path=$2 url=$address
  run vgg19 && bad "it succeeded"
  expect_no_file
  expect_words "it has more than $size bytes"
  if [ -e "$file.part" ]; then bad "the part is still there"; fi

  start_server slow
  begin "$1, from a server that hardly moves"
  path=$2 url=$address seconds=3
  run vgg19 && bad "it succeeded"
  expect_no_file
  expect_words "did not come within 3 seconds"
  if [ ! -s "$file.part" ]; then bad "what had come is not kept"; fi

  start_server elsewhere "$plain_address"
  begin "$1, sent on to http"
  path=$2 url=$address
  run vgg19 && bad "it succeeded"
  expect_no_file
  expect_words "could not be downloaded"
}

if command -v python3 >/dev/null && command -v wget >/dev/null && command -v openssl >/dev/null; then
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
    -keyout "$work/key" -out "$work/certificate" 2>/dev/null
  cat "$work/key" >>"$work/certificate"
  echo "ca_certificate = $work/certificate" >"$work/wgetrc"
  serve plain
  plain=$process
  plain_address=http://127.0.0.1:$(cat "$work/port")
  make_path wget
  ln -s "$(command -v wget)" "$work/wget/wget"
  test_client curl "$PATH"
  test_client wget "$work/wget"
else
  echo "skipped: fetching from a server needs python3, wget and openssl"
fi

[ "$n_failed" -eq 0 ]

#!/bin/sh
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# weights/fetch.sh against file URLs and a local server: whole, cut, altered and resumed files.
# usage: fetch.sh path/to/weights/fetch.sh
set -u

fetch=$1
work=$(mktemp -d) || exit 1
server=
unset http_proxy all_proxy ALL_PROXY HTTP_PROXY
n_failed=0
trap 'if [ -n "$server" ]; then kill "$server"; fi; rm -rf "$work"' EXIT

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

begin() {
  title=$1
  rm -rf "$work/cache"
  mkdir -p "$cache"
  cp "$work/whole" "$served"
  url=file://$work/served
  path=$PATH
}

# Runs the script with the sum of the test's own file; what it says is in $work/output.
run() {
  PATH=$path XDG_CACHE_HOME=$work/cache GBP_WEIGHTS_URL=$url GBP_WEIGHTS_MD5=$sum \
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
  for program in sh md5sum cut mkdir mv rm; do ln -s "$(command -v $program)" "$work/$1/$program"; done
}

begin "neither curl nor wget"
make_path poor
path=$work/poor
run vgg19 && bad "it succeeded"
expect_words "curl and wget are missing"

# start_server ranges|whole: sets $address
start_server() {
  if [ -n "$server" ]; then kill "$server"; fi
  : >"$work/port"
  python3 "$(dirname "$0")/serve.py" "$work/served" "$1" >"$work/port" 2>"$work/log" &
  server=$!
  for _ in $(seq 100); do
    if [ -s "$work/port" ]; then break; fi
    sleep 0.1
  done
  address=http://127.0.0.1:$(cat "$work/port")
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
  path=$2 url=http://127.0.0.1:9
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
}

if command -v python3 >/dev/null && command -v wget >/dev/null; then
  make_path wget
  ln -s "$(command -v wget)" "$work/wget/wget"
  test_client curl "$PATH"
  test_client wget "$work/wget"
else
  echo "skipped: fetching from a server needs python3 and wget"
fi

[ "$n_failed" -eq 0 ]

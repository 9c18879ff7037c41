#!/bin/sh
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The tool on classes: which one is explained, what the scores say, and the caption.
# shellcheck source=tests/examples/common.sh
. "$(dirname "$0")/common.sh"

make 1 width=48,height=32,format=RGB "pngenc ! filesink location=in.png"
make 5 width=48,height=32 "x264enc ! mp4mux ! filesink location=in.mp4"
"$TOOL" --list-classes >names

echo "# a class is a channel of the class layer, by number and by name"
run --raw layer.npy --layer predictions --channel 21 in.png
name=$(sed -n 's/^ *21  //p' names)
for class in 21 "$name" "$(printf '%s' "$name" | tr '[:lower:]' '[:upper:]')"; do
  run --raw class.npy --class "$class" in.png
  cmp layer.npy class.npy || fail "--class $class is another gradient"
done
echo ok

echo "# the scores are of all frames, in order, and add up"
run --top 20 --scores scores.csv in.mp4
head -n 1 scores.csv | grep -qx 'frame,time,rank,class,name,score' || fail "$(head -n 1 scores.csv)"
awk -F, 'NR > 1 {
  if ($1 != int((NR - 2) / 20) || $3 != (NR - 2) % 20 + 1) { print "row " NR ": " $0; exit 1 }
  if ($3 == 1) { last = 1; sum = 0 }
  if ($6 > last || $6 < 0) { print "not by score: " $0; exit 1 }
  last = $6
  sum += $6
  if ($3 == 20 && (sum > 1 || sum < 0.5)) { print "the sum is " sum; exit 1 }
}
END { if (NR != 101) { print NR " rows"; exit 1 } }' scores.csv >said || fail "$(cat said)"
while IFS=, read -r _ _ _ class name _; do
  [ "$class" = class ] || grep -q "^ *$class  $name\$" names || fail "class $class is not $name"
done <scores.csv
echo ok

echo "# the same as lines of JSON"
run --top 20 --scores scores.jsonl in.mp4
"$PYTHON" -c '
import csv, json
rows = list(csv.DictReader(open("scores.csv")))
lines = [json.loads(line) for line in open("scores.jsonl")]
assert [{key: str(value) for key, value in line.items()}.keys() for line in lines] == [row.keys() for row in rows]
for row, line in zip(rows, lines):
    assert int(row["frame"]) == line["frame"] and int(row["rank"]) == line["rank"]
    assert int(row["class"]) == line["class"] and row["name"] == line["name"]
    assert float(row["score"]) == line["score"] and float(row["time"]) == line["time"]
' || fail "the files differ"
run --top 20 --scores - in.mp4 >stdout
cmp scores.csv stdout

echo "# top is the class of rank 1"
top=$(sed -n 2p scores.csv | cut -d, -f4)
run --raw top.npy --class top --scores one.csv --top 1 in.png
run --raw class.npy --class "$(sed -n 2p one.csv | cut -d, -f4)" in.png
cmp top.npy class.npy || fail "top is not the class of rank 1"
"$TOOL" --class top in.mp4 out.mp4 2>said
grep -q "^0.000 s: $(sed -n "s/^ *$top  //p" names) 0\.[0-9]*, " said || fail "$(cat said)"

echo "# a caption changes the picture, and only where it stands"
if gst-inspect-1.0 textoverlay >said 2>&1; then
  run --class 21 --caption in.png captioned.png
  run --class 21 in.png plain.png
  if cmp -s captioned.png plain.png; then fail "there is no caption"; fi
  expect_file captioned.png "*48x32*"
else
  echo "skipped: there is no textoverlay: $(tail -n 1 said)"
fi

# refuse SENTENCE ARGUMENT...: it fails with this one line, as a pattern
refuse() {
  sentence="gbp-saliency: $1"
  shift
  if "$TOOL" "$@" >stdout 2>said; then fail "gbp-saliency $* succeeds"; fi
  # shellcheck disable=SC2254 # it is a pattern
  case $(cat said) in
    $sentence) echo "ok $(cat said)" ;;
    *) fail "gbp-saliency $* says \"$(cat said)\", not \"$sentence\"" ;;
  esac
  expect_no_parts
}

echo "# wrong ones"
refuse 'no class "nothing"; valid are 0 to 47, the classes'"'"' names and top*' --class nothing in.png out.png
refuse 'no class "48"; valid are 0 to 47*' --class 48 in.png out.png
refuse 'top 21 is not between 1 and 20' --top 21 in.png out.png
refuse 'two of the files to write cannot both be out.csv' --channel -2 --scores out.csv --csv out.csv in.png out.png
if "$TOOL" --quiet --scores - in.png >/dev/full 2>said; then fail "/dev/full takes scores"; fi
grep -qx "gbp-saliency: cannot write standard output: No space left on device" said || fail "$(cat said)"

# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What bash offers behind gbp-saliency: the options that --help lists, their values by the list below the options,
# layers as the network has them, published weights, and files.

# _gbp_saliency_values OPTION: the values that --help lists for it, in "  --option  one, two: what for", which goes on in
# lines that begin with more spaces
_gbp_saliency_values() {
  gbp-saliency --help 2>/dev/null | awk -v option="$1" '
    /^  -/ || !/^   / { found = $1 == option && /^  --[a-z-]+  +[a-z]/; sub(/^ *--[a-z-]+ +/, "") }
    found { text = text " " $0 }
    END {
      sub(/:.*/, "", text)
      gsub(/,/, "", text)
      print text
    }'
}

_gbp_saliency() {
  local current previous weights=() i words=
  COMPREPLY=()
  current=${COMP_WORDS[COMP_CWORD]}
  previous=${COMP_WORDS[COMP_CWORD - 1]}
  if [ "$current" = = ]; then current=; fi
  if [ "$previous" = = ]; then previous=${COMP_WORDS[COMP_CWORD - 2]}; fi
  for ((i = 1; i + 1 < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in -w | --weights) weights=(--weights "${COMP_WORDS[i + 1]}") ;; esac
  done
  case $previous in
    -l | --layer) words=$(gbp-saliency "${weights[@]}" --list-layers 2>/dev/null | awk '{print $1}') ;;
    -w | --weights) words='vgg19 vgg19-top vgg16 vgg16-top' ;;
    -m) words=$(_gbp_saliency_values --method) ;;
    -L) words=$(_gbp_saliency_values --look) ;;
    -C) words=$(_gbp_saliency_values --colormap) ;;
    --*) words=$(_gbp_saliency_values "$previous") ;;
  esac
  if [ -z "$words" ] && [[ $current == -* ]]; then
    words=$(gbp-saliency --help 2>/dev/null | grep -Eo -e '^  (-., )?--[a-z-]+' | grep -Eo -e '--[a-z-]+')
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o default -F _gbp_saliency gbp-saliency

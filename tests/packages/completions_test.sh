#!/usr/bin/env bash
# completions_test.sh DIR: what bash, zsh and fish offer with the completions in DIR.
set -euo pipefail
directory=$1
failed=0

# expect SHELL LINE WANTED UNWANTED OFFERED: the offered words, one a line, have one and not the other.
expect() {
  if ! grep -qxF -e "$3" <<<"$5" || grep -qxF -e "$4" <<<"$5"; then
    echo "$1 offers for '$2', where $3 is missing or $4 is too much:"
    echo "$5" | head -20
    failed=1
  fi
}

# Offers of each shell for a line, one a line.
offer_bash() {
  bash --norc -c '
    source "$1/carillon.bash"
    compopt() { :; }
    read -ra COMP_WORDS <<<"$2"
    [[ $2 == *" " ]] && COMP_WORDS+=("")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _carillon
    printf "%s\n" "${COMPREPLY[@]}"' - "$directory" "$1"
}

offer_fish() {
  fish --no-config -c 'source $argv[1]/carillon.fish; complete -C $argv[2]' "$directory" "$1" | cut -f 1
}

# zsh completes in its line editor only: the line is typed into a shell on a pseudo terminal.
offer_zsh() {
  zsh -f -c '
    fpath=($1 $fpath)
    autoload -U compinit && compinit -u -D
    zmodload zsh/zpty
    zpty shell zsh -f -i
    wait_for() { local chunk all=; while zpty -r shell chunk; do all+=$chunk; [[ $all == *$1* ]] && break; done; print -r -- "$all"; }
    zpty -w shell "PS1=; unsetopt zle_bracketed_paste; fpath=($1 \$fpath); autoload -U compinit && compinit -u -D"
    zpty -w shell "null-line() { :; }; zstyle \":completion:*\" list-colors \"no=<\" \"ec=>\" \"lc=\" \"rc=\""
    zpty -w shell "zstyle \":completion:*\" verbose no; LISTMAX=10000; stty cols 4000 -echo"
    zpty -w shell "list-and-end() { compprefuncs=(); zle list-choices; zle kill-whole-line; }; zle -N list-and-end; bindkey \"^I\" list-and-end"
    zpty -w shell "print started-\$((1+1))"
    wait_for started-2 >/dev/null
    zpty -n -w shell "$2"$'"'\t'"'
    zpty -w shell ""
    zpty -w shell "print ended-\$((1+1))"
    wait_for ended-2
    zpty -d shell' - "$directory" "$1" | tr -c '[:print:]' '\n' | tr -s ' <>' '\n'
}

for shell in bash zsh fish; do
  if ! command -v "$shell" >/dev/null; then
    echo "$shell is not installed: ./dev package installs it" >&2
    exit 1
  fi
  for line in 'carillon |webhooks|create' 'carillon keys |create|rotate-secret' \
    'carillon keys create --|--role|--template' 'carillon keys create --role |publisher|--company' \
    'carillon serve --log-f|--log-format|--listen'; do
    IFS='|' read -r typed wanted unwanted <<<"$line"
    offered=$(timeout 20 bash -c "$(declare -f "offer_$shell"); directory=\$1; offer_$shell \"\$2\"" - "$directory" "$typed")
    expect "$shell" "$typed" "$wanted" "$unwanted" "$offered"
  done
done
[ "$failed" -eq 0 ] && echo 'completions: bash, zsh and fish offer what they should'
exit "$failed"

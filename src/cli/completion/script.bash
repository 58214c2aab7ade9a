# Completion of portfwd for bash. Needs no package of bash-completion.
# bash splits words at ":" and "=", so they are joined again; it inserts only what follows the last of these characters.
_portfwd() {
  local rest=${COMP_LINE:0:COMP_POINT} word words=() line index cut current
  for ((index = 0; index <= COMP_CWORD; index++)); do
    word=${COMP_WORDS[index]}
    if ((index == 0)) || [[ $rest == [[:space:]]* ]]; then
      rest=${rest#"${rest%%[![:space:]]*}"}
      words+=("")
    fi
    ((index < COMP_CWORD)) || word=$rest
    words[${#words[@]} - 1]+=$word
    rest=${rest#"$word"}
  done
  current=${words[${#words[@]} - 1]}
  cut=${current%"${current##*[:=]}"}
  [[ $COMP_WORDBREAKS == *[:=]* ]] || cut=
  COMPREPLY=()
  compopt +o default
  while IFS= read -r line; do
    case $line in
      :files)
        compopt -o filenames
        while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$current")
        ;;
      :directories)
        compopt -o filenames
        while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -d -- "$current")
        ;;
      *)
        word=${line%%$'\t'*}
        [[ $word != *= ]] || compopt -o nospace
        word=${word#"$cut"}
        [[ $word != *[!A-Za-z0-9_.:=,@+/-]* ]] || printf -v word '%q' "$word"
        COMPREPLY+=("$word")
        ;;
    esac
  done < <("$1" complete -- "${words[@]:1}" 2>/dev/null)
}
complete -F _portfwd portfwd

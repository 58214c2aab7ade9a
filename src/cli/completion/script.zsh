#compdef portfwd
# Completion of portfwd for zsh.
_portfwd() {
  local line value about
  local -a before known open
  before=("${(@Q)words[2,CURRENT-1]}")
  for line in "${(@f)$("$words[1]" complete -- "$before[@]" "${(Q)PREFIX}" 2>/dev/null)}"; do
    case $line in
      '') ;;
      :files) _files ;;
      :directories) _files -/ ;;
      *)
        value=${line%%$'\t'*} about=
        [[ $line != *$'\t'* ]] || about=${line#*$'\t'}
        if [[ $value == *= ]]; then
          open+=("${value//:/\\:}:$about")
        else
          known+=("${value//:/\\:}${about:+:$about}")
        fi
        ;;
    esac
  done
  (( ! $#open )) || _describe -t keys 'key' open -S ''
  (( ! $#known )) || _describe -t values 'value' known
}
if [[ $funcstack[1] == _portfwd ]]; then
  _portfwd "$@"
else
  compdef _portfwd portfwd
fi

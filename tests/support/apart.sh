#!/bin/sh
# apart.sh FILES EXECUTABLE ARG...: the cases that are not in these source files (filters of doctest).
# An empty list of cases fails: the tests would never run, and nobody would notice.
files=$1 executable=$2
shift 2
case " $* " in
  *" --list-test-cases "*)
    list=$("$executable" "--source-file-exclude=$files" "$@") || exit $?
    printf '%s\n' "$list"
    printf '%s\n' "$list" | grep -q 'current filters: [1-9]'
    ;;
  *) exec "$executable" "--source-file-exclude=$files" "$@" ;;
esac

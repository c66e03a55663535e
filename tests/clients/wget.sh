# wget against the agent at $1, by TLS with CLIENT_CA, CLIENT_CERT and CLIENT_KEY.
# shellcheck shell=bash
url=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tls=()
[ -z "${CLIENT_CA-}" ] || tls+=(--ca-certificate="$CLIENT_CA")
[ -z "${CLIENT_CERT-}" ] || tls+=(--certificate="$CLIENT_CERT" --private-key="$CLIENT_KEY")

check() { # SENTENCE EXPECTED GOT
    if [ "$2" = "$3" ]; then echo "passed $1"; else echo "failed $1: \"$3\" is not \"$2\""; fi
}
get() { LC_ALL=C wget "${tls[@]}" -T 60 -t 1 -O "$work/body" "$@" 2>&1; }
status() { get -S "$@" | sed -n 's/^ *HTTP\/1.1 \([0-9]*\) .*/\1/p' | tr '\n' ' '; }

check "asks three times over one connection" 2 \
    "$(get "$url/" "$url/compute" "$url/network" | grep -c 'Reusing existing connection')"
check "asks HEAD" "200 " "$(status --spider "$url/compute")"
check "is told of a 404" "404 " "$(status "$url/nothing")"
check "goes on after a 404" 1 "$(get "$url/nothing" "$url/" | grep -c 'Reusing existing connection')"
answer=$(get -S --post-data='<NETWORK><NAME>by wget</NAME></NETWORK>' "$url/network")
check "uploads by length" 1 "$(grep -c '^ *HTTP/1.1 201' <<<"$answer")"
check "deletes" "204 " "$(status --method=DELETE "$(sed -n 's/^ *Location: \(http[^ ]*\).*/\1/p' <<<"$answer" | head -n 1)")"

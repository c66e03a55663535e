# curl against the agent at $1, by TLS with CLIENT_CA, CLIENT_CERT and CLIENT_KEY.
# shellcheck shell=bash
url=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tls=()
[ -z "${CLIENT_CA-}" ] || tls+=(--cacert "$CLIENT_CA")
[ -z "${CLIENT_CERT-}" ] || tls+=(--cert "$CLIENT_CERT" --key "$CLIENT_KEY")
curl() { command curl "${tls[@]}" "$@"; }

check() { # SENTENCE EXPECTED GOT
    if [ "$2" = "$3" ]; then echo "passed $1"; else echo "failed $1: \"$3\" is not \"$2\""; fi
}
quiet() { curl -s -m 60 -o "$work/body" "$@"; }
made() { sed -n 's/^Location: \(.*\)\r$/\1/p' "$work/headers"; }

check "asks three times over one connection" "1 0 0 " \
    "$(curl -s -m 60 -w '%{stderr}%{num_connects} ' "$url/" "$url/compute" "$url/network" 2>&1 >"$work/body")"
check "asks HEAD and goes on" "200 1 200 0 " \
    "$(curl -s -m 60 -I -w '%{stderr}%{http_code} %{num_connects} ' "$url/compute" \
        --next "${tls[@]}" -s -m 60 -w '%{stderr}%{http_code} %{num_connects} ' "$url/compute" 2>&1 >"$work/body")"
check "goes on after a 404" "404 1 200 0 " \
    "$(curl -s -m 60 -w '%{stderr}%{http_code} %{num_connects} ' "$url/nothing" "$url/" 2>&1 >"$work/body")"

document='<NETWORK><NAME>by curl</NAME></NETWORK>'
check "uploads in chunks" 201 \
    "$(quiet -D "$work/headers" -w '%{http_code}' -H 'Transfer-Encoding: chunked' -d "$document" "$url/network")"
check "deletes" 204 "$(quiet -w '%{http_code}' -X DELETE "$(made)")"
check "uploads by length" 201 "$(quiet -D "$work/headers" -w '%{http_code}' -d "$document" "$url/network")"
check "deletes once more" 204 "$(quiet -w '%{http_code}' -X DELETE "$(made)")"

# Of 2 MiB, one more than a document may have: it learns so before it sends them.
head -c 2097152 /dev/zero >"$work/large"
check "is refused a body that is too large before it is sent" "413 0" \
    "$(quiet -w '%{http_code} %{size_upload}' -H 'Expect: 100-continue' --data-binary "@$work/large" "$url/network")"
# As the README has it.
check "sends an image in a form" 201 \
    "$(quiet -D "$work/headers" -w '%{http_code}' "$url/storage" \
        --form-string 'occixml=<DISK><NAME>linux</NAME></DISK>' -F "file=@$work/large")"
check "deletes the image" 204 "$(quiet -w '%{http_code}' -X DELETE "$(made)")"
continued() { curl -v -s -m 60 -o "$work/body" -H 'Expect: 100-continue' -d "$1" "$url$2" 2>&1 | sed -n 's/^< HTTP\/1.1 \([0-9]*\) .*/\1/p' | tr '\n' ' '; }
check "waits for 100 Continue" "100 400 " "$(continued '<NETWORK' /network)"
check "is not told to continue when the route is not there" "404 " "$(continued '<NETWORK' /nothing)"
check "reads a stream" "id" \
    "$(curl -s -N -m 60 -H 'Accept: text/event-stream' "$url/-/events?since=0" | grep -m 1 -o '^id')"
check "asks by HTTP/1.0" "200 " "$(quiet -0 -w '%{http_code} ' "$url/compute")"

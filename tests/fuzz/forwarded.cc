// What proxies say of their clients: header lines, each with its name.
#include "agent/http/forwarded.hh"
#include "agent/http/characters.hh"
#include "agent/http/refusal.hh"
#include "tests/fuzz/take_line.hh"
#include "tests/fuzz/target.hh"

#include <string>

namespace fuzz {
namespace {

http::Head head_of(const http::Headers& headers, const std::string& peer) {
    http::Head head;
    head.peer = head.source = peer;
    head.host = "node";
    head.headers = headers;
    return head;
}

} // namespace

void forwarded(std::string_view bytes) {
    static const http::Proxies proxies{{http::Network::parse("10.0.0.0/8").value()}, ""};
    http::Headers headers;
    while (!bytes.empty()) {
        const auto line = take_line(bytes);
        const auto colon = line.find(": ");
        if (colon == line.npos || !http::is_field_text(line)) return;
        headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    }
    auto stranger = head_of(headers, "192.0.2.1:1");
    http::settle_client(stranger, proxies);
    require(stranger.peer == "192.0.2.1:1" && stranger.host == "node" && !stranger.is_secure,
            "a stranger says nothing of itself");
    auto head = head_of(headers, "10.0.0.1:1");
    try {
        http::settle_client(head, proxies);
    } catch (const http::Refusal& refusal) {
        require(refusal.status() == 400, "what is refused is the fault of who sent it");
        return;
    }
    require(http::is_authority(head.host), "a host is an authority");
    require(!head.source.empty() && head.peer.size() <= 120 &&
                head.peer.find_first_of(" \t\"\\") == head.peer.npos,
            "a peer is one word");
}

} // namespace fuzz

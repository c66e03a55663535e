// The header block of a request, as one piece and byte by byte.
#include "agent/http/header_block.hh"

#include "agent/http/characters.hh"
#include "agent/http/refusal.hh"
#include "tests/fuzz/target.hh"

#include <algorithm>
#include <optional>
#include <string>

namespace fuzz {
namespace {

// Small, so that they are met.
http::Limits limits() {
    http::Limits limits;
    limits.header_bytes = 2048;
    limits.header_count = 16;
    limits.target_bytes = 512;
    return limits;
}

struct Outcome {
    std::size_t length = 0; // 0: more must come
    int refused = 0;
    bool operator==(const Outcome&) const = default;
};

Outcome find_in(std::string_view bytes, std::size_t step) {
    std::size_t looked = 0;
    try {
        for (std::size_t end = std::min(step, bytes.size());; end = std::min(end + step, bytes.size())) {
            if (const auto length = http::find_block(bytes.substr(0, end), looked, limits()))
                return {length, 0};
            if (end == bytes.size()) return {};
        }
    } catch (const http::Refusal& refusal) {
        return {0, refusal.status()};
    }
}

bool is_error_of_client(int status) { return status >= 400 && status < 500; }

void check(const http::HeaderBlock& block) {
    const auto& request = block.request;
    require(http::is_token(request.method_text), "a method is a token");
    require(request.path.starts_with('/'), "a path begins with a slash");
    require(http::is_field_text(request.path) && request.path.find('\t') == std::string::npos,
            "a path has no control character");
    require(request.path.find("//") == std::string::npos, "doubled slashes collapse");
    require(request.host.empty() ? block.is_1_0 : http::is_authority(request.host), "a host is an authority");
    require(request.headers.size() <= limits().header_count, "headers are counted");
    require(!block.framing.chunked || block.framing.length == 0, "a body is marked off in one way");
    for (const auto& [name, value] : request.headers)
        require(http::is_token(name) && http::is_field_text(value), "a header is one line");
}

} // namespace

void header_block(std::string_view bytes) {
    const auto whole = find_in(bytes, std::max<std::size_t>(bytes.size(), 1));
    const auto slowly = find_in(bytes, 1);
    // What is refused may be refused for its first fault or for its length, depending on how much has come.
    require(whole.length == slowly.length || whole.refused != 0 || slowly.refused != 0,
            "the end of a block does not depend on its pieces");
    require(whole.refused == 0 || is_error_of_client(whole.refused), "what is refused is the client's fault");
    if (whole.length == 0) return;
    require(whole.length <= bytes.size() && whole.length <= limits().header_bytes, "a block has a bound");
    try {
        http::HeaderBlock block;
        http::parse_block(bytes.substr(0, whole.length), limits(), block);
        check(block);
    } catch (const http::Refusal& refusal) {
        require(is_error_of_client(refusal.status()) || refusal.status() == 501 || refusal.status() == 505,
                "a refusal has a proper status");
    }
}

} // namespace fuzz

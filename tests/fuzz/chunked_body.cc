// A body in chunks, as one piece and cut at every place.
#include "agent/http/body.hh"
#include "agent/http/refusal.hh"
#include "tests/fuzz/target.hh"

#include <algorithm>
#include <string>

namespace fuzz {
namespace {

constexpr std::size_t limit = 4096;

struct Outcome {
    int status = 0; // 200: whole, 0: more must come
    std::string body;
    std::size_t left = 0; // bytes of the next request
    bool operator==(const Outcome&) const = default;
};

Outcome collect(std::string_view bytes, std::size_t step) {
    http::BodyCollector body(http::Framing{true, 0}, limit);
    try {
        while (!bytes.empty()) {
            auto piece = bytes.substr(0, step);
            const auto before = piece.size();
            const bool whole = body.take(piece);
            bytes.remove_prefix(before - piece.size());
            if (whole) return {200, body.release(), bytes.size()};
            require(piece.empty(), "a body that is not whole takes all there is");
        }
    } catch (const http::Refusal& refusal) {
        return {refusal.status(), "", 0};
    }
    return {};
}

} // namespace

void chunked_body(std::string_view bytes) {
    const auto whole = collect(bytes, std::max<std::size_t>(bytes.size(), 1));
    require(whole.body.size() <= limit, "a body has a limit");
    require(whole.status == 0 || whole.status == 200 || whole.status == 400 || whole.status == 413 ||
                whole.status == 431,
            "a refusal has a proper status");
    for (const std::size_t step : {1, 2, 3, 7})
        require(collect(bytes, step) == whole, "a body does not depend on its pieces");
}

} // namespace fuzz

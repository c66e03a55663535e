// A multipart form as it comes: a line with the Content-Type, and the body, as one piece and cut at every place.
#include "agent/api/multipart.hh"
#include "agent/base/error.hh"
#include "tests/fuzz/take_line.hh"
#include "tests/fuzz/target.hh"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace fuzz {
namespace {

constexpr std::size_t most_parts = 16, longest_boundary = 70, most_header_bytes = 8192;

struct Outcome {
    std::vector<std::pair<std::string, std::string>> parts; // names and contents
    std::string refusal;
    bool operator==(const Outcome&) const = default;
};

// Fake: keeps all of it, and sees that one part ends before the next begins.
struct Taker : api::MultipartReader::Taker {
    explicit Taker(Outcome& outcome) : all(outcome) {}
    void begin_part(const std::string& name) override {
        require(!std::exchange(open, true), "a part begins when the one before has ended");
        all.parts.emplace_back(name, "");
    }
    void take_part(std::string_view bytes) override {
        require(open, "bytes belong to a part that has begun");
        require(!bytes.empty(), "there are bytes to take");
        all.parts.back().second += bytes;
    }
    void end_part() override { require(std::exchange(open, false), "a part ends that has begun"); }

    Outcome& all;
    bool open = false;
};

Outcome read(const std::string& boundary, std::string_view body, std::size_t step) {
    Outcome outcome;
    Taker taker(outcome);
    try {
        api::MultipartReader reader(boundary, taker);
        for (std::size_t at = 0; at < body.size(); at += step) reader.take(body.substr(at, step));
        reader.finish();
        require(!taker.open, "a form that is whole has no part without an end");
    } catch (const Error& failure) {
        require(failure.fault() == Fault::invalid, "what is no form is the client's fault");
        outcome.refusal = failure.what();
    }
    return outcome;
}

} // namespace

void multipart(std::string_view bytes) {
    const auto type = take_line(bytes);
    std::string boundary;
    try {
        boundary = api::boundary_of(type);
    } catch (const Error& failure) {
        require(failure.fault() == Fault::invalid, "what has no boundary is the client's fault");
        return;
    }
    require(!boundary.empty() && boundary.size() <= longest_boundary, "a boundary has a limit");
    const auto whole = read(boundary, bytes, std::max<std::size_t>(bytes.size(), 1));
    require(whole.parts.size() <= most_parts, "the number of parts has a limit");
    std::size_t length = 0;
    for (const auto& [name, content] : whole.parts) {
        require(name.size() <= most_header_bytes, "a name has a limit");
        require(content.find("\r\n--" + boundary) == std::string::npos, "no part has the boundary in it");
        length += content.size();
    }
    require(length <= bytes.size(), "the parts are not longer than what came");
    for (const std::size_t step : {1, 2, 3, 7})
        require(read(boundary, bytes, step) == whole, "a form does not depend on its pieces");
}

} // namespace fuzz

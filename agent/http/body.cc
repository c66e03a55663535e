#include "agent/http/body.hh"

#include "agent/base/hex.hh"
#include "agent/http/characters.hh"
#include "agent/http/refusal.hh"

#include <fmt/format.h>

#include <algorithm>

namespace http {
namespace {

constexpr std::size_t longest_line = 1024; // a chunk's size with extensions, or one trailer
constexpr std::size_t most_trailer_bytes = 8192;
constexpr std::size_t most_size_digits = 15;       // below 2^60: no sum of two can overflow
constexpr std::size_t first_reserve = 1024 * 1024; // an announcement alone gets no more memory than this

} // namespace

BodyCollector::BodyCollector(const Framing& framing, std::size_t limit, std::string_view limit_name,
                             BodySink* sink)
    : chunked_(framing.chunked), limit_(limit), limit_name_(limit_name), sink_(sink), left_(framing.length),
      step_(chunked_ ? Step::size : Step::data) {
    if (left_ > limit_) refuse_size();
    if (!sink_) body_.reserve(std::min<std::size_t>(left_, first_reserve));
    if (!chunked_ && left_ == 0) step_ = Step::done;
}

void BodyCollector::refuse_size() const {
    throw Refusal(413, fmt::format("the body is longer than {} bytes", limit_), limit_name_);
}

bool BodyCollector::take(std::string_view& input) {
    while (step_ != Step::done && step_ != Step::cut && !input.empty()) {
        if (step_ == Step::data)
            take_data(input);
        else if (take_line(input)) {
            read_line(line_);
            line_.clear();
        }
    }
    return step_ == Step::done || step_ == Step::cut;
}

void BodyCollector::take_data(std::string_view& input) {
    const auto count = std::min<std::uint64_t>(left_, input.size());
    const auto piece = input.substr(0, count);
    input.remove_prefix(count);
    left_ -= count;
    taken_ += count;
    if (!sink_)
        body_.append(piece);
    else if (!sink_->take(piece)) {
        step_ = Step::cut;
        return;
    }
    if (left_ == 0) step_ = chunked_ ? Step::data_end : Step::done;
}

// Moves bytes into line_ up to a line's end; true when that was there, and taken off.
bool BodyCollector::take_line(std::string_view& input) {
    const auto end = input.find('\n');
    const bool whole = end != std::string_view::npos;
    const auto count = whole ? end + 1 : input.size();
    if (line_.size() + count > longest_line) throw Refusal(400, "a line between the chunks is too long");
    line_.append(input.substr(0, count));
    input.remove_prefix(count);
    if (!whole) return false;
    if (!line_.ends_with("\r\n"))
        throw Refusal(400, "a line between the chunks ends without a carriage return");
    line_.resize(line_.size() - 2);
    if (!is_field_text(line_)) throw Refusal(400, "a line between the chunks has a control character");
    return true;
}

void BodyCollector::read_line(std::string_view line) {
    switch (step_) {
    case Step::size: return read_size(line);
    case Step::data_end:
        if (!line.empty()) throw Refusal(400, "a chunk is longer than its size");
        step_ = Step::size;
        return;
    case Step::trailers: return read_trailer(line);
    case Step::data:
    case Step::cut:
    case Step::done: return;
    }
}

// RFC 9112, 7.1: hexadecimal digits and nothing else, or an extension behind a semicolon.
void BodyCollector::read_size(std::string_view line) {
    const auto digits = line.substr(0, line.find(';'));
    if (digits.empty() || digits.size() > most_size_digits)
        throw Refusal(400, "the size of a chunk is not a number");
    const auto size = text::from_hex(digits);
    if (!size) throw Refusal(400, "the size of a chunk is not a hexadecimal number");
    if (taken_ + *size > limit_) refuse_size();
    left_ = *size;
    step_ = *size == 0 ? Step::trailers : Step::data;
}

void BodyCollector::read_trailer(std::string_view line) {
    if (line.empty()) {
        step_ = Step::done;
        return;
    }
    trailer_bytes_ += line.size();
    if (trailer_bytes_ > most_trailer_bytes) throw Refusal(431, "the trailers of the body are too long");
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
        throw Refusal(400, "a trailer of the body is no header");
}

} // namespace http

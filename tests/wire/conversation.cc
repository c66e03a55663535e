#include "tests/wire/conversation.hh"

#include "agent/base/hex.hh"
#include "agent/base/text.hh"
#include "agent/http/characters.hh"

#include <algorithm>
#include <array>
#include <poll.h>

namespace wire {
namespace {

constexpr std::size_t sent_at_once = std::size_t{64} * 1024;
constexpr std::size_t shown = 300; // bytes of what came, in a complaint

bool is_status_line(std::string_view line) {
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    return line.size() > 13 && line.starts_with("HTTP/1.1 ") && std::all_of(&line[9], &line[12], digit) &&
           line[12] == ' ' && http::is_field_text(line);
}

// RFC 9112, 6.3: these have no body at all.
bool is_bodiless(std::string_view first_line) {
    constexpr std::array<std::string_view, 2> statuses{"204", "304"};
    const auto status = first_line.substr(9, 3);
    return status.front() == '1' || std::ranges::find(statuses, status) != statuses.end();
}

} // namespace

std::vector<std::string> RawAnswer::all(std::string_view name) const {
    std::vector<std::string> values;
    for (const auto& [key, value] : headers)
        if (text::same(key, name)) values.push_back(value);
    return values;
}

void Conversation::send(const std::string& bytes, std::size_t count) {
    std::string block;
    for (std::size_t i = 0; i < count && !deaf_; ++i) {
        block += bytes;
        if (block.size() < sent_at_once && i + 1 < count) continue;
        send_all(block);
        block.clear();
    }
}

// Reads meanwhile, so that neither side waits for the other.
void Conversation::send_all(std::string_view bytes) {
    while (!bytes.empty() && !deaf_) {
        const auto before = bytes.size();
        deaf_ = stream_->send(bytes) == Stream::State::gone;
        if (bytes.size() != before || deaf_) continue;
        const bool listens = incoming_ == Stream::State::good;
        if (!wait(static_cast<short>(listens ? POLLIN | POLLOUT : POLLOUT)))
            throw Complaint("the server takes nothing more");
        if (listens) incoming_ = stream_->receive(buffer_);
    }
}

bool Conversation::wait(short events) const {
    pollfd waiter{stream_->descriptor(), events, 0};
    return ::poll(&waiter, 1, static_cast<int>(std::chrono::milliseconds(patience).count())) == 1;
}

bool Conversation::read_more() {
    const auto before = buffer_.size();
    while (incoming_ == Stream::State::good && buffer_.size() == before) {
        incoming_ = stream_->receive(buffer_);
        if (incoming_ != Stream::State::good || buffer_.size() != before) break;
        if (!wait(POLLIN))
            throw Complaint("nothing comes; before that came \"" + text::printable(buffer_, shown) + '"');
    }
    return buffer_.size() != before;
}

std::string Conversation::take(std::size_t count) {
    while (buffer_.size() < count)
        if (!read_more())
            throw Complaint("the connection ends within \"" + text::printable(buffer_, shown) + '"');
    auto bytes = buffer_.substr(0, count);
    buffer_.erase(0, count);
    return bytes;
}

std::string Conversation::take_line() {
    auto end = std::string::npos;
    while ((end = buffer_.find('\n')) == std::string::npos)
        if (!read_more())
            throw Complaint("the connection ends instead of an answer, behind \"" +
                            text::printable(buffer_, shown) + '"');
    auto line = take(end + 1);
    if (!line.ends_with("\r\n")) throw Complaint("a line ends without a carriage return: " + line);
    line.resize(line.size() - 2);
    return line;
}

const RawAnswer& Conversation::next_answer(bool headers_only) {
    answer_ = {};
    answered_ = true;
    answer_.first_line = take_line();
    if (!is_status_line(answer_.first_line))
        throw Complaint("this is no status line: " + text::printable(answer_.first_line, shown));
    read_headers();
    if (!headers_only && !is_bodiless(answer_.first_line)) read_body();
    return answer_;
}

const RawAnswer& Conversation::last_answer() const {
    if (!answered_) throw Complaint("there is no answer yet to look at");
    return answer_;
}

void Conversation::read_headers() {
    for (auto line = take_line(); !line.empty(); line = take_line()) {
        const auto colon = line.find(": ");
        if (colon == std::string::npos || !http::is_token(std::string_view(line).substr(0, colon)) ||
            !http::is_field_text(line))
            throw Complaint("this is no header: " + text::printable(line, shown));
        answer_.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    }
}

void Conversation::read_body() {
    const auto lengths = answer_.all("Content-Length"), codings = answer_.all("Transfer-Encoding");
    if (lengths.size() + codings.size() > 1) throw Complaint("the answer's length is said twice");
    if (!codings.empty()) return read_chunks();
    if (lengths.empty()) {
        answer_.body = rest();
        return;
    }
    const auto length = text::to_number(lengths.front());
    if (!length) throw Complaint("this is no length: " + lengths.front());
    answer_.body = take(*length);
}

void Conversation::read_chunks() {
    for (;;) {
        const auto line = take_line();
        const auto size = text::from_hex(line);
        if (!size) throw Complaint("this is no chunk size: " + line);
        answer_.body += take(*size);
        if (!take_line().empty()) throw Complaint("a chunk is longer than its size");
        if (*size == 0) return;
    }
}

std::string Conversation::rest() {
    while (read_more()) {
    }
    if (incoming_ == Stream::State::gone) throw Complaint("the connection is reset");
    return std::exchange(buffer_, {});
}

} // namespace wire

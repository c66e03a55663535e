#define BOOST_TEST_DYN_LINK
#include "tests/conformance/conversation.hh"

#include "agent/base/text.hh"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <zlib.h>

namespace conformance {
namespace {

constexpr auto folder = "tests/conformance/recordings/";
constexpr auto between_requests = "----------------------------------------\n";
constexpr auto their_host = "127.0.0.1:18900";

std::string content_of(const std::string& file) {
    std::stringstream all;
    all << std::ifstream(folder + file).rdbuf();
    return all.str();
}

std::vector<std::string> requests_in(std::string recorded) {
    recorded.erase(0, recorded.find('\n') + 1); // says what it is
    std::vector<std::string> requests;
    for (std::size_t begin = 0; begin < recorded.size();) {
        const auto end = std::min(recorded.find(between_requests, begin), recorded.size());
        requests.push_back(recorded.substr(begin, end - begin));
        begin = std::min(end + std::string_view(between_requests).size(), recorded.size());
    }
    return requests;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
    for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
}

// The recording has line feeds only, and blank lines behind a request without a body.
struct Parts {
    std::string head, body;
};
Parts parts_of(const std::string& request) {
    const auto end = request.find("\n\n");
    Parts parts{request.substr(0, end + 1), request.substr(end + 2)};
    const auto field = parts.head.find("Content-Length: ");
    const auto length = field == parts.head.npos ? 0 : std::stoul(parts.head.substr(field + 16));
    parts.body.resize(std::min<std::size_t>(length, parts.body.size()));
    return parts;
}

std::string as_sent(Parts parts, bool has_length) {
    std::string bytes;
    for (const auto& line : text::split(parts.head, '\n'))
        if (!line.empty() && !line.starts_with("Content-Length: ")) bytes += line + "\r\n";
    if (has_length) bytes += "Content-Length: " + std::to_string(parts.body.size()) + "\r\n";
    return bytes + "\r\n" + parts.body;
}

// Both clients say that they take it, and their libraries undo it before they see anything.
void unpack(Answer& answer) {
    if (answer.header("Content-Encoding") != "gzip") return;
    constexpr std::size_t enough = 1 << 20;
    std::string plain(enough, '\0');
    z_stream stream{};
    stream.next_in = reinterpret_cast<Bytef*>(answer.body.data());
    stream.avail_in = static_cast<uInt>(answer.body.size());
    stream.next_out = reinterpret_cast<Bytef*>(plain.data());
    stream.avail_out = static_cast<uInt>(plain.size());
    BOOST_REQUIRE(inflateInit2(&stream, MAX_WBITS + 16) == Z_OK);
    const int end = inflate(&stream, Z_FINISH);
    inflateEnd(&stream);
    BOOST_REQUIRE(end == Z_STREAM_END);
    plain.resize(stream.total_out);
    answer.body = std::move(plain);
}

// What every client needs of every answer.
void look_at(const Answer& answer, bool is_head) {
    const auto type = answer.header("Content-Type");
    BOOST_TEST(!type.empty());
    BOOST_TEST(answer.header("Server").find("OCCI/1.2") != std::string::npos);
    if (!type.starts_with("text/occi") || answer.body != "OK") BOOST_TEST(answer.header("Link").empty());
    if (is_head) BOOST_TEST(answer.body.empty());
    if (answer.status >= 300 || !type.starts_with("text/plain")) return;
    BOOST_TEST(!answer.body.ends_with('\n'));
    BOOST_TEST(answer.body.find('\r') == std::string::npos);
    BOOST_TEST(answer.body.find("\n\n") == std::string::npos);
}

} // namespace

Conversation::Conversation(const Provider& provider, const std::string& file)
    : provider_(provider), requests_(requests_in(content_of(file))) {
    if (requests_.empty()) throw std::runtime_error(file + " has no requests");
    put("127.0.0.1:" + std::to_string(provider.client().port()), their_host);
}

void Conversation::put(const std::string& here, const std::string& instead_of) {
    learned_.emplace_back(instead_of, here);
}

Answer Conversation::next(const std::string& method_and_target) {
    if (is_over()) throw std::runtime_error("the client sends nothing more");
    auto parts = parts_of(requests_[next_++]);
    if (!parts.head.starts_with(method_and_target + " "))
        throw std::runtime_error("the client sends " + parts.head.substr(0, parts.head.find('\n')));
    const bool has_length = parts.head.find("Content-Length: ") != std::string::npos;
    for (const auto& [from, to] : learned_) {
        replace_all(parts.head, from, to);
        replace_all(parts.body, from, to);
    }
    const bool is_head = parts.head.starts_with("HEAD ");
    auto answer = provider_.client().raw(as_sent(std::move(parts), has_length), is_head);
    if (!is_head) unpack(answer);
    BOOST_TEST_CONTEXT(method_and_target << ": " << answer.status << " " << answer.body)
    look_at(answer, is_head);
    return answer;
}

} // namespace conformance

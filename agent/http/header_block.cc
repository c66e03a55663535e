#include "agent/http/header_block.hh"

#include "agent/base/pieces.hh"
#include "agent/base/text.hh"
#include "agent/http/characters.hh"
#include "agent/http/refusal.hh"
#include "agent/http/target.hh"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

namespace http {
namespace {

constexpr std::size_t longest_method = 32;

// cpp-httplib keeps the addresses of a connection under these names among the headers: no peer may set them.
constexpr std::array<std::string_view, 4> reserved_names{"REMOTE_ADDR", "REMOTE_PORT", "LOCAL_ADDR",
                                                         "LOCAL_PORT"};

[[noreturn]] void refuse(int status, const std::string& sentence, std::string_view limit = {}) {
    throw Refusal(status, sentence, limit);
}

// Takes one line off the front, without its CR LF. find_block() has made sure that there is one.
std::string_view take_line(std::string_view& block) {
    const auto end = block.find("\r\n");
    const auto line = block.substr(0, end);
    block.remove_prefix(end + 2);
    return line;
}

// RFC 9112, 2.3: the version is case-sensitive and has one digit on each side.
bool is_version(std::string_view text) noexcept {
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    return text.size() == 8 && text.starts_with("HTTP/") && digit(text[5]) && text[6] == '.' &&
           digit(text[7]);
}

// RFC 9112, 3: method SP target SP version, with one blank each.
void read_request_line(std::string_view line, HeaderBlock& block, const Limits& limits) {
    const auto first = line.find(' ');
    const auto second = first == std::string_view::npos ? first : line.find(' ', first + 1);
    if (second == std::string_view::npos) refuse(400, "the request line is not METHOD TARGET VERSION");
    const auto method = line.substr(0, first);
    const auto target = line.substr(first + 1, second - first - 1);
    const auto version = line.substr(second + 1);
    if (!is_token(method) || method.size() > longest_method) refuse(400, "the method is not a token");
    if (target.size() > limits.target_bytes)
        refuse(414, fmt::format("the target is longer than {} bytes", limits.target_bytes), "target_bytes");
    if (!is_version(version)) refuse(400, "the request line does not end with an HTTP version");
    if (version != "HTTP/1.1" && version != "HTTP/1.0")
        refuse(505, fmt::format("{} is not spoken here, only HTTP/1.1 and HTTP/1.0", version));
    block.is_1_0 = version == "HTTP/1.0";
    block.request.method = method_of(method);
    block.request.method_text = method;
    block.request.target = target;
}

bool has_encoded_break(std::string_view value) noexcept {
    for (auto at = value.find('%'); at != std::string_view::npos; at = value.find('%', at + 1)) {
        const auto code = value.substr(at + 1, 2);
        if (text::same(code, "0d") || text::same(code, "0a") || code == "00") return true;
    }
    return false;
}

void read_header(std::string_view line, Headers& headers) {
    // RFC 9112, 5.2: a folded line is a second reading of the one before.
    if (line.starts_with(' ') || line.starts_with('\t')) refuse(400, "a header line begins with a blank");
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) refuse(400, "a header line has no colon");
    const auto name = line.substr(0, colon);
    const auto value = text::trim(line.substr(colon + 1));
    if (!is_token(name))
        refuse(400, fmt::format("the header name \"{}\" is not a token", text::printable(name)));
    if (!is_field_text(line.substr(colon + 1)))
        refuse(400, fmt::format("the value of {} has a control character", text::printable(name)));
    // Some libraries decode values: what is a line break after one of them is none of ours.
    if (has_encoded_break(value))
        refuse(400,
               fmt::format("the value of {} has an encoded line break or zero byte", text::printable(name)));
    if (std::any_of(reserved_names.begin(), reserved_names.end(),
                    [&](auto taken) { return text::same(taken, name); }))
        refuse(400, fmt::format("the header name {} is reserved", text::printable(name)));
    headers.emplace_back(name, value);
}

// The value of a header that may stand there once.
std::optional<std::string_view> single(const Headers& headers, std::string_view name) {
    std::optional<std::string_view> found;
    for (const auto& [key, value] : headers) {
        if (!text::same(key, name)) continue;
        if (found) refuse(400, fmt::format("there is more than one {} header", name));
        found = value;
    }
    return found;
}

void settle_host(HeaderBlock& block) {
    const auto host = single(block.request.headers, "Host");
    if (!host && !block.is_1_0) refuse(400, "there is no Host header");
    if (host && !is_authority(*host)) refuse(400, fmt::format("\"{}\" is no host", text::printable(*host)));
    block.request.host = host.value_or("");
}

// RFC 9112, 6: the length of the body, of which there must be one reading.
void settle_framing(HeaderBlock& block) {
    const auto length = single(block.request.headers, "Content-Length");
    const auto coding = single(block.request.headers, "Transfer-Encoding");
    if (coding) {
        if (length) refuse(400, "there are a Content-Length and a Transfer-Encoding");
        if (block.is_1_0) refuse(400, "HTTP/1.0 has no Transfer-Encoding");
        if (!text::same(*coding, "chunked"))
            refuse(501, fmt::format("the transfer coding \"{}\" is not known here, only chunked",
                                    text::printable(*coding)));
        block.framing.chunked = true;
    }
    if (!length) return;
    const bool digits = !length->empty() && length->find_first_not_of("0123456789") == std::string_view::npos;
    if (!digits) refuse(400, "the Content-Length is not a number");
    const auto value = text::to_number(*length, std::numeric_limits<std::int64_t>::max());
    if (!value) refuse(413, "the Content-Length is beyond all measure");
    block.framing.length = *value;
}

// RFC 9112, 9.3: the last word of 1.1 is to stay, that of 1.0 is to go, unless the Connection header says otherwise.
void settle_connection(HeaderBlock& block) {
    bool close = false, stay = false;
    for (const auto& [name, value] : block.request.headers) {
        if (!text::same(name, "Connection")) continue;
        for (const auto option : text::pieces(value, ',')) {
            close = close || text::same(text::trim(option), "close");
            stay = stay || text::same(text::trim(option), "keep-alive");
        }
    }
    block.keep_alive = !close && (stay || !block.is_1_0);
}

// RFC 9110, 10.1.1: an HTTP/1.0 client does not know what it asks for.
void settle_expectation(HeaderBlock& block) {
    const auto expectation = single(block.request.headers, "Expect");
    if (!expectation || block.is_1_0) return;
    if (!text::same(*expectation, "100-continue"))
        refuse(417, fmt::format("the expectation \"{}\" cannot be met", text::printable(*expectation)));
    block.expects_continue = block.framing.has_body();
}

// So that a request can be followed from one program to the next. One that could be mistaken for something else in a
// log is passed over.
void settle_id(HeaderBlock& block) {
    constexpr std::size_t longest = 64;
    constexpr std::string_view others = "-._:+/=";
    const auto given = block.request.header("X-Request-Id").value_or("");
    const auto is_good = [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               others.find(c) != others.npos;
    };
    if (given.size() <= longest && std::all_of(given.begin(), given.end(), is_good)) block.request.id = given;
}

} // namespace

std::size_t find_block(std::string_view buffer, std::size_t& looked, const Limits& limits) {
    if (!buffer.empty() && !is_token(buffer.substr(0, 1)))
        refuse(400, "the request does not begin with a method");
    while (looked < buffer.size()) {
        const auto end = buffer.find('\n', looked);
        if (end == std::string_view::npos) {
            looked = buffer.size();
            break;
        }
        if (end == 0 || buffer[end - 1] != '\r') refuse(400, "a line ends without a carriage return");
        if (end >= limits.header_bytes) break;
        looked = end + 1;
        if (end >= 3 && buffer[end - 2] == '\n') return looked;
    }
    if (buffer.size() < limits.header_bytes) return 0;
    if (buffer.substr(0, limits.header_bytes).find('\n') == std::string_view::npos)
        refuse(414, "the request line does not end", "header_bytes");
    refuse(431, fmt::format("the headers are longer than {} bytes", limits.header_bytes), "header_bytes");
}

void parse_block(std::string_view rest, const Limits& limits, HeaderBlock& block) {
    read_request_line(take_line(rest), block, limits);
    auto& headers = block.request.headers;
    headers.reserve(8);
    for (auto line = take_line(rest); !line.empty(); line = take_line(rest)) {
        if (headers.size() == limits.header_count)
            refuse(431, fmt::format("there are more than {} headers", limits.header_count), "header_count");
        read_header(line, headers);
    }
    settle_host(block);
    settle_target(block.request);
    settle_framing(block);
    settle_connection(block);
    settle_expectation(block);
    settle_id(block);
}

} // namespace http

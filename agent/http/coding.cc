#include "agent/http/coding.hh"

#include "agent/base/handle.hh"
#include "agent/base/pieces.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <array>
#include <limits>
#include <zlib.h>

namespace http {
namespace {

constexpr std::size_t least = 1400; // bytes: what fits into one packet is not there sooner when it is smaller
constexpr int level = 1; // 6 takes 2.6 times as long for a list of 1000 computes, which is 7 % smaller then
constexpr int gzip_window = MAX_WBITS + 16;
constexpr std::string_view mark = "-gzip"; // at the end of an entity tag, which is quoted
constexpr std::string_view marked_end = "-gzip\"";

// What of the types is text. Everything else is small or compressed by itself.
constexpr std::array<std::string_view, 5> types{"text/", "application/xml", "application/json",
                                                "application/x-ndjson", "application/occi+json"};

Headers::value_type* find_header(Headers& headers, std::string_view name) noexcept {
    const auto found = std::find_if(headers.begin(), headers.end(),
                                    [&](const auto& header) { return text::same(header.first, name); });
    return found == headers.end() ? nullptr : &*found;
}

bool is_worth_it(const Response& response) noexcept {
    return response.body.size() >= least && !find(response.headers, "Content-Encoding") &&
           std::any_of(types.begin(), types.end(),
                       [&](auto type) { return response.content_type.starts_with(type); });
}

void vary(Headers& headers) {
    if (auto* known = find_header(headers, "Vary"))
        known->second += ", Accept-Encoding";
    else
        headers.emplace_back("Vary", "Accept-Encoding");
}

void mark_tag(Headers& headers) {
    auto* tag = find_header(headers, "ETag");
    if (tag && tag->second.ends_with('"')) tag->second.insert(tag->second.size() - 1, mark);
}

// Empty when it does not become smaller, or there is no memory for it.
std::string compressed(std::string_view plain) {
    constexpr int most_memory = 8; // zlib's own default
    z_stream stream{};
    if (plain.size() > std::numeric_limits<uInt>::max() ||
        deflateInit2(&stream, level, Z_DEFLATED, gzip_window, most_memory, Z_DEFAULT_STRATEGY) != Z_OK)
        return {};
    const Defer end([&] { deflateEnd(&stream); });
    std::string small(plain.size(), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data())); // zlib only reads there
    stream.avail_in = static_cast<uInt>(plain.size());
    stream.next_out = reinterpret_cast<Bytef*>(small.data());
    stream.avail_out = static_cast<uInt>(small.size());
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END) return {};
    small.resize(stream.total_out);
    return small;
}

// "gzip;q=0.5": the weight of a coding in thousandths, 1000 when none is given. What is no weight counts as none at
// all.
unsigned weight_of(std::string_view parameters) noexcept {
    const auto given = text::trim(parameters);
    if (given.empty()) return 1000;
    if (!given.starts_with("q=") && !given.starts_with("Q=")) return 0;
    const auto number = given.substr(2);
    if (number.empty() || number.size() > 5 || (number.size() > 1 && number[1] != '.')) return 0;
    unsigned weight = 0, place = 1000;
    for (const char c : number) {
        if (c == '.') continue;
        if (c < '0' || c > '9') return 0;
        weight += static_cast<unsigned>(c - '0') * place;
        place /= 10;
    }
    return std::min(weight, 1000U);
}

} // namespace

bool asks_for_gzip(const Head& head) {
    std::optional<unsigned> gzip, any;
    for (const auto& [name, value] : head.headers) {
        if (!text::same(name, "Accept-Encoding")) continue;
        for (const auto each : text::pieces(value, ',')) {
            const auto mark_of_weight = std::min(each.find(';'), each.size());
            const auto coding = text::trim(each.substr(0, mark_of_weight));
            const auto weight = weight_of(each.substr(std::min(mark_of_weight + 1, each.size())));
            if (text::same(coding, "gzip") || text::same(coding, "x-gzip")) gzip = weight;
            if (coding == "*") any = weight;
        }
    }
    return gzip.value_or(any.value_or(0)) > 0;
}

bool unmark_tags(Headers& headers) {
    bool marked = false;
    for (auto& [name, value] : headers) {
        if (!text::same(name, "If-None-Match") && !text::same(name, "If-Match")) continue;
        if (value.find(marked_end) == value.npos) continue;
        marked = true;
        std::string plain;
        std::string_view rest = value;
        for (auto at = rest.find(marked_end); at != rest.npos; at = rest.find(marked_end)) {
            plain.append(rest.substr(0, at)) += '"';
            rest.remove_prefix(at + marked_end.size());
        }
        value = plain.append(rest);
    }
    return marked;
}

void code(const Head& head, Response& response, bool marked) {
    constexpr int not_modified = 304;
    if (response.status == not_modified) {
        vary(response.headers);
        if (marked) mark_tag(response.headers);
        return;
    }
    if (!is_worth_it(response)) return;
    vary(response.headers);
    if (!asks_for_gzip(head)) return;
    auto small = compressed(response.body);
    if (small.empty()) return;
    response.body = std::move(small);
    response.headers.emplace_back("Content-Encoding", "gzip");
    mark_tag(response.headers);
}

} // namespace http

#include "agent/http/characters.hh"

#include "agent/base/text.hh"

#include <algorithm>
#include <array>

namespace http {
namespace {

using Class = std::array<bool, 256>;

constexpr std::size_t index(char c) noexcept { return static_cast<unsigned char>(c); }

constexpr Class one_of(std::string_view others) {
    Class members{};
    for (char c = '0'; c <= '9'; ++c) members[index(c)] = true;
    for (char c = 'a'; c <= 'z'; ++c) members[index(c)] = true;
    for (char c = 'A'; c <= 'Z'; ++c) members[index(c)] = true;
    for (const char c : others) members[index(c)] = true;
    return members;
}

constexpr Class range(std::size_t first, std::size_t last) {
    Class members{};
    for (auto i = first; i <= last; ++i) members[i] = true;
    return members;
}

constexpr Class field_text() {
    auto members = range(0x20, 0xff);
    members[0x7f] = false;
    members[index('\t')] = true;
    return members;
}

constexpr Class target_text() {
    auto members = range(0x21, 0x7e);
    members[index('#')] = false;
    return members;
}

constexpr auto token_class = one_of("!#$%&'*+-.^_`|~");
constexpr auto field_class = field_text();
constexpr auto target_class = target_text();
constexpr auto name_class = one_of("-._~");
constexpr auto ipv6_class = one_of(":.");

bool all_in(const Class& members, std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [&](char c) { return members[index(c)]; });
}

} // namespace

bool is_token(std::string_view text) noexcept { return !text.empty() && all_in(token_class, text); }
bool is_field_text(std::string_view text) noexcept { return all_in(field_class, text); }
bool is_target_text(std::string_view text) noexcept { return !text.empty() && all_in(target_class, text); }

bool is_authority(std::string_view text) noexcept {
    auto port = std::string_view{};
    bool good = false;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return false;
        const auto address = text.substr(1, end - 1);
        good = !address.empty() && all_in(ipv6_class, address);
        port = text.substr(end + 1);
    } else {
        const auto colon = std::min(text.find(':'), text.size());
        good = colon > 0 && all_in(name_class, text.substr(0, colon));
        port = text.substr(colon);
    }
    return good && (port.empty() || (port.front() == ':' && text::to_number(port.substr(1), 65'535)));
}

} // namespace http

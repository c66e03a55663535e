#include "agent/base/uuid.hh"

#include "agent/base/error.hh"

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/random.h>

namespace {

constexpr std::string_view hex = "0123456789abcdef";
constexpr std::string_view shape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

std::array<unsigned char, 16> random_bytes() {
    std::array<unsigned char, 16> bytes{};
    ssize_t got = 0;
    do got = ::getrandom(bytes.data(), bytes.size(), 0);
    while (got < 0 && errno == EINTR);
    // getrandom(2) promises requests of up to 256 bytes whole.
    if (got != static_cast<ssize_t>(bytes.size()))
        throw Error(Fault::internal,
                    std::string("the kernel gives no random bytes for a UUID: ") + std::strerror(errno));
    return bytes;
}

} // namespace

Uuid new_uuid() {
    auto bytes = random_bytes();
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40); // RFC 9562, 5.4: version 4
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80); // RFC 9562, 4.1: the variant
    Uuid text(shape);
    std::size_t nibble = 0;
    for (auto& c : text) {
        if (c == '-') continue;
        const unsigned byte = bytes[nibble / 2];
        c = hex[nibble % 2 == 0 ? byte >> 4 : byte & 0x0f];
        ++nibble;
    }
    return text;
}

bool is_uuid(std::string_view text) noexcept {
    if (text.size() != shape.size()) return false;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const bool fits = shape[i] == '-' ? text[i] == '-' : hex.find(text[i]) != hex.npos;
        if (!fits) return false;
    }
    return true;
}

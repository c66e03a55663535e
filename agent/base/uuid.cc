#include "agent/base/uuid.hh"

#include "agent/base/error.hh"
#include "agent/base/hex.hh"

#include <cerrno>
#include <cstring>
#include <sys/random.h>

namespace {

constexpr std::string_view shape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

std::string random_bytes() {
    std::string bytes(16, '\0');
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
    bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40); // RFC 9562, 5.4: version 4
    bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80); // RFC 9562, 4.1: the variant
    auto uuid = text::to_hex(bytes);
    for (auto dash = shape.find('-'); dash != shape.npos; dash = shape.find('-', dash + 1))
        uuid.insert(dash, 1, '-');
    return uuid;
}

bool is_uuid(std::string_view text) noexcept { return text::has_hex_shape(text, shape); }

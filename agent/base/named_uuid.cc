#include "agent/base/named_uuid.hh"

#include "agent/base/digest.hh"

Uuid named_uuid(const Uuid& space, std::string_view name) {
    constexpr std::string_view variants = "89ab"; // RFC 9562, 4.1
    const auto digits = sha256(space + " " + std::string(name));
    // Any function of that digit with four values does.
    const auto variant = variants[static_cast<unsigned char>(digits[16]) % variants.size()];
    return digits.substr(0, 8) + "-" + digits.substr(8, 4) + "-8" + digits.substr(13, 3) + "-" + variant +
           digits.substr(17, 3) + "-" + digits.substr(20, 12);
}

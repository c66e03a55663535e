#pragma once
// The header of Basic authentication (RFC 7617).

#include <openssl/evp.h>
#include <string>

namespace support {

inline std::string basic(const std::string& user, const std::string& password) {
    const auto pair = user + ":" + password;
    std::string encoded((pair.size() + 2) / 3 * 4 + 1, '\0');
    const auto size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                        reinterpret_cast<const unsigned char*>(pair.data()), static_cast<int>(pair.size()));
    encoded.resize(static_cast<std::size_t>(size));
    return "Basic " + encoded;
}

} // namespace support

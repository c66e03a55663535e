#include "agent/base/percent.hh"

#include "agent/base/hex.hh"

namespace text {

std::optional<std::string> percent_decoded(std::string_view coded) {
    std::string plain;
    plain.reserve(coded.size());
    for (std::size_t at = 0; at < coded.size(); ++at) {
        if (coded[at] != '%') {
            plain += coded[at];
            continue;
        }
        const auto digits = coded.substr(at + 1, 2);
        const auto byte = from_hex(digits);
        if (!byte || digits.size() != 2) return std::nullopt;
        plain += static_cast<char>(*byte);
        at += 2;
    }
    return plain;
}

} // namespace text

#include "agent/http/proxies.hh"

#include "agent/http/characters.hh"

namespace http {

bool is_public_url(std::string_view url) noexcept {
    for (const std::string_view scheme : {"https://", "http://"})
        if (url.starts_with(scheme)) return is_authority(url.substr(scheme.size()));
    return false;
}

} // namespace http

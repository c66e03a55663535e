#include "agent/render/uri_list.hh"

namespace render {

std::string write_uri_list(const std::vector<std::string>& urls) {
    std::string body;
    for (const auto& url : urls) body.append(body.empty() ? "" : "\n").append(url);
    return body;
}

} // namespace render

#include "agent/render/text_plain.hh"

namespace render {

std::string write_text_plain(const Fields& fields) {
    std::string body;
    for (const auto& [name, value] : fields)
        body.append(body.empty() ? "" : "\n").append(name).append(": ").append(value);
    return body;
}

} // namespace render

#pragma once
// text/occi: fields as headers of the answer.
//
// Threads: any; a pure function.

#include "agent/render/fields.hh"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace render {

// Fields of one name are one header, by commas, until it is long enough for the next to begin. nullopt: there is more
// than clients read of headers, and nothing may be cut off.
std::optional<std::vector<std::pair<std::string, std::string>>> write_text_occi(const Fields&);

} // namespace render

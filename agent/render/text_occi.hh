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

// Fields of one name are one header, with a comma between their values and no blank: there are clients that read the
// first header of a name only, and clients that take a blank for a part of the next value. nullopt: there is more than
// clients read of headers, and nothing may be cut off.
std::optional<std::vector<std::pair<std::string, std::string>>> write_text_occi(const Fields&);

} // namespace render

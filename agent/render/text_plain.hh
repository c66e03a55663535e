#pragma once
// text/plain: fields as lines.
//
// Threads: any; a pure function.

#include "agent/render/fields.hh"

#include <string>

namespace render {

// LF between the lines and none behind the last: there are clients that would take a CR, or what follows the last line,
// for a part of a value.
std::string write_text_plain(const Fields&);

} // namespace render

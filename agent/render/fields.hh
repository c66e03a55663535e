#pragma once
// The fields of GFD.229, 4: Category, Link, X-OCCI-Attribute, X-OCCI-Location. What text/plain has as lines and
// text/occi as headers.
//
// Threads: any; pure functions.

#include "agent/occi/model.hh"

#include <string>
#include <vector>

namespace render {

struct Field {
    std::string name, value;
};
using Fields = std::vector<Field>;

// Clients take them by patterns: parameters stand in the order of the grammar, one blank behind each semicolon.
Fields fields_of(const occi::Resource&);
Fields fields_of(const occi::Link&);
Fields fields_of(const occi::Categories&);
Fields fields_of(const std::vector<std::string>& locations);

} // namespace render

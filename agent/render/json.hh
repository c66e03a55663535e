#pragma once
// application/occi+json (GFD.226).
//
// Threads: any; pure functions. What is not UTF-8 in a message is replaced.

#include "agent/occi/model.hh"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace render {

// A list that is there is written even when it is empty.
struct Collection {
    std::optional<std::vector<occi::Resource>> resources;
    std::optional<std::vector<occi::Link>> links;
};

std::string write_json(const occi::Resource&);
std::string write_json(const occi::Link&);
std::string write_json(const Collection&);
std::string write_json(const occi::Categories&);

// The standard has none: {"code": 404, "error": "not_found", "message": "there is no compute x"}.
std::string write_json_error(int status, std::string_view word, std::string_view sentence);

} // namespace render

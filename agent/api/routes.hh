#pragma once
// The whole surface on one screen, and the search in it.
//
// Threads: any; constant data.

#include "agent/api/api.hh"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace api {

struct Route {
    http::Method method;
    std::string_view pattern;    // "{id}" stands for one segment
    std::string_view permission; // what a principal must be allowed to do
    std::size_t body_limit;      // bytes
    http::Response (Api::*handler)(const Call&);
    // For a body that is to be stored as it comes, or nullptr when this one is not. May be empty.
    std::shared_ptr<http::BodySink> (Api::*receive)(const http::Head&) = nullptr;
};

struct Match {
    const Route* route = nullptr; // nullptr: the path is known but not with this method, or not at all
    std::string id;
    std::string allow; // "GET, HEAD, POST"; empty when the path is not known
};

// HEAD finds the route of GET. A trailing slash does not matter.
Match find_route(http::Method, std::string_view path);

} // namespace api

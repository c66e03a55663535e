#pragma once
// What the document of a request says, whichever rendering of OCCI it is in: lines or JSON in the body, or headers.
//
// Threads: any; pure functions. Error{media_type}: it is in none of those that are taken there; the rest as the
// readers.

#include "agent/http/types.hh"
#include "agent/render/sent.hh"

#include <string>
#include <vector>

namespace api {

std::vector<render::Sent> entities_in(const http::Request&, const render::Vocabulary&);
// `unused`: gets what the document says and nothing here does.
occi::Invocation invocation_in(const http::Request&, const occi::Action& named,
                               render::PassedOver* unused = nullptr);
std::vector<std::string> locations_in(const http::Request&, const render::Vocabulary&); // paths
std::vector<occi::Mixin> mixins_in(const http::Request&, const render::Vocabulary&,
                                   render::PassedOver* unused = nullptr);

// Whether the document is in the headers, so that Category and X-OCCI-Attribute are of it and narrow nothing down.
bool is_in_headers(const http::Request&);

// Whether the body is OpenNebula's XML, which clients of OCCI never send.
bool has_opennebula_document(const http::Request&);
// Whether Content-Type says that it is of OCCI.
bool has_occi_document(const http::Request&);

} // namespace api

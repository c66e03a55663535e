#pragma once
// Where in a request the XML document is: OpenNebula's clients send it as the body under any Content-Type but OCCI's,
// as the form field "occixml", or as a query parameter of that name.
//
// Threads: any; pure functions.

#include "agent/http/types.hh"
#include "agent/render/passed_over.hh"

#include <string>

namespace api {

// Throws Error{invalid} when there is none or more than one, Error{media_type} for a multipart form (see upload.hh).
// `unused`: gets the other fields of a form.
std::string document_of(const http::Request&, render::PassedOver* unused = nullptr);

} // namespace api

// Where in a request the document is: a line with the Content-Type, a line with the query, and the body.
#include "agent/api/forms.hh"
#include "agent/base/error.hh"
#include "tests/fuzz/target.hh"

#include <string>

namespace fuzz {
namespace {

std::string take_line(std::string_view& bytes) {
    const auto line = bytes.substr(0, bytes.find('\n'));
    bytes.remove_prefix(std::min(line.size() + 1, bytes.size()));
    return std::string(line);
}

} // namespace

void form(std::string_view bytes) {
    http::Request request;
    request.method = http::Method::post;
    request.headers.emplace_back("Content-Type", take_line(bytes));
    request.query = take_line(bytes);
    request.body = bytes;
    try {
        require(api::document_of(request).size() <= request.body.size() + request.query.size(),
                "a document is not longer than what came");
    } catch (const Error& failure) {
        require(failure.fault() == Fault::invalid || failure.fault() == Fault::media_type,
                "what has no document is the client's fault");
    }
}

} // namespace fuzz

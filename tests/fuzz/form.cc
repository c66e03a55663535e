// Where in a request the document is: a line with the Content-Type, a line with the query, and the body.
#include "agent/api/forms.hh"
#include "agent/base/error.hh"
#include "tests/fuzz/take_line.hh"
#include "tests/fuzz/target.hh"

namespace fuzz {
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

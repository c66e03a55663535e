#include "agent/api/forms.hh"

#include "agent/api/multipart.hh"
#include "agent/base/error.hh"
#include "agent/base/percent.hh"
#include "agent/base/pieces.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <optional>

namespace api {
namespace {

constexpr std::string_view field = "occixml";

// application/x-www-form-urlencoded. Throws when a '%' is not followed by two hexadecimal digits.
std::string decode(std::string_view coded) {
    std::string spaced(coded);
    std::ranges::replace(spaced, '+', ' ');
    auto plain = text::percent_decoded(spaced);
    if (!plain) throw Error(Fault::invalid, "the form has a '%' without two hexadecimal digits");
    return *std::move(plain);
}

std::optional<std::string> form_field(std::string_view form) {
    for (const auto pair : text::pieces(form, '&'))
        if (const auto equals = pair.find('='); equals != pair.npos && pair.substr(0, equals) == field)
            return decode(pair.substr(equals + 1));
    return std::nullopt;
}

} // namespace

std::string document_of(const http::Request& request) {
    const auto body = text::trim(request.body);
    if (body.starts_with('<') || body.starts_with("\xEF\xBB\xBF<")) return request.body;
    const auto type = request.header("Content-Type").value_or("");
    if (is_multipart(type))
        throw Error(Fault::media_type,
                    "a multipart form is taken at /storage only, with the image in its field \"file\"");
    if (type.find("x-www-form-urlencoded") != std::string_view::npos)
        if (auto document = form_field(body)) return *document;
    if (auto document = form_field(request.query); document && body.empty()) return *document;
    if (body.empty()) throw Error(Fault::invalid, "the request has no body: an XML document is expected");
    return request.body; // the XML reader says what is wrong with it
}

} // namespace api

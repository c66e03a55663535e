#include "agent/api/forms.hh"

#include "agent/api/multipart.hh"
#include "agent/base/error.hh"
#include "agent/base/pieces.hh"
#include "agent/base/text.hh"
#include "agent/http/characters.hh"

#include <array>
#include <optional>

namespace api {
namespace {

constexpr std::string_view field = "occixml";

// application/x-www-form-urlencoded. Throws when a '%' is not followed by two hexadecimal digits.
std::string decode(std::string_view coded) {
    std::string plain;
    for (std::size_t at = 0; at < coded.size(); ++at) {
        if (coded[at] != '%') {
            plain += coded[at] == '+' ? ' ' : coded[at];
            continue;
        }
        const int high = at + 2 < coded.size() ? http::hex_value(coded[at + 1]) : -1;
        const int low = at + 2 < coded.size() ? http::hex_value(coded[at + 2]) : -1;
        if (high < 0 || low < 0)
            throw Error(Fault::invalid, "the form has a '%' without two hexadecimal digits");
        plain += static_cast<char>(high * 16 + low);
        at += 2;
    }
    return plain;
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

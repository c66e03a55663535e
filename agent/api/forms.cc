#include "agent/api/forms.hh"

#include "agent/api/multipart.hh"
#include "agent/base/error.hh"
#include "agent/base/text.hh"

#include <array>
#include <optional>

namespace api {
namespace {

constexpr std::string_view field = "occixml";

std::optional<unsigned> digit(char c) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto found = digits.find(text::lower(std::string_view(&c, 1)));
    if (found == std::string_view::npos) return std::nullopt;
    return static_cast<unsigned>(found);
}

// application/x-www-form-urlencoded. Throws when a '%' is not followed by two hexadecimal digits.
std::string decode(std::string_view coded) {
    std::string plain;
    for (std::size_t at = 0; at < coded.size(); ++at) {
        if (coded[at] != '%') {
            plain += coded[at] == '+' ? ' ' : coded[at];
            continue;
        }
        const auto high = at + 2 < coded.size() ? digit(coded[at + 1]) : std::nullopt;
        const auto low = high ? digit(coded[at + 2]) : std::nullopt;
        if (!low) throw Error(Fault::invalid, "the form has a '%' without two hexadecimal digits");
        plain += static_cast<char>(*high * 16 + *low);
        at += 2;
    }
    return plain;
}

std::optional<std::string> form_field(std::string_view form) {
    for (const auto& pair : text::split(form, '&'))
        if (const auto equals = pair.find('=');
            equals != std::string::npos && pair.substr(0, equals) == field)
            return decode(std::string_view(pair).substr(equals + 1));
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

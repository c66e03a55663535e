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

void refuse_second(bool has_one) {
    if (has_one)
        throw Error(Fault::invalid,
                    "the document is given twice: send it as the body, or as one field \"occixml\"");
}

// In a body as in a query. The others are added to `unused`.
std::optional<std::string> form_field(std::string_view form, render::PassedOver& unused) {
    std::optional<std::string> document;
    for (const auto pair : text::pieces(form, '&')) {
        const auto equals = pair.find('=');
        const auto name = pair.substr(0, equals);
        if (name == field && equals != pair.npos) {
            refuse_second(document.has_value());
            document = decode(pair.substr(equals + 1));
        } else if (!name.empty()) {
            unused.add("form/" + std::string(name));
        }
    }
    return document;
}

bool has_field(std::string_view query) {
    render::PassedOver unused;
    return form_field(query, unused).has_value();
}

} // namespace

std::string document_of(const http::Request& request, render::PassedOver* unused) {
    const auto body = text::trim(request.body);
    refuse_second(!body.empty() && has_field(request.query));
    if (body.starts_with('<') || body.starts_with("\xEF\xBB\xBF<")) return request.body;
    const auto type = request.header("Content-Type").value_or("");
    if (is_multipart(type))
        throw Error(Fault::media_type,
                    "a multipart form is taken at /storage only, with the image in its field \"file\"");
    render::PassedOver others;
    const bool is_form = type.find("x-www-form-urlencoded") != std::string_view::npos;
    const auto form = body.empty() ? std::string_view(request.query) : is_form ? body : std::string_view();
    if (auto document = form_field(form, others)) {
        if (unused) unused->add(others);
        return *document;
    }
    if (body.empty()) throw Error(Fault::invalid, "the request has no body: an XML document is expected");
    return request.body; // the XML reader says what is wrong with it
}

} // namespace api

#include "agent/api/documents.hh"

#include "agent/api/negotiation.hh"
#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/render/entity_reader.hh"
#include "agent/render/field_reader.hh"
#include "agent/render/invocation.hh"
#include "agent/render/mixin_reader.hh"

namespace api {
namespace {

using render::Fields;
using render::Rendering;

enum class From { lines, headers };

Fields headers_of(const http::Request& request) {
    Fields fields;
    for (const auto& [name, value] : request.headers) fields.push_back({name, value});
    return fields;
}

// A client that names no type sends nothing but a URL, or headers, or lines; one that has no lines means headers.
Rendering rendering_in(const http::Request& request) {
    const auto lines = request.body.empty() ? Rendering::text_occi : Rendering::text_plain;
    if (!request.header("Content-Type")) return lines;
    const auto* media = sent_media(request);
    if (media && media->rendering == Rendering::text_plain) return lines;
    return media ? media->rendering : Rendering::xml;
}

[[noreturn]] void refuse_type(const http::Request& request) {
    throw Error(Fault::media_type,
                "Content-Type \"" + text::printable(request.header("Content-Type").value_or("")) +
                    "\" is not taken here: text/plain, text/occi and application/occi+json are");
}

// Calls the one of the two that reads what is there.
template <class T, class ByFields, class ByJson>
T read(const http::Request& request, ByFields&& by_fields, ByJson&& by_json) {
    switch (rendering_in(request)) {
    case Rendering::text_plain: return by_fields(render::read_lines(request.body), From::lines);
    case Rendering::text_occi: return by_fields(headers_of(request), From::headers);
    case Rendering::json: return by_json(request.body);
    case Rendering::xml:
    case Rendering::uri_list: break;
    }
    refuse_type(request);
}

// A document in the body says all of it: what stands in headers besides would be passed over without a word.
void refuse_fields_in_headers(const http::Request& request) {
    for (const auto* field : {"Category", "X-OCCI-Attribute", "X-OCCI-Location", "X-OCCI-Link"})
        if (request.header(field))
            throw Error(Fault::invalid,
                        std::string("the header ") + field +
                            " stands beside a document in the body: say it there, or send all of it "
                            "in headers with Content-Type text/occi");
}

} // namespace

std::vector<render::Sent> entities_in(const http::Request& request, const render::Vocabulary& words) {
    if (!is_in_headers(request)) refuse_fields_in_headers(request);
    return read<std::vector<render::Sent>>(
        request,
        [&](const Fields& fields, From from) {
            return std::vector{render::read_entity(fields, words, from == From::headers)};
        },
        [&](const std::string& body) { return render::read_json_entities(body, words); });
}

occi::Invocation invocation_in(const http::Request& request, const occi::Action& named,
                               render::PassedOver* unused) {
    return read<occi::Invocation>(
        request, [&](const Fields& fields, From) { return render::read_invocation(fields, named); },
        [&](const std::string& body) { return render::read_json_invocation(body, named, unused); });
}

std::vector<std::string> locations_in(const http::Request& request, const render::Vocabulary& words) {
    if (rendering_in(request) == Rendering::uri_list) return render::read_uri_list(request.body);
    return read<std::vector<std::string>>(
        request, [&](const Fields& fields, From) { return render::read_locations(fields); },
        [&](const std::string& body) { return render::read_json_locations(body, words); });
}

std::vector<occi::Mixin> mixins_in(const http::Request& request, const render::Vocabulary& words,
                                   render::PassedOver* unused) {
    return read<std::vector<occi::Mixin>>(
        request, [&](const Fields& fields, From) { return render::read_mixins(fields, words); },
        [&](const std::string& body) { return render::read_json_mixins(body, words, unused); });
}

bool is_in_headers(const http::Request& request) { return rendering_in(request) == Rendering::text_occi; }

bool has_opennebula_document(const http::Request& request) {
    const auto* media = sent_media(request);
    if (media) return media->rendering == Rendering::xml;
    return text::trim(request.body).starts_with('<');
}

bool has_occi_document(const http::Request& request) {
    const auto* media = sent_media(request);
    return media && media->rendering != Rendering::xml && !names_action(request);
}

} // namespace api

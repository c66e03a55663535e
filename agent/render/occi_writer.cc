#include "agent/render/occi_writer.hh"

#include "agent/base/error.hh"
#include "agent/render/fields.hh"
#include "agent/render/text_occi.hh"
#include "agent/render/text_plain.hh"
#include "agent/render/uri_list.hh"

namespace render {
namespace {

// GFD.229: what is said by headers has this for a body.
constexpr auto body_of_headers = "OK";

std::optional<Written> as_headers(const Fields& fields) {
    auto headers = write_text_occi(fields);
    if (!headers) return std::nullopt;
    return Written{body_of_headers, std::move(*headers)};
}

[[noreturn]] void refuse_list() {
    throw Error(Fault::invalid, "text/uri-list is for collections: this is one thing");
}

[[noreturn]] void refuse_xml() {
    throw Error(Fault::internal, "OpenNebula's XML is none of OCCI's renderings");
}

} // namespace

std::optional<Written> write(Rendering rendering, const AnyEntity& any) {
    const auto fields = [&] { return std::visit([](const auto& entity) { return fields_of(entity); }, any); };
    switch (rendering) {
    case Rendering::text_plain: return Written{write_text_plain(fields())};
    case Rendering::text_occi: return as_headers(fields());
    case Rendering::json:
        return Written{std::visit([](const auto& entity) { return write_json(entity); }, any)};
    case Rendering::uri_list: refuse_list();
    case Rendering::xml: break;
    }
    refuse_xml();
}

std::optional<Written> write(Rendering rendering, const Listing& listing) {
    switch (rendering) {
    case Rendering::text_plain: return Written{write_text_plain(fields_of(listing.urls))};
    case Rendering::text_occi: return as_headers(fields_of(listing.urls));
    case Rendering::json: return Written{write_json(listing.entities)};
    case Rendering::uri_list: return Written{write_uri_list(listing.urls)};
    case Rendering::xml: break;
    }
    refuse_xml();
}

std::optional<Written> write(Rendering rendering, const occi::Categories& categories) {
    switch (rendering) {
    case Rendering::text_plain: return Written{write_text_plain(fields_of(categories))};
    case Rendering::text_occi: return as_headers(fields_of(categories));
    case Rendering::json: return Written{write_json(categories)};
    case Rendering::uri_list: refuse_list();
    case Rendering::xml: break;
    }
    refuse_xml();
}

} // namespace render

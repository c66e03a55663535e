// A document of OCCI as clients send it: an entity in lines, entities in JSON, mixins, lists of URLs.
#include "agent/base/error.hh"
#include "agent/render/entity_reader.hh"
#include "agent/render/field_reader.hh"
#include "agent/render/mixin_reader.hh"
#include "agent/render/occi_writer.hh"
#include "tests/fuzz/target.hh"

#include <algorithm>

namespace fuzz {
namespace {

template <class F> void read(F&& work) {
    try {
        work();
    } catch (const Error& failure) {
        require(failure.fault() == Fault::invalid || failure.fault() == Fault::not_found ||
                    failure.fault() == Fault::too_large,
                "what cannot be read is the client's fault");
    }
}

void check_path(const std::string& path) {
    require(path.empty() || path.starts_with('/') || path.starts_with("urn:uuid:"),
            "what is read of a URL is its path, or a URN");
    require(path.find("//") == path.npos || path.starts_with("urn:"), "no slash is doubled");
}

void check(const render::Sent& sent) {
    for (const auto& path : {sent.source, sent.target, sent.self}) check_path(path);
    for (const auto* member : {"occi.core.id", "occi.core.source", "occi.core.target"})
        require(!sent.attributes.contains(member), "a member is no attribute");
    for (const auto& link : sent.links) {
        require(link.kind, "a link has a kind");
        check(link);
    }
}

} // namespace

void occi_document(std::string_view bytes) {
    static const occi::Model model({{"small", 1, 1 << 30}});
    const render::Vocabulary words{model, {}};
    read([&] { check(render::read_entity(render::read_lines(bytes), words, false)); });
    read([&] { check(render::read_entity(render::read_lines(bytes), words, true)); });
    read([&] { std::ranges::for_each(render::read_json_entities(bytes, words), check); });
    read([&] { std::ranges::for_each(render::read_locations(render::read_lines(bytes)), check_path); });
    read([&] { std::ranges::for_each(render::read_json_locations(bytes, words), check_path); });
    read([&] { std::ranges::for_each(render::read_uri_list(bytes), check_path); });
    read([&] { render::read_mixins(render::read_lines(bytes), words); });
    read([&] { render::read_json_mixins(bytes, words); });
}

} // namespace fuzz

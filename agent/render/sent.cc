#include "agent/render/sent.hh"

#include "agent/base/error.hh"
#include "agent/base/pieces.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"

#include <algorithm>
#include <array>
#include <utility>

namespace render {
namespace {

namespace name = occi::name;

constexpr std::string_view urn = "urn:uuid:";

struct Member {
    const char* attribute;
    std::string Sent::*member;
    std::string (*read)(std::string_view);
};
constexpr std::array members{
    Member{name::id, &Sent::id, id_in},
    Member{name::source, &Sent::source, path_in},
    Member{name::target, &Sent::target, path_in},
};
// Said by the kinds of source and target themselves.
constexpr std::array implied{name::source_kind, name::target_kind};

} // namespace

std::string id_in(std::string_view id) {
    if (id.starts_with(urn)) id.remove_prefix(urn.size());
    return std::string(id);
}

occi::MixinRef Vocabulary::mixin(const occi::TypeId& id) const {
    if (const auto* lasting = model.mixin(id)) return lasting;
    return passing ? passing(id) : occi::MixinRef();
}

void add_category(Sent& sent, const occi::TypeId& id, const Vocabulary& words) {
    if (const auto* kind = words.model.kind(id)) {
        if (sent.kind && sent.kind != kind)
            throw Error(Fault::invalid,
                        "an entity has one kind, not " + sent.kind->id.term + " and " + kind->id.term);
        sent.kind = kind;
        return;
    }
    if (const auto mixin = words.mixin(id)) {
        if (std::ranges::find(sent.mixins, mixin) == sent.mixins.end()) sent.mixins.push_back(mixin);
        return;
    }
    const auto shown = text::printable(id.text(), 200);
    if (words.model.action(id))
        throw Error(Fault::invalid, "action " + shown + " is nothing that an entity can be");
    throw Error(Fault::not_found, "there is no category " + shown);
}

void take_members(Sent& sent) {
    for (const auto& [attribute, member, read] : members) {
        const auto given = sent.attributes.find(attribute);
        if (given == sent.attributes.end()) continue;
        const auto* word = std::get_if<std::string>(&given->second);
        if (!word) throw Error(Fault::invalid, std::string(attribute) + " must be a string");
        auto value = read(*word);
        if (!(sent.*member).empty() && sent.*member != value)
            throw Error(Fault::invalid, std::string(attribute) + " is said twice, and differently");
        sent.*member = std::move(value);
        sent.attributes.erase(given);
    }
    for (const auto* attribute : implied) sent.attributes.erase(attribute);
}

const occi::Kind* kind_of_link_to(std::string_view target, const occi::Model& model) {
    const auto* kind = model.kind_at(target.substr(0, target.rfind('/') + 1));
    const auto& known = model.known();
    if (kind == known.network) return known.networkinterface;
    if (kind == known.storage) return known.storagelink;
    throw Error(Fault::invalid, "no link can lead to \"" + text::printable(target) + "\"");
}

std::string path_in(std::string_view url) {
    url = text::trim(url);
    if (url.starts_with(urn)) return std::string(url);
    if (const auto host = url.find("://"); host != url.npos) {
        const auto slash = url.find('/', host + 3);
        url = slash == url.npos ? "/" : url.substr(slash);
    }
    std::string path = "/";
    for (const auto segment : text::pieces(url, '/')) {
        if (segment.empty()) continue;
        if (!path.ends_with('/')) path += '/';
        path += id_in(segment);
    }
    return url.empty() ? "" : path;
}

} // namespace render

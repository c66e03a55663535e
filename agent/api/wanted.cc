#include "agent/api/wanted.hh"

#include "agent/api/values.hh"
#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"

#include <algorithm>
#include <array>
#include <span>

namespace api {
namespace {

namespace name = occi::name;

constexpr std::array<std::string_view, 12> known_to_server_only{
    name::compute_state, name::compute_message, name::network_state,     name::network_message,
    name::storage_state, name::storage_message, name::nic_state,         name::nic_message,
    name::interface,     name::phase,           name::storagelink_state, name::storagelink_message,
};
// They change by themselves, and nobody can wish them: what a PUT of all that was read says of them is what was then.
constexpr std::array<std::string_view, 9> of_the_moment{
    name::condition,       name::source_of_state, name::suspended_in,    name::reason, name::trouble,
    name::compute_message, name::network_message, name::storage_message, name::phase,
};
// These can be wished, in vain. But when the phase has changed since it was read, they have as well.
constexpr std::array<std::string_view, 3> of_the_phase{name::compute_state, name::network_state,
                                                       name::storage_state};
// What an entity can be without. A machine must have cores and memory, whatever a PUT leaves out.
constexpr std::array<std::string_view, 4> removable{name::title, name::summary, name::hostname,
                                                    name::network_label};

// What people read: one line of text, as a NAME in OpenNebula's XML.
constexpr std::array<std::string_view, 3> lines{name::title, name::summary, name::network_label};

bool is_link(const occi::Kind& kind) noexcept {
    for (const auto* each = &kind; each; each = each->parent)
        if (each->id.scheme == occi::scheme::core && each->id.term == "link") return true;
    return false;
}

// What JSON says twice, as it is meant. A client that has read an entity changes one of the two; the other is still as
// it was shown, and says nothing. `shown` is empty for what is to be made.
occi::Attributes attributes_in(const render::Sent& sent, const render::ShownAttributes& shown) {
    auto attributes = sent.attributes;
    const auto is_shown = [&](const std::string& each, const occi::Value& value) {
        const auto found = std::ranges::find(shown, each, &std::pair<std::string, occi::Value>::first);
        return found != shown.end() && is_same(found->second, value);
    };
    for (const auto& [each, member] : sent.otherwise) {
        auto& copy = attributes.at(each);
        if (is_shown(each, copy))
            copy = member;
        else if (!is_shown(each, member))
            throw Error(Fault::invalid,
                        each + " is said twice, and differently: as a member and in \"attributes\"");
    }
    return attributes;
}

occi::Attributes without_server_only(occi::Attributes attributes) {
    for (const auto each : known_to_server_only)
        if (const auto found = attributes.find(each); found != attributes.end()) attributes.erase(found);
    return attributes;
}

// Of a new one and of one that is there: what is known and stands for nothing here.
render::PassedOver unused_of_any(const render::Sent& sent) {
    auto unused = sent.unused;
    if (sent.attributes.contains(name::openstack_key_name)) unused.add(name::openstack_key_name);
    // A template beats what is sent beside it (GFD.224, 3.5.2).
    for (const auto& mixin : sent.mixins)
        for (const auto& spec : mixin->attributes) {
            const auto given = sent.attributes.find(spec.name);
            if (!spec.is_mutable() && spec.fallback && given != sent.attributes.end() &&
                !is_same(given->second, *spec.fallback))
                unused.add(spec.name);
        }
    return unused;
}

// What is left out of it, for the client to know.
render::PassedOver unused_in(const render::Sent& sent, const occi::Model::Known& known) {
    auto unused = unused_of_any(sent);
    if (!sent.id.empty()) unused.add(name::id);
    const auto note = [&](const occi::Attributes& attributes) {
        for (const auto each : known_to_server_only)
            if (attributes.contains(each)) unused.add(each);
    };
    note(sent.attributes);
    for (const auto& link : sent.links) note(link.attributes);
    for (const auto& mixin : sent.mixins)
        if (mixin.get() == known.os_tpl || mixin.get() == known.resource_tpl) unused.add(mixin->id.term);
    return unused;
}

void check_lines(const occi::Entity& entity) {
    for (const auto each : lines) {
        const auto words = entity.string(each);
        if (const auto fault = words ? text::fault_of_name(*words) : std::nullopt)
            throw Error(Fault::invalid, std::string(each) + " " + *fault);
    }
}

void require_paths(const render::Sent& sent, const occi::Model& model, bool is_inline) {
    const auto kind_at = [&](const std::string& path) {
        return model.kind_at(path.substr(0, path.rfind('/') + 1));
    };
    const auto& known = model.known();
    if (!is_inline && sent.source.empty())
        throw Error(Fault::invalid, "a " + sent.kind->id.term + " needs " + name::source);
    if (sent.target.empty())
        throw Error(Fault::invalid, "a " + sent.kind->id.term + " needs " + name::target);
    if (!is_inline && kind_at(sent.source) != known.compute)
        throw Error(Fault::invalid,
                    std::string(name::source) + " \"" + text::printable(sent.source) + "\" is no compute");
    const auto* end = sent.kind == known.storagelink ? known.storage : known.network;
    if (kind_at(sent.target) != end)
        throw Error(Fault::invalid, std::string(name::target) + " \"" + text::printable(sent.target) +
                                        "\" is no " + end->id.term);
}

// An attribute without a mixin that has it is one all the same, when a mixin that fits has it: clients leave them out.
void add_implied_mixins(occi::Entity& entity, const occi::Model& model) {
    const auto& known = model.known();
    for (const auto* mixin : {known.ipnetwork, known.ipnetworkinterface, known.network_bridge}) {
        const bool applies = std::ranges::find(mixin->applies, entity.kind) != mixin->applies.end();
        const bool is_used = std::ranges::any_of(mixin->attributes, [&](const occi::AttributeSpec& spec) {
            return entity.attributes.contains(spec.name);
        });
        if (applies && is_used && !entity.has(*mixin)) entity.mixins.push_back(mixin);
    }
}

// `is_inline`: it stands with its source, and says of that what it likes.
occi::Link link_in(const render::Sent& sent, const occi::Model& model, bool is_inline) {
    if (!sent.kind || !is_link(*sent.kind))
        throw Error(Fault::invalid,
                    "a " + (sent.kind ? sent.kind->id.term : "thing without a kind") + " is no link");
    if (!sent.links.empty()) throw Error(Fault::invalid, "a link has no links");
    occi::Link link;
    link.kind = sent.kind;
    link.mixins = sent.mixins;
    link.attributes = without_server_only(attributes_in(sent, {}));
    add_implied_mixins(link, model);
    // A disk that belongs to its machine alone leads nowhere.
    if (!link.has(*model.known().ephemeral_disk)) require_paths(sent, model, is_inline);
    link.source = sent.source;
    link.target = sent.target;
    link.target_kind =
        link.target.empty() ? nullptr : model.kind_at(link.target.substr(0, link.target.rfind('/') + 1));
    model.validate(link);
    check_lines(link);
    return link;
}

occi::Resource resource_in(const render::Sent& sent, const occi::Model& model) {
    if (!sent.source.empty() || !sent.target.empty())
        throw Error(Fault::invalid,
                    "a " + sent.kind->id.term + " has neither source nor target: it is no link");
    occi::Resource resource;
    resource.kind = sent.kind;
    resource.mixins = sent.mixins;
    resource.attributes = without_server_only(attributes_in(sent, {}));
    add_implied_mixins(resource, model);
    for (const auto& link : sent.links) resource.links.push_back(link_in(link, model, true));
    if (!resource.links.empty() && resource.kind != model.known().compute)
        throw Error(Fault::invalid,
                    "a " + resource.kind->id.term + " is where links end, not where they begin");
    model.validate(resource);
    check_lines(resource);
    return resource;
}

std::vector<occi::MixinRef> take_tags(occi::Entity& entity, const occi::Model& model) {
    std::vector<occi::MixinRef> tags;
    std::erase_if(entity.mixins, [&](const occi::MixinRef& mixin) {
        if (!is_tag(*mixin, model)) return false;
        tags.push_back(mixin);
        return true;
    });
    return tags;
}

bool is_among(std::string_view attribute, std::span<const std::string_view> names) {
    return std::ranges::find(names, attribute) != names.end();
}

// Whether the entity has moved on since the client read that: it was still being made, for example.
bool is_outdated(std::string_view attribute, const render::Sent& sent, const occi::Entity& shown) {
    if (is_among(attribute, of_the_moment)) return true;
    if (!is_among(attribute, of_the_phase)) return false;
    const auto phase = sent.attributes.find(name::phase), now = shown.attributes.find(name::phase);
    return phase != sent.attributes.end() && now != shown.attributes.end() && phase->second != now->second;
}

bool restates(const render::Sent& sent, const occi::Link& link) {
    return sent.self == render::path_of(link) || (!sent.id.empty() && sent.id == link.id);
}

void add_links(Changes& changes, const render::Sent& sent, const render::AnyEntity& shown, Update update,
               const occi::Model& model) {
    const auto* resource = std::get_if<occi::Resource>(&shown);
    if (!resource && !sent.links.empty()) throw Error(Fault::invalid, "a link has no links");
    for (const auto& each : sent.links) {
        if (std::ranges::any_of(resource->links, [&](const auto& link) { return restates(each, link); }))
            continue;
        if (update == Update::full)
            throw Error(Fault::invalid, "a PUT leaves links as they are: make the new one by a POST");
        auto link = link_in(each, model, true);
        link.source = render::path_of(*resource);
        changes.links.push_back(std::move(link));
    }
}

void add_mixins(Changes& changes, const render::Sent& sent, const occi::Entity& shown, Update update,
                const occi::Model& model) {
    for (const auto& mixin : sent.mixins) {
        if (shown.has(*mixin)) continue;
        const auto& known = model.known();
        if (mixin.get() == known.os_tpl || mixin.get() == known.resource_tpl)
            throw Error(Fault::conflict,
                        "mixin " + mixin->id.term + " means nothing by itself: name one that depends on it");
        // GFD.224, 3.5.1: a provider that cannot do that says so.
        if (mixin->id.scheme == occi::scheme::os_template)
            throw Error(Fault::conflict, "compute " + shown.id +
                                             " stays what it was made of: make another one of " +
                                             mixin->id.term);
        (is_tag(*mixin, model) ? changes.given : changes.wanted.mixins).push_back(mixin);
    }
    if (update == Update::partial) return;
    for (const auto& mixin : shown.mixins)
        if (is_tag(*mixin, model) && std::ranges::find(sent.mixins, mixin) == sent.mixins.end())
            changes.taken.push_back(mixin);
}

// A mixin that is given to what is there says nothing without them.
void require_attributes_of(const occi::Mixin& mixin, const occi::Entity& entity) {
    for (const auto& spec : mixin.attributes)
        if (spec.required && !entity.attributes.contains(spec.name))
            throw Error(Fault::invalid, "mixin " + mixin.id.term + " needs " + spec.name);
}

// What an attribute of a mixin means is known only with the mixin. What depends on another is a template: its
// attributes are defaults, and it would beat what is sent.
void add_mixins_of_attributes(occi::Resource& wanted, const occi::Entity& shown) {
    for (const auto& mixin : shown.mixins) {
        const bool is_used = std::ranges::any_of(mixin->attributes, [&](const occi::AttributeSpec& spec) {
            return wanted.attributes.contains(spec.name);
        });
        if (is_used && mixin->depends.empty() && !wanted.has(*mixin)) wanted.mixins.push_back(mixin);
    }
}

} // namespace

bool Changes::is_none() const noexcept {
    return !changes_entity() && given.empty() && taken.empty() && links.empty();
}

bool is_tag(const occi::Mixin& mixin, const occi::Model& model) {
    return mixin.id.scheme != occi::scheme::os_template && !model.mixin(mixin.id);
}

Wanted wanted_in(const render::Sent& sent, const occi::Kind& kind, const occi::Model& model) {
    if (!sent.kind) throw Error(Fault::invalid, "the entity has no kind");
    if (sent.kind != &kind)
        throw Error(Fault::invalid,
                    "a " + sent.kind->id.term + " is not made at " + kind.location +
                        (sent.kind->location.empty() ? "" : " but at " + sent.kind->location));
    Wanted wanted;
    wanted.unused = unused_in(sent, model.known());
    if (is_link(kind)) {
        auto link = link_in(sent, model, false);
        wanted.tags = take_tags(link, model);
        wanted.entity = std::move(link);
    } else {
        auto resource = resource_in(sent, model);
        wanted.tags = take_tags(resource, model);
        wanted.entity = std::move(resource);
    }
    return wanted;
}

Changes changes_in(const render::Sent& sent, const render::AnyEntity& shown, Update update,
                   const occi::Model& model) {
    const auto& entity = render::entity_in(shown);
    const auto& kind = *entity.kind;
    if (update == Update::full && !sent.kind) throw Error(Fault::invalid, "the entity has no kind");
    if (sent.kind && sent.kind != &kind)
        throw Error(Fault::invalid, "it is a " + kind.id.term + " and stays one");
    if (const auto* link = std::get_if<occi::Link>(&shown))
        if ((!sent.source.empty() && sent.source != link->source) ||
            (!sent.target.empty() && sent.target != render::target_of(*link)))
            throw Error(Fault::conflict,
                        "a " + kind.id.term + " stays where it is: remove it, and make another one");
    Changes changes;
    changes.unused = unused_of_any(sent);
    changes.wanted.id = entity.id;
    changes.wanted.kind = &kind;
    const auto is = render::attributes_of(shown);
    const auto attributes = attributes_in(sent, is);
    for (const auto& [each, value] : attributes) {
        if (update == Update::full && is_outdated(each, sent, entity)) continue;
        const auto found = std::ranges::find(is, each, &std::pair<std::string, occi::Value>::first);
        if (found == is.end() || !is_same(found->second, value)) changes.wanted.attributes[each] = value;
    }
    add_mixins(changes, sent, entity, update, model);
    add_links(changes, sent, shown, update, model);

    // The attributes may be those of mixins that it has already.
    auto whole = changes.wanted;
    whole.mixins.insert(whole.mixins.end(), entity.mixins.begin(), entity.mixins.end());
    model.validate_change(whole);
    check_lines(changes.wanted);

    for (const auto& mixin : changes.wanted.mixins) require_attributes_of(*mixin, whole);
    add_mixins_of_attributes(changes.wanted, entity);
    if (update == Update::full)
        for (const auto each : removable)
            if (entity.attributes.contains(each) && !attributes.contains(each))
                changes.wanted.attributes[std::string(each)] = std::string();
    return changes;
}

} // namespace api

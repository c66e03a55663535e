#include "agent/service/mixins.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"
#include "agent/service/storage/os_templates.hh"

#include <algorithm>
#include <array>
#include <memory>

namespace service {
namespace {

constexpr std::size_t most_of_a_user = 100, longest_text = 255;
// What is below them is the agent's own, now or later. Kinds have theirs, too.
constexpr std::array<std::string_view, 5> taken_locations{"/-/", "/.well-known/", "/mixin/",
                                                          "/instance_type/", "/user/"};
constexpr std::array<std::string_view, 2> taken_schemes{"http://schemas.ogf.org/", "urn:occi-agent:"};

occi::MixinRef make(const state::MixinRecord& record) {
    auto mixin = std::make_shared<occi::Mixin>();
    mixin->id = {record.scheme, record.term};
    mixin->title = record.title;
    mixin->location = record.location;
    return occi::MixinRef(std::move(mixin));
}

bool is_in(char c, std::string_view others) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || others.find(c) != others.npos;
}

// The grammar of 1.1, that every client knows.
bool is_term(std::string_view term) {
    return !term.empty() && term.size() <= longest_text && term.front() >= 'a' && term.front() <= 'z' &&
           std::ranges::all_of(term, [](char c) { return is_in(c, "-_"); });
}

bool is_scheme(std::string_view scheme) {
    return scheme.size() <= longest_text && scheme.ends_with('#') && scheme.find(':') != scheme.npos &&
           std::ranges::all_of(scheme, [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\'; });
}

bool is_location(std::string_view location) {
    return location.size() > 2 && location.size() <= longest_text && location.starts_with('/') &&
           location.ends_with('/') && location.find("//") == location.npos &&
           location.find("/.") == location.npos && std::ranges::all_of(location, [](char c) {
               return is_in(text::lower({&c, 1}).front(), "-_.~/");
           });
}

void check_form(const occi::Mixin& wanted) {
    const auto shown = text::printable(wanted.id.text(), 200);
    const auto refuse = [&](std::string_view why) {
        throw Error(Fault::invalid, "mixin " + shown + std::string(why));
    };
    if (!is_term(wanted.id.term)) refuse(": a term is lower case letters, digits, - and _");
    if (!is_scheme(wanted.id.scheme)) refuse(": a scheme is a URI that ends in #");
    if (wanted.location.empty()) refuse(" has no location");
    if (!is_location(wanted.location))
        refuse(": a location is a path such as /my_stuff/, with a slash at both ends");
    if (const auto fault = text::fault_of_name(wanted.title)) refuse(": the title " + *fault);
    if (wanted.title.find_first_of("\"\\") != std::string::npos)
        refuse(": the title has a quote or a backslash, which would end it in a rendering");
    if (!wanted.attributes.empty() || !wanted.actions.empty())
        refuse(": a mixin of a user has neither attributes nor actions");
    if (!wanted.depends.empty()) refuse(": a mixin of a user depends on no other");
    for (const auto scheme : taken_schemes)
        if (wanted.id.scheme.starts_with(scheme))
            throw Error(Fault::forbidden, "mixin " + shown + ": the scheme is not for users");
}

void check_free(const occi::Mixin& wanted, const state::Snapshot& seen, const occi::Model& model) {
    const auto shown = text::printable(wanted.id.text(), 200);
    if (seen.mixin_records.contains(wanted.id.text()) || model.kind(wanted.id) || model.mixin(wanted.id) ||
        model.action(wanted.id))
        throw Error(Fault::conflict, "there is a category " + shown + " already");
    const auto overlaps = [&](std::string_view other) {
        return !other.empty() && (wanted.location.starts_with(other) || other.starts_with(wanted.location));
    };
    bool is_taken = std::ranges::any_of(taken_locations, overlaps);
    for (const auto* kind : model.kinds()) is_taken = is_taken || overlaps(kind->location);
    for (const auto& [id, record] : seen.mixin_records) is_taken = is_taken || overlaps(record->location);
    if (is_taken)
        throw Error(Fault::conflict,
                    "location " + text::printable(wanted.location) + " of mixin " + shown + " is taken");
}

} // namespace

// ---- what there is -------------------------------------------------------------------------------------------------

std::vector<occi::MixinRef> Mixins::list(const auth::Principal& who) const {
    const auto seen = look(context_);
    auto all = os_templates(*seen, context_.model, who);
    for (const auto& [id, record] : seen->mixin_records)
        if (who.may_see(state::whose(*record))) all.push_back(make(*record));
    return all;
}

occi::MixinRef Mixins::find(const occi::TypeId& id, const auth::Principal& who) const {
    const auto seen = look(context_);
    if (id.scheme == occi::scheme::os_template)
        return os_template_of(*seen, image_with_term(*seen, id.term, who), context_.model);
    const auto* record = state::find(seen->mixin_records, id.text());
    return record && who.may_see(state::whose(*record)) ? make(*record) : occi::MixinRef();
}

occi::MixinRef Mixins::find_at(std::string_view location, const auth::Principal& who) const {
    const auto seen = look(context_);
    const std::string_view templates = context_.model.known().os_tpl->location;
    if (location.starts_with(templates)) {
        const auto image = image_with_term(*seen, text::last_segment(location), who);
        auto found = os_template_of(*seen, image, context_.model);
        return found && found->location == location ? found : occi::MixinRef();
    }
    for (const auto& [id, record] : seen->mixin_records)
        if (record->location == location && who.may_see(state::whose(*record))) return make(*record);
    return {};
}

std::vector<occi::MixinRef> Mixins::given_to(const Uuid& entity, const auth::Principal& who) const {
    const auto seen = look(context_);
    std::vector<occi::MixinRef> all;
    for (const auto& [id, record] : seen->mixin_records)
        if (record->members.contains(entity) && who.may_see(state::whose(*record)))
            all.push_back(make(*record));
    return all;
}

// ---- users' own ----------------------------------------------------------------------------------------------------

void Mixins::define(const std::vector<occi::Mixin>& wanted, const auth::Principal& who) {
    std::ranges::for_each(wanted, check_form);
    const std::lock_guard hold(records_);
    auto would_be = *look(context_); // with each of them, for those behind it
    std::vector<state::MixinRecord> records;
    for (const auto& mixin : wanted) {
        check_free(mixin, would_be, context_.model);
        state::MixinRecord record{
            mixin.id.text(), mixin.id.scheme, mixin.id.term, mixin.title, who.name, mixin.location, {},
            who.group};
        would_be.mixin_records.put(record.id, std::make_shared<const state::MixinRecord>(record));
        records.push_back(std::move(record));
    }
    const auto count = std::ranges::count_if(
        would_be.mixin_records, [&](const auto& entry) { return entry.second->owner == who.name; });
    if (count > static_cast<std::ptrdiff_t>(most_of_a_user))
        throw Error(Fault::conflict,
                    "nobody may have more than " + std::to_string(most_of_a_user) + " mixins");
    for (const auto& record : records) context_.inventory.put(record);
}

void Mixins::forget(const std::vector<occi::TypeId>& ids, const auth::Principal& who) {
    const std::lock_guard hold(records_);
    const auto seen = look(context_);
    for (const auto& id : ids) {
        const auto shown = text::printable(id.text(), 200);
        const auto found = find(id, who);
        if (context_.model.kind(id) || context_.model.mixin(id) || context_.model.action(id) ||
            (found && id.scheme == occi::scheme::os_template))
            throw Error(Fault::forbidden, shown + " is the agent's own and cannot be removed");
        if (!found) throw Error(Fault::not_found, "there is no mixin " + shown);
        const auto* record = state::find(seen->mixin_records, id.text());
        if (!record || !who.may_change(state::whose(*record)))
            throw Error(Fault::forbidden, "mixin " + shown + " is only shown to you");
    }
    for (const auto& id : ids) context_.inventory.drop_mixin(id.text());
}

template <class F>
void Mixins::change_members(const occi::Mixin& mixin, const auth::Principal& who, F&& change) {
    const std::lock_guard hold(records_);
    const auto seen = look(context_);
    const auto* record = state::find(seen->mixin_records, mixin.id.text());
    if (!record || !who.may_change(state::whose(*record)))
        throw Error(Fault::forbidden, "mixin " + text::printable(mixin.id.text(), 200) +
                                          " says what an entity is: it cannot be given or taken");
    auto changed = *record;
    change(changed.members);
    if (changed.members != record->members) context_.inventory.put(changed);
}

void Mixins::give(const occi::Mixin& mixin, const std::set<Uuid>& entities, const auth::Principal& who) {
    change_members(mixin, who, [&](auto& members) { members.insert(entities.begin(), entities.end()); });
}

void Mixins::take(const occi::Mixin& mixin, const std::set<Uuid>& entities, const auth::Principal& who) {
    change_members(mixin, who, [&](auto& members) {
        for (const auto& entity : entities) members.erase(entity);
    });
}

void Mixins::give_to_these_only(const occi::Mixin& mixin, const std::set<Uuid>& entities,
                                const auth::Principal& who) {
    change_members(mixin, who, [&](auto& members) { members = entities; });
}

void Mixins::take_all(const Uuid& entity) {
    const std::lock_guard hold(records_);
    const auto seen = context_.inventory.now();
    for (const auto& [id, record] : seen->mixin_records) {
        if (!record->members.contains(entity)) continue;
        auto changed = *record;
        changed.members.erase(entity);
        context_.inventory.put(changed);
    }
}

} // namespace service

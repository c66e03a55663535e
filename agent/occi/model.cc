#include "agent/occi/model.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/occi/infrastructure.hh"
#include "agent/occi/names.hh"

#include <algorithm>
#include <deque>

namespace occi {
namespace {

constexpr double gibibyte = 1024.0 * 1024.0 * 1024.0;
constexpr auto boot_device = "/dev/vda";
constexpr std::string_view free_template = "custom"; // the one whose sizes a client may choose

AttributeSpec to_spec(const table::AttributeRow& row) {
    AttributeSpec spec;
    spec.name = row.name;
    spec.type = row.type;
    using enum table::Use;
    spec.required = row.use == required || row.use == required_once;
    spec.fixed = row.use == fixed;
    spec.stays = row.use == once || row.use == required_once;
    spec.given_by = row.given_by;
    if (!row.choices.empty()) spec.choices = text::split(row.choices, ' ');
    if (!row.fallback.empty()) spec.fallback = std::string(row.fallback);
    return spec;
}

template <class Row> void fill(Category& category, const Row& row) {
    category.id = {std::string(row.scheme), std::string(row.term)};
    category.title = row.title;
    std::ranges::transform(row.attributes, std::back_inserter(category.attributes), to_spec);
}

template <class T> const T* find(const std::deque<T>& all, const TypeId& id) noexcept {
    const auto found = std::ranges::find(all, id, &T::id);
    return found == all.end() ? nullptr : &*found;
}

template <class T> const T* find_at(const std::deque<T>& all, std::string_view location) noexcept {
    if (location.empty()) return nullptr;
    const auto found = std::ranges::find(all, location, &T::location);
    return found == all.end() ? nullptr : &*found;
}

template <class T> std::vector<const T*> pointers_to(const std::deque<T>& all) {
    std::vector<const T*> pointers;
    pointers.reserve(all.size());
    for (const auto& one : all) pointers.push_back(&one);
    return pointers;
}

// GFD.224, 3.5: a template gives the machine its sizes, and says them as defaults.
double in_gibibytes(std::uint64_t bytes) { return static_cast<double>(bytes) / gibibyte; }

// The template of GFD.222 that this one is to the last value; nullptr when it is one of the operator's.
const table::TemplateRow* profile_of(const std::string& term, const Model::Template& one) {
    const auto rows = table::templates();
    const auto row = std::ranges::find_if(rows, [&](const table::TemplateRow& each) {
        return each.term == term && each.cores == one.cores && each.memory == in_gibibytes(one.memory) &&
               each.disk == in_gibibytes(one.disk);
    });
    return row == rows.end() ? nullptr : &*row;
}

AttributeSpec size_of_template(const char* attribute, Type type, Value value, bool fixed) {
    AttributeSpec spec;
    spec.name = attribute;
    spec.type = type;
    spec.fixed = fixed;
    spec.fallback = std::move(value);
    return spec;
}

} // namespace

// Deques, because the categories point at each other and must not move.
struct Model::Tables {
    explicit Tables(const std::vector<Template>& given) {
        for (const auto& row : table::kinds()) add(row);
        for (const auto& row : table::mixins()) add(row);
        for (const auto& one : given) add(one);
        resolve();
    }

    const Kind* kind_named(std::string_view term) const noexcept {
        const auto found = std::ranges::find(kinds, term, [](const Kind& kind) { return kind.id.term; });
        return found == kinds.end() ? nullptr : &*found;
    }

    void add(const table::KindRow& row) {
        auto& kind = kinds.emplace_back();
        fill(kind, row);
        kind.parent = row.parent.empty() ? nullptr : kind_named(row.parent);
        kind.location = row.location;
        for (const auto& action_row : row.actions) {
            fill(actions.emplace_back(), action_row);
            kind.actions.push_back(&actions.back());
        }
    }

    void add(const table::MixinRow& row) {
        auto& mixin = mixins.emplace_back();
        fill(mixin, row);
        mixin.location = row.location;
        mixin.applies.push_back(kind_named(row.applies));
    }

    void add(const Template& one) {
        const auto term = text::lower(one.name);
        const auto* profile = profile_of(term, one);
        const TypeId id{profile ? scheme::compute_template : scheme::instance_type, term};
        const auto has_term = [&](const Mixin* each) { return each->id.term == term; };
        if (std::ranges::any_of(templates, has_term))
            throw Error(Fault::invalid, "instance type " + term + " is there twice");
        auto& mixin = mixins.emplace_back();
        mixin.id = id;
        mixin.title = profile ? std::string(profile->title) : "Instance type " + term;
        if (profile) ++of_profile;
        mixin.location = "/instance_type/" + term + "/";
        mixin.depends.push_back(find(mixins, {scheme::infrastructure, "resource_tpl"}));
        mixin.applies.push_back(kind_named("compute"));
        const bool fixed = term != free_template;
        mixin.attributes = {size_of_template(name::cores, Type::integer, std::int64_t{one.cores}, fixed),
                            size_of_template(name::memory, Type::number, in_gibibytes(one.memory), fixed)};
        if (one.disk > 0) {
            mixin.attributes.push_back(
                size_of_template(name::ephemeral_size, Type::number, in_gibibytes(one.disk), true));
            mixin.attributes.push_back(
                size_of_template(name::ephemeral_device, Type::string, std::string(boot_device), true));
        }
        templates.push_back(&mixin);
    }

    void resolve() {
        const auto infrastructure_mixin = [&](const char* term) {
            return find(mixins, {scheme::infrastructure, term});
        };
        const auto action = [&](const char* term) { return find(actions, {scheme::compute_action, term}); };
        known.compute = kind_named("compute");
        known.network = kind_named("network");
        known.storage = kind_named("storage");
        known.networkinterface = kind_named("networkinterface");
        known.storagelink = kind_named("storagelink");
        known.os_tpl = infrastructure_mixin("os_tpl");
        known.resource_tpl = infrastructure_mixin("resource_tpl");
        known.ssh_key = find(mixins, {scheme::credentials, "ssh_key"});
        known.user_data = find(mixins, {scheme::compute, "user_data"});
        known.openstack_ssh_key = find(mixins, {scheme::openstack_credentials, "public_key"});
        known.openstack_user_data = find(mixins, {scheme::openstack_compute, "user_data"});
        known.ipnetwork = find(mixins, {scheme::network, "ipnetwork"});
        known.ipnetworkinterface = find(mixins, {scheme::networkinterface, "ipnetworkinterface"});
        known.ephemeral_disk = find(mixins, {scheme::ours, "ephemeral_disk"});
        known.clone = find(mixins, {scheme::ours, "clone"});
        known.network_bridge = find(mixins, {scheme::ours, "network_bridge"});
        known.start = action("start");
        known.stop = action("stop");
        known.restart = action("restart");
        known.suspend = action("suspend");
        known.save = action("save");
    }

    std::deque<Action> actions;
    std::deque<Kind> kinds;
    std::deque<Mixin> mixins;
    std::vector<const Mixin*> templates;
    std::size_t of_profile = 0; // of those
    Known known{};
};

Model::Model(const std::vector<Template>& templates) : tables_(std::make_unique<const Tables>(templates)) {}
Model::~Model() = default;

const Kind* Model::kind(const TypeId& id) const noexcept { return find(tables_->kinds, id); }
const Mixin* Model::mixin(const TypeId& id) const noexcept { return find(tables_->mixins, id); }
const Action* Model::action(const TypeId& id) const noexcept { return find(tables_->actions, id); }

const Kind* Model::kind_at(std::string_view location) const noexcept {
    return find_at(tables_->kinds, location);
}
const Mixin* Model::mixin_at(std::string_view location) const noexcept {
    return find_at(tables_->mixins, location);
}

const Mixin* Model::resource_template(std::string_view name) const noexcept {
    const auto found = std::ranges::find_if(
        tables_->templates, [&](const Mixin* mixin) { return text::same(mixin->id.term, name); });
    return found == tables_->templates.end() ? nullptr : *found;
}

const std::vector<const Mixin*>& Model::resource_templates() const noexcept { return tables_->templates; }

bool Model::meets_template_profile() const noexcept {
    return tables_->of_profile == table::templates().size();
}

std::vector<const Kind*> Model::kinds() const { return pointers_to(tables_->kinds); }
std::vector<MixinRef> Model::mixins() const {
    std::vector<MixinRef> all;
    for (const auto& mixin : tables_->mixins) all.emplace_back(&mixin);
    return all;
}
Categories Model::categories() const { return {kinds(), mixins(), pointers_to(tables_->actions)}; }

const Model::Known& Model::known() const noexcept { return tables_->known; }

} // namespace occi

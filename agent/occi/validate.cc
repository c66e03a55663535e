// What a client may ask for: the rules of GFD.221, 5.2 and 5.3, over the tables.
#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/occi/model.hh"
#include "agent/occi/names.hh"

#include <algorithm>
#include <array>
#include <set>

namespace occi {
namespace {

// These are members of Entity and Link, and so never among the attributes.
constexpr std::array<std::string_view, 3> members{name::id, name::source, name::target};

using Specs = std::vector<const AttributeSpec*>;

void add_specs(Specs& specs, const Category& category) {
    for (const auto& spec : category.attributes) specs.push_back(&spec);
}

// GFD.221, 5.3.7: an entity with a mixin has the attributes of all the mixins that it depends on, too. Each is taken
// once, so that a circle does no harm.
void add_specs(Specs& specs, const Mixin& mixin, std::set<const Mixin*>& taken) {
    if (!taken.insert(&mixin).second) return;
    add_specs(specs, mixin);
    for (const auto* other : mixin.depends) add_specs(specs, *other, taken);
}

Specs specs_of(const Entity& entity) {
    Specs specs;
    for (const auto* kind = entity.kind; kind; kind = kind->parent) add_specs(specs, *kind);
    std::set<const Mixin*> taken;
    for (const auto& mixin : entity.mixins) add_specs(specs, *mixin, taken);
    return specs;
}

bool applies(const Mixin& mixin, const Kind* kind) noexcept {
    if (mixin.applies.empty()) return true;
    for (; kind; kind = kind->parent)
        if (std::ranges::find(mixin.applies, kind) != mixin.applies.end()) return true;
    return false;
}

struct TypeRule {
    std::string_view phrase;
    bool (*admits)(const Value&);
};
// By Type.
constexpr std::array type_rules{
    TypeRule{"a string", [](const Value& value) { return std::holds_alternative<std::string>(value); }},
    TypeRule{"a whole number",
             [](const Value& value) { return std::holds_alternative<std::int64_t>(value); }},
    TypeRule{"a number",
             [](const Value& value) {
                 return std::holds_alternative<double>(value) || std::holds_alternative<std::int64_t>(value);
             }},
    TypeRule{"true or false", [](const Value& value) { return std::holds_alternative<bool>(value); }},
};

void check_value(const AttributeSpec& spec, const Value& value) {
    const auto& rule = type_rules.at(static_cast<std::size_t>(spec.type));
    if (!rule.admits(value)) throw Error(Fault::invalid, spec.name + " must be " + std::string(rule.phrase));
    const auto* word = std::get_if<std::string>(&value);
    if (!word || spec.choices.empty() || std::ranges::find(spec.choices, *word) != spec.choices.end()) return;
    std::string choices;
    for (const auto& choice : spec.choices) choices += (choices.empty() ? "" : ", ") + choice;
    throw Error(Fault::invalid,
                spec.name + " is \"" + text::printable(*word) + "\", which is none of " + choices);
}

// A template repeats attributes of the kind as fixed: what is sent beside it is overridden, not refused (GFD.224, 3.5).
// So an attribute may be set when any of the categories lets it be.
void check_attribute(const std::string& name, const Value& value, const Entity& entity, const Specs& specs) {
    bool found = false, settable = false;
    std::string is_always;
    for (const auto* spec : specs) {
        if (spec->name != name) continue;
        found = true;
        settable = settable || !spec->fixed || (spec->fallback && *spec->fallback == value);
        check_value(*spec, value);
        const auto* word = spec->fallback ? std::get_if<std::string>(&*spec->fallback) : nullptr;
        if (word) is_always = ": it is always \"" + *word + "\" here";
    }
    if (!found)
        throw Error(Fault::invalid,
                    "a " + entity.kind->id.term + " has no attribute " + text::printable(name));
    if (!settable) throw Error(Fault::forbidden, name + " cannot be set by a client" + is_always);
}

} // namespace

void validate(const Invocation& wanted) {
    for (const auto& [name, value] : wanted.attributes) {
        const auto spec = std::ranges::find(wanted.action->attributes, name, &AttributeSpec::name);
        if (spec == wanted.action->attributes.end())
            throw Error(Fault::invalid,
                        "action " + wanted.action->id.term + " has no attribute " + text::printable(name));
        check_value(*spec, value);
    }
}

void Model::validate_change(const Entity& entity) const {
    if (!entity.kind) throw Error(Fault::invalid, "the entity has no kind");
    for (const auto& mixin : entity.mixins)
        if (!applies(*mixin, entity.kind))
            throw Error(Fault::forbidden,
                        "mixin " + mixin->id.text() + " does not apply to a " + entity.kind->id.term);
    const auto specs = specs_of(entity);
    for (const auto& [name, value] : entity.attributes) check_attribute(name, value, entity, specs);
}

void Model::validate(const Entity& entity) const {
    validate_change(entity);
    for (const auto* spec : specs_of(entity)) {
        const bool is_member = std::ranges::find(members, spec->name) != members.end();
        const bool is_said = entity.attributes.contains(spec->name) ||
                             (!spec->given_by.empty() && entity.attributes.contains(spec->given_by));
        if (spec->required && !is_member && !is_said)
            throw Error(Fault::invalid, "a " + entity.kind->id.term + " needs " + spec->name +
                                            (spec->given_by.empty() ? "" : ", or " + spec->given_by));
    }
}

} // namespace occi

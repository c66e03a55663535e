#include "agent/service/naming.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"

namespace service {
namespace {

constexpr auto title_of = "title", summary_of = "summary", label_of = "label", share_of = "share";

std::optional<std::string> read(const xml::Element& plan, const char* attribute) {
    const auto* value = plan.attribute(attribute);
    return value ? std::optional(*value) : std::nullopt;
}

} // namespace

Naming Naming::of(const occi::Resource& wanted) {
    return {wanted.string(occi::name::title), wanted.string(occi::name::summary),
            wanted.string(occi::name::network_label),
            share_named(wanted.string(occi::name::shared_with).value_or(""))};
}

Naming Naming::of(const xml::Element& plan) {
    return {read(plan, title_of), read(plan, summary_of), read(plan, label_of),
            share_named(read(plan, share_of).value_or(""))};
}

void Naming::write(xml::Writer& plan) const {
    if (title) plan.attribute(title_of, *title);
    if (summary) plan.attribute(summary_of, *summary);
    if (label) plan.attribute(label_of, *label);
    if (share) plan.attribute(share_of, to_text(*share));
}

void show_ownership(const Ownership& of, occi::Entity& shown) {
    shown.attributes[occi::name::owner] = std::string(of.owner);
    if (!of.group.empty()) shown.attributes[occi::name::group] = std::string(of.group);
}

Share share_in(const occi::Resource& wanted, const std::string& group, Share otherwise) {
    const auto word = wanted.string(occi::name::shared_with);
    if (!word) return otherwise;
    const auto share = share_named(*word);
    if (!share)
        throw Error(Fault::invalid, "\"" + text::printable(*word) + "\" is not private, group or public");
    if (share == Share::group && group.empty())
        throw Error(Fault::conflict, "what is of no group cannot be shared with one");
    return *share;
}

} // namespace service

#include "agent/service/naming.hh"

#include "agent/occi/names.hh"

namespace service {
namespace {

constexpr auto title_of = "title", summary_of = "summary", label_of = "label";

std::optional<std::string> read(const xml::Element& plan, const char* attribute) {
    const auto* value = plan.attribute(attribute);
    return value ? std::optional(*value) : std::nullopt;
}

} // namespace

Naming Naming::of(const occi::Resource& wanted) {
    return {wanted.string(occi::name::title), wanted.string(occi::name::summary),
            wanted.string(occi::name::network_label)};
}

Naming Naming::of(const xml::Element& plan) {
    return {read(plan, title_of), read(plan, summary_of), read(plan, label_of)};
}

void Naming::write(xml::Writer& plan) const {
    if (title) plan.attribute(title_of, *title);
    if (summary) plan.attribute(summary_of, *summary);
    if (label) plan.attribute(label_of, *label);
}

} // namespace service

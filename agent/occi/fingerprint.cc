#include "agent/occi/fingerprint.hh"

#include "agent/base/digest.hh"

#include <fmt/format.h>

#include <variant>

namespace occi {
namespace {

constexpr std::size_t digits = 32, usual_dump = 4096;

// Each piece with its length before it, and each list with its own, so that no two different resources give the same
// text.
void add(std::string& dump, std::string_view piece) {
    dump.append(fmt::format_int(piece.size()).c_str()).append(":").append(piece);
}

template <class List> void add_count(std::string& dump, const List& list) {
    dump.append(fmt::format_int(list.size()).c_str()).append("*");
}

// The type counts, too; numbers to the last digit.
struct Text {
    std::string operator()(const std::string& value) const { return "s" + value; }
    std::string operator()(std::int64_t value) const { return fmt::format("i{}", value); }
    std::string operator()(double value) const { return fmt::format("d{}", value); }
    std::string operator()(bool value) const { return value ? "b1" : "b0"; }
};

std::string name_of(const Category* category) { return category ? category->id.text() : ""; }

void add(std::string& dump, const Entity& entity) {
    add(dump, entity.id);
    add(dump, name_of(entity.kind));
    add_count(dump, entity.mixins);
    for (const auto& mixin : entity.mixins) add(dump, name_of(mixin.get()));
    add_count(dump, entity.attributes);
    for (const auto& [name, value] : entity.attributes) {
        add(dump, name);
        add(dump, std::visit(Text{}, value));
    }
    add_count(dump, entity.actions);
    for (const auto* action : entity.actions) add(dump, name_of(action));
}

void add(std::string& dump, const Link& link) {
    add(dump, static_cast<const Entity&>(link));
    add(dump, link.source);
    add(dump, link.target);
    add(dump, name_of(link.target_kind));
}

} // namespace

std::string fingerprint(const Resource& resource) {
    std::string dump;
    dump.reserve(usual_dump);
    add(dump, static_cast<const Entity&>(resource));
    for (const auto& link : resource.links) add(dump, link);
    return sha256(dump).substr(0, digits);
}

std::string fingerprint(const Link& link) {
    std::string dump;
    add(dump, link);
    return sha256(dump).substr(0, digits);
}

std::string fingerprint(const std::vector<std::string>& ids) {
    std::string dump;
    for (const auto& id : ids) add(dump, id);
    return sha256(dump).substr(0, digits);
}

} // namespace occi

#pragma once
// The categories of GFD.221 (core), GFD.224 (infrastructure) and our own, as rows of constants. Only the Model reads
// them; all others ask the Model.
//
// Threads: constants.

#include "agent/occi/model.hh"

#include <span>
#include <string_view>

namespace occi::table {

// GFD.221, 5.2: what a client may or must do with an attribute.
enum class Use {
    optional,
    required, // it must give it at creation
    fixed,    // it can only read it; where there is a fallback, that may be said
    once,     // it may give it at creation, and then it stays
    required_once
};

struct AttributeRow {
    std::string_view name;
    Type type = Type::string;
    Use use = Use::optional;
    std::string_view choices = {};  // of a string, separated by blanks
    std::string_view fallback = {}; // of a string
    std::string_view given_by = {}; // another attribute that says as much: then it is not required
};

struct ActionRow {
    std::string_view scheme, term, title;
    std::span<const AttributeRow> attributes;
};

struct KindRow {
    std::string_view scheme, term, title;
    std::string_view parent; // a term above this row; all terms of kinds differ
    std::string_view location;
    std::span<const AttributeRow> attributes;
    std::span<const ActionRow> actions;
};

struct MixinRow {
    std::string_view scheme, term, title;
    std::string_view location;
    std::string_view applies; // the term of a kind
    std::span<const AttributeRow> attributes;
};

// GFD.222: a resource template of the standard, as it must be to be one.
struct TemplateRow {
    std::string_view term, title;
    unsigned cores;
    unsigned memory, disk; // GiB
};

// Parents stand above their children.
std::span<const KindRow> kinds() noexcept;
std::span<const MixinRow> mixins() noexcept;
std::span<const TemplateRow> templates() noexcept;

} // namespace occi::table

#include "agent/api/honoured.hh"

#include "agent/api/handlers.hh"
#include "agent/api/query.hh"
#include "agent/base/error.hh"
#include "agent/base/pieces.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <array>
#include <span>

namespace api {
namespace {

using Words = std::span<const std::string_view>;

constexpr std::array<std::string_view, 0> none{};
constexpr std::array<std::string_view, 1> action{"action"}, document{"occixml"};
// Those that a document in headers is made of. X-OCCI-Location may come back with what was read.
constexpr std::array<std::string_view, 4> of_documents{"x-occi-attribute", "x-occi-category", "x-occi-link",
                                                       "x-occi-location"};
constexpr std::array<std::string_view, 1> filter{"x-occi-attribute"}, members{"x-occi-location"};
constexpr std::array<std::string_view, 2> some_members{"x-occi-attribute", "x-occi-location"};
constexpr std::array<std::string_view, 2> tags{"if-match", "if-none-match"};

struct Row {
    Handler handle;
    bool acts;       // ?action=, which makes another request of it
    bool on_all;     // that are at the URL
    Words query;     // parameters
    Words fields;    // X-OCCI headers, in lower case; Category is known everywhere
    Words condition; // headers that it is bound to, in lower case
};
// clang-format off
constexpr std::array rows{
    //  handler                acts   on all query     fields         conditions
    Row{create_compute,  false, false, document, of_documents,  none},
    Row{create_network,  false, false, document, of_documents,  none},
    Row{create_storage,  false, false, document, of_documents,  none},
    Row{create_entities, false, false, none,     of_documents,  none},
    Row{create_entities, true,  true,  action,   filter,        none},
    Row{change_compute,  false, false, document, of_documents,  tags},
    Row{change_entity,   false, false, none,     of_documents,  tags},
    Row{change_entity,   true,  false, action,   filter,        tags},
    Row{replace_entity,  false, false, none,     of_documents,  tags},
    Row{remove_compute,  false, false, none,     filter,        tags},
    Row{remove_network,  false, false, none,     filter,        tags},
    Row{remove_storage,  false, false, none,     filter,        tags},
    Row{remove_link,     false, false, none,     filter,        tags},
    Row{remove_all,      false, true,  none,     filter,        none},
    Row{give_mixin,      false, false, none,     members,       none},
    Row{give_mixin,      true,  true,  action,   filter,        none},
    Row{replace_members, false, false, none,     members,       none},
    Row{take_mixin,      false, true,  none,     some_members,  none},
    Row{adopt_orphan,    true,  false, action,   none,          none},
};
// clang-format on
// Of all others.
constexpr Row usual{nullptr, false, false, none, none, none};

// What a client may mean for a condition, and a server may pass over (RFC 9110, 13.1 and 14).
constexpr std::array<std::string_view, 7> conditions{
    "if-match", "if-none-match", "if-modified-since", "if-unmodified-since",
    "if-range", "range",         "content-range"};

const Row& row_of(const http::Head& head, Handler handle) {
    const auto acts = word_in(head.query, "action").has_value();
    const auto find = [&](bool wanted) {
        return std::ranges::find_if(
            rows, [&](const Row& row) { return row.handle == handle && row.acts == wanted; });
    };
    auto found = find(acts);
    if (found == rows.end()) found = find(false); // which then names `action` as what it does not know
    return found == rows.end() ? usual : *found;
}

bool is_in(Words words, std::string_view word) { return std::ranges::find(words, word) != words.end(); }

[[noreturn]] void refuse(const http::Head& head, std::string_view what, std::string_view name) {
    throw Error(Fault::invalid, std::string(what) + " " + text::printable(name) + " means nothing to a " +
                                    head.method_text + " of " + text::printable(head.path) +
                                    ", so nothing was done");
}

} // namespace

void refuse_what_is_not_honoured(const http::Head& head, Handler handle) {
    if (head.method == http::Method::get || head.method == http::Method::head) return;
    const auto& row = row_of(head, handle);
    for (const auto parameter : text::pieces(head.query, '&'))
        if (const auto name = parameter.substr(0, parameter.find('='));
            !parameter.empty() && !is_in(row.query, name))
            refuse(head, "the parameter", name);
    for (const auto& [given, value] : head.headers) {
        const auto name = text::lower(given);
        const bool is_field = name.starts_with("x-occi-") && !is_in(row.fields, name);
        const bool is_condition = is_in(conditions, name) && !is_in(row.condition, name);
        if (is_field || is_condition) refuse(head, "the header", given);
    }
}

bool concerns_all(const http::Head& head, Handler handle) { return row_of(head, handle).on_all; }

} // namespace api

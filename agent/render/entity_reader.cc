#include "agent/render/entity_reader.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/render/field_reader.hh"
#include "agent/render/shown.hh"

#include <algorithm>
#include <array>

namespace render {
namespace {

constexpr std::size_t most_links = 100; // of one resource

// ---- fields --------------------------------------------------------------------------------------------------------

void add_attributes(Sent& sent, const occi::Attributes& more) {
    for (const auto& [name, value] : more)
        if (!sent.attributes.emplace(name, value).second)
            throw Error(Fault::invalid, text::printable(name) + " is given twice");
}

// An action that can be invoked is written as a Link, too, and comes back from clients that send what they have read.
bool is_action(const SentLink& link) { return link.url.find("?action=") != link.url.npos; }

// A URN alone does not say where the thing is; rel says of which kind it is.
std::string with_location(const std::string& path, const std::string& rel, const occi::Model& model) {
    constexpr std::string_view urn = "urn:uuid:";
    if (!path.starts_with(urn) || rel.empty()) return path;
    const auto* kind = model.kind(read_type_id(rel.substr(0, rel.find(' '))));
    return kind && !kind->location.empty() ? path_of(*kind, path.substr(urn.size())) : path;
}

// Some clients have the link's own URL between the brackets, and the target among the attributes.
Sent to_sent(const SentLink& link, const Vocabulary& words) {
    Sent sent;
    for (const auto& id : link.categories) add_category(sent, id, words);
    sent.attributes = link.attributes;
    sent.self = path_in(link.self);
    take_members(sent);
    if (sent.target.empty()) sent.target = path_in(link.url);
    sent.target = with_location(sent.target, link.rel, words.model);
    if (!sent.kind) sent.kind = kind_of_link_to(sent.target, words.model);
    return sent;
}

void add_link(Sent& sent, Sent link) {
    if (sent.links.size() == most_links)
        throw Error(Fault::too_large, "there are more than " + std::to_string(most_links) + " links");
    sent.links.push_back(std::move(link));
}

void take_category(Sent& sent, std::string_view value, const Vocabulary& words) {
    for (const auto& id : read_categories(value)) add_category(sent, id, words);
}
void take_attributes(Sent& sent, std::string_view value, const Vocabulary&) {
    add_attributes(sent, read_attributes(value));
}
void take_links(Sent& sent, std::string_view value, const Vocabulary& words) {
    for (const auto& link : read_links(value))
        if (!is_action(link)) add_link(sent, to_sent(link, words));
}

struct Reader {
    std::string_view field;
    void (*take)(Sent&, std::string_view value, const Vocabulary&);
};
// Older servers had names of their own for two of them, and their clients still do.
constexpr std::array readers{
    Reader{"Category", take_category},
    Reader{"X-OCCI-Category", take_category},
    Reader{"Link", take_links},
    Reader{"X-OCCI-Link", take_links},
    Reader{"X-OCCI-Attribute", take_attributes},
};

} // namespace

Sent read_entity(const Fields& fields, const Vocabulary& words, bool with_strangers) {
    Sent sent;
    for (const auto& [name, value] : fields) {
        const auto reader =
            std::ranges::find_if(readers, [&](const Reader& each) { return text::same(each.field, name); });
        if (reader != readers.end())
            reader->take(sent, value, words);
        else if (!with_strangers)
            throw Error(Fault::invalid, "there is no field " + text::printable(name) + " in an entity");
    }
    take_members(sent);
    return sent;
}

std::vector<std::string> read_locations(const Fields& fields) {
    std::vector<std::string> paths;
    for (const auto& [name, value] : fields)
        if (text::same(name, "X-OCCI-Location"))
            for (const auto& url : text::split(value, ','))
                if (!text::trim(url).empty()) paths.push_back(path_in(url));
    return paths;
}

std::vector<std::string> read_uri_list(std::string_view body) {
    std::vector<std::string> paths;
    for (const auto& line : text::split(body, '\n'))
        if (const auto url = text::trim(line); !url.empty() && !url.starts_with('#'))
            paths.push_back(path_in(url));
    return paths;
}

} // namespace render

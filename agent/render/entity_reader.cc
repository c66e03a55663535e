#include "agent/render/entity_reader.hh"

#include "agent/base/error.hh"
#include "agent/base/pieces.hh"
#include "agent/base/text.hh"
#include "agent/render/field_reader.hh"
#include "agent/render/shown.hh"

#include <algorithm>
#include <array>

namespace render {
namespace {

constexpr std::size_t most_links = 100, most_categories = 100; // of one resource
constexpr std::size_t most_locations = 10'000;                 // of one request

// ---- fields --------------------------------------------------------------------------------------------------------

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

void refuse_above(std::size_t count, std::size_t most, std::string_view what) {
    if (count > most)
        throw Error(Fault::too_large,
                    "there are more than " + std::to_string(most) + " " + std::string(what));
}

// An entity, as far as it has been read.
struct Reading {
    const Vocabulary& words;
    Sent sent{};
    std::size_t categories = 0; // also those that say the same again
};

void take_category(Reading& reading, std::string_view value) {
    for (const auto& id : read_categories(value)) {
        refuse_above(++reading.categories, most_categories, "categories");
        add_category(reading.sent, id, reading.words);
    }
}
void take_attributes(Reading& reading, std::string_view value) {
    add_attributes(reading.sent.attributes, value);
}
void take_links(Reading& reading, std::string_view value) {
    auto& links = reading.sent.links;
    for (const auto& link : read_links(value)) {
        if (is_action(link)) continue;
        refuse_above(links.size() + 1, most_links, "links");
        links.push_back(to_sent(link, reading.words));
    }
}

struct Reader {
    std::string_view field;
    void (*take)(Reading&, std::string_view value);
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
    Reading reading{words};
    for (const auto& [name, value] : fields) {
        const auto reader =
            std::ranges::find_if(readers, [&](const Reader& each) { return text::same(each.field, name); });
        if (reader != readers.end())
            reader->take(reading, value);
        else if (!with_strangers)
            throw Error(Fault::invalid, "there is no field " + text::printable(name) + " in an entity");
    }
    take_members(reading.sent);
    return std::move(reading.sent);
}

namespace {

void add_location(std::vector<std::string>& paths, std::string_view url) {
    refuse_above(paths.size() + 1, most_locations, "entities named");
    paths.push_back(path_in(url));
}

} // namespace

std::vector<std::string> read_locations(const Fields& fields) {
    std::vector<std::string> paths;
    for (const auto& [name, value] : fields)
        if (text::same(name, "X-OCCI-Location"))
            for (const auto url : text::pieces(value, ','))
                if (!text::trim(url).empty()) add_location(paths, url);
    return paths;
}

std::vector<std::string> read_uri_list(std::string_view body) {
    std::vector<std::string> paths;
    for (const auto line : text::pieces(body, '\n'))
        if (const auto url = text::trim(line); !url.empty() && !url.starts_with('#'))
            add_location(paths, url);
    return paths;
}

} // namespace render

#include "agent/render/json_document.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"

#include <set>
#include <vector>

namespace render {
namespace {

using Json = nlohmann::json;

constexpr int deepest = 12; // a link within a resource within a collection, its attributes in pieces
constexpr std::size_t most_attributes = 1000;

// Refuses on the way, before anything is kept.
class Watch {
public:
    bool operator()(int depth, Json::parse_event_t event, const Json& parsed) {
        using Event = Json::parse_event_t;
        if (depth > deepest) throw Error(Fault::invalid, "the document is nested too deeply");
        if (event == Event::object_start) names_.emplace_back();
        if (event == Event::object_end) names_.pop_back();
        if (event == Event::key)
            if (const auto name = parsed.get<std::string>(); !names_.back().insert(name).second)
                throw Error(Fault::invalid, "\"" + text::printable(name) + "\" is there twice");
        return true;
    }

private:
    std::vector<std::set<std::string>> names_; // of the objects that are open
};

void flatten(occi::Attributes& all, const std::string& name, const Json& value) {
    if (all.size() == most_attributes)
        throw Error(Fault::too_large,
                    "there are more than " + std::to_string(most_attributes) + " attributes");
    const auto put = [&](occi::Value held) {
        if (!all.emplace(name, std::move(held)).second)
            throw Error(Fault::invalid, text::printable(name) + " is given twice");
    };
    if (value.is_string())
        put(value.get<std::string>());
    else if (value.is_boolean())
        put(value.get<bool>());
    else if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX)
        put(value.get<double>());
    else if (value.is_number_integer())
        put(value.get<std::int64_t>());
    else if (value.is_number())
        put(value.get<double>());
    else if (value.is_object())
        for (const auto& [piece, inner] : value.items()) flatten(all, name + "." + piece, inner);
    else
        throw Error(Fault::invalid, text::printable(name) + " is neither text nor a number nor a truth");
}

} // namespace

Json parse_json(std::string_view body) {
    try {
        return Json::parse(body,
                           [watch = Watch()](int depth, Json::parse_event_t event, Json& value) mutable {
                               return watch(depth, event, value);
                           });
    } catch (const Json::exception& fault) {
        throw Error(Fault::invalid, "the document is no JSON: " + text::printable(fault.what(), 200));
    }
}

std::string text_in(const Json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end()) return {};
    if (!found->is_string()) throw Error(Fault::invalid, "\"" + std::string(name) + "\" must be a string");
    return found->get<std::string>();
}

occi::Attributes attributes_in(const Json& object) {
    occi::Attributes all;
    const auto given = object.find("attributes");
    if (given == object.end()) return all;
    if (!given->is_object()) throw Error(Fault::invalid, "\"attributes\" is no object");
    for (const auto& [name, value] : given->items()) {
        // What is in pieces is in pieces from its first on.
        if (value.is_object() && name.find('.') != name.npos)
            throw Error(Fault::invalid, text::printable(name) + " is neither text nor a number nor a truth");
        flatten(all, name, value);
    }
    return all;
}

} // namespace render

#include "agent/render/invocation.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/render/field_reader.hh"

#include <nlohmann/json.hpp>

namespace render {
namespace {

using Json = nlohmann::json;

constexpr int deepest = 8; // an invocation has two levels

void require_same(const std::string& id, const occi::Action& named) {
    if (id != named.id.text())
        throw Error(Fault::invalid, "the URL asks for action " + named.id.term + " and the document for \"" +
                                        text::printable(id, 200) + "\"");
}

occi::Value value_of(const std::string& name, const Json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_boolean()) return value.get<bool>();
    if (value.is_number_integer()) return value.get<std::int64_t>();
    if (value.is_number()) return value.get<double>();
    throw Error(Fault::invalid, text::printable(name) + " is neither text nor a number nor a truth");
}

Json parse(std::string_view body) {
    const auto not_too_deep = [](int depth, Json::parse_event_t, Json&) {
        if (depth > deepest) throw Error(Fault::invalid, "the document is nested too deeply");
        return true;
    };
    try {
        return Json::parse(body, not_too_deep);
    } catch (const Json::exception& fault) {
        throw Error(Fault::invalid, "the document is no JSON: " + text::printable(fault.what(), 200));
    }
}

} // namespace

occi::Invocation read_invocation(const Fields& fields, const occi::Action& named) {
    occi::Invocation wanted{&named, {}};
    for (const auto& [name, value] : fields) {
        if (text::same(name, "Category"))
            for (const auto& id : read_categories(value)) require_same(id.text(), named);
        if (text::same(name, "X-OCCI-Attribute"))
            for (auto& [attribute, given] : read_attributes(value))
                if (!wanted.attributes.emplace(attribute, given).second)
                    throw Error(Fault::invalid, text::printable(attribute) + " is given twice");
    }
    validate(wanted);
    return wanted;
}

occi::Invocation read_json_invocation(std::string_view body, const occi::Action& named) {
    occi::Invocation wanted{&named, {}};
    if (text::trim(body).empty()) return wanted;
    const auto document = parse(body);
    if (!document.is_object() || !document.contains("action") || !document["action"].is_string())
        throw Error(Fault::invalid, "the document has no \"action\"");
    require_same(document["action"].get<std::string>(), named);
    if (const auto given = document.find("attributes"); given != document.end()) {
        if (!given->is_object()) throw Error(Fault::invalid, "\"attributes\" is no object");
        for (const auto& [name, value] : given->items()) wanted.attributes[name] = value_of(name, value);
    }
    validate(wanted);
    return wanted;
}

} // namespace render

#include "agent/render/invocation.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/render/field_reader.hh"
#include "agent/render/json_document.hh"

namespace render {
namespace {

void require_same(const std::string& id, const occi::Action& named) {
    if (id != named.id.text())
        throw Error(Fault::invalid, "the URL asks for action " + named.id.term + " and the document for \"" +
                                        text::printable(id, 200) + "\"");
}

} // namespace

occi::Invocation read_invocation(const Fields& fields, const occi::Action& named) {
    occi::Invocation wanted{&named, {}};
    bool is_said = false;
    for (const auto& [name, value] : fields) {
        if (text::same(name, "Category"))
            for (const auto& id : read_categories(value)) {
                require_same(id.text(), named);
                is_said = true;
            }
        if (text::same(name, "X-OCCI-Attribute")) add_attributes(wanted.attributes, value);
    }
    if (!is_said)
        throw Error(Fault::invalid, "the request has no invocation beside ?action=" + named.id.term +
                                        ": it needs Category: " + named.id.term + "; scheme=\"" +
                                        named.id.scheme + "\"; class=\"action\"");
    validate(wanted);
    return wanted;
}

occi::Invocation read_json_invocation(std::string_view body, const occi::Action& named, PassedOver* unused) {
    occi::Invocation wanted{&named, {}};
    const auto document = text::trim(body).empty() ? nlohmann::json() : parse_json(body);
    if (!document.is_object() || !document.contains("action"))
        throw Error(Fault::invalid, "the request has no invocation beside ?action=" + named.id.term +
                                        ": it needs {\"action\": \"" + named.id.text() + "\"}");
    require_same(text_in(document, "action"), named);
    for (const auto& [member, value] : document.items())
        if (unused && member != "action" && member != "attributes") unused->add(member);
    wanted.attributes = attributes_in(document);
    validate(wanted);
    return wanted;
}

} // namespace render

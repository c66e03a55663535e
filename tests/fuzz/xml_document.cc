// The reader and the writer of XML: what is written again is read as it was.
#include "agent/base/error.hh"
#include "agent/base/xml.hh"
#include "tests/fuzz/target.hh"

#include <algorithm>
#include <functional>

namespace fuzz {
namespace {

void write(const xml::Element& element, xml::Writer& out) {
    out.open(element.name);
    for (const auto& [name, value] : element.attributes) out.attribute(name, value);
    out.text(element.text);
    for (const auto& child : element.children) write(child, out);
    out.close();
}

bool same(const xml::Element& a, const xml::Element& b) {
    return a.name == b.name && a.attributes == b.attributes && a.text == b.text &&
           std::ranges::equal(a.children, b.children, same);
}

} // namespace

void xml_document(std::string_view bytes) {
    xml::Element root;
    try {
        root = xml::parse(bytes);
    } catch (const Error& failure) {
        require(failure.fault() == Fault::invalid || failure.fault() == Fault::too_large,
                "what cannot be read is the client's fault");
        return;
    }
    xml::Writer out;
    write(root, out);
    // Escapes make it longer than what was allowed to come in.
    xml::Limits limits;
    limits.bytes *= 8;
    require(same(xml::parse(out.take(), limits), root), "what is written again is read as it was");
}

} // namespace fuzz

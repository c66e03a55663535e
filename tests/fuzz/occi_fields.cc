// What clients of OCCI send: a line for Category, a line for X-OCCI-Attribute, and a body of lines or JSON.
#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/render/field_reader.hh"
#include "agent/render/invocation.hh"
#include "tests/fuzz/take_line.hh"
#include "tests/fuzz/target.hh"

namespace fuzz {
namespace {

constexpr std::size_t longest = 1000;

template <class F> void read(F&& work) {
    try {
        work();
    } catch (const Error& failure) {
        require(failure.fault() == Fault::invalid || failure.fault() == Fault::too_large,
                "what cannot be read is the client's fault");
    }
}

// As the line of an entity would have it.
void write_and_read(const occi::Model& model, const occi::Attributes& attributes) {
    occi::Resource entity;
    entity.kind = model.known().compute;
    for (const auto& [name, value] : attributes) {
        const auto* text = std::get_if<std::string>(&value);
        if (text && text::printable(*text, longest) != *text) continue; // it is not shown as it is
        entity.attributes = {{"x", value}};
        const auto written = render::fields_of(entity).back().value;
        require(render::read_attributes(written).at("x") == value, "what is written is read as it was");
    }
}

} // namespace

void occi_fields(std::string_view bytes) {
    static const occi::Model model;
    const auto category = take_line(bytes), attributes = take_line(bytes);
    read([&] {
        for (const auto& id : render::read_categories(category))
            require(!id.term.empty() && !id.scheme.empty(), "a category has a term and a scheme");
    });
    read([&] { write_and_read(model, render::read_attributes(attributes)); });
    read([&] { render::read_invocation(render::read_lines(bytes), *model.known().stop); });
    read([&] { render::read_json_invocation(bytes, *model.known().stop); });
}

} // namespace fuzz

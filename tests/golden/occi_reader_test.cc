#define BOOST_TEST_DYN_LINK
#include "agent/base/error.hh"
#include "agent/render/entity_reader.hh"
#include "agent/render/field_reader.hh"
#include "tests/golden/dump.hh"
#include "tests/golden/golden.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

namespace data = boost::unit_test::data;

namespace {

constexpr auto suite = "occi_reader";

const occi::Model& model() {
    static const occi::Model all({{"small", 1, 1 << 30}, {"custom", 1, 1 << 30}});
    return all;
}

// One mixin of a user is known.
render::Vocabulary words() {
    return {model(), [](const occi::TypeId& id) {
                auto mixin = std::make_shared<occi::Mixin>();
                mixin->id = id;
                return id.scheme == "http://example.com/mine#" ? occi::MixinRef(std::move(mixin))
                                                               : occi::MixinRef();
            }};
}

// The name of a case says what it is in.
std::vector<render::Sent> read(const std::string& name, const std::string& document) {
    if (name.ends_with("_json")) return render::read_json_entities(document, words());
    return {render::read_entity(render::read_lines(document), words(), name.ends_with("_headers"))};
}

} // namespace

BOOST_AUTO_TEST_SUITE(occi_reader_golden)

BOOST_AUTO_TEST_CASE(there_are_cases) { BOOST_TEST(!golden::cases(suite).empty()); }

BOOST_DATA_TEST_CASE(reads_what_is_written_down, data::make(golden::cases(suite)), name) {
    const auto folder = golden::folder() / suite / name;
    std::string got;
    try {
        for (const auto& sent : read(name, golden::read(folder / "in"))) got += golden::dump(sent);
    } catch (const Error& error) {
        got = (error.fault() == Fault::not_found ? "not found: " : "invalid: ") + std::string(error.what()) +
              "\n";
    }
    golden::check(folder / "out.txt", got);
}

BOOST_AUTO_TEST_SUITE_END()

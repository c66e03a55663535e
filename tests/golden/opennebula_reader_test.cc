#define BOOST_TEST_DYN_LINK
#include "agent/base/error.hh"
#include "agent/render/opennebula_xml.hh"
#include "tests/golden/dump.hh"
#include "tests/golden/golden.hh"
#include "tests/golden/shown.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace data = boost::unit_test::data;
namespace opennebula = render::opennebula;

namespace {

constexpr auto suite = "opennebula_reader";
constexpr std::uint64_t gibibyte = 1 << 30;
constexpr auto base = "http://node.example:4567";

const occi::Model& model() {
    static const occi::Model all({{"small", 1, gibibyte},
                                  {"medium", 2, 2 * gibibyte},
                                  {"large", 4, 4 * gibibyte},
                                  {"custom", 1, gibibyte}});
    return all;
}

// ---- what a case says ----------------------------------------------------------------------------------------------

std::string flags_of(const opennebula::ComputeRequest& request) {
    std::string names;
    if (request.names_template) names += " template";
    if (request.names_disks) names += " disks";
    if (request.names_networks) names += " networks";
    return (names.empty() ? "" : "names" + names + "\n") +
           (request.state ? "state \"" + *request.state + "\"\n" : "");
}

std::string compute_in(const std::string& document) {
    const auto request = opennebula::read_compute(document, model());
    return golden::dump(request.resource) + flags_of(request);
}
std::string network_in(const std::string& document) {
    return golden::dump(opennebula::read_network(document, model()));
}
std::string storage_in(const std::string& document) {
    return golden::dump(opennebula::read_storage(document, model()));
}

struct Reader {
    std::string_view prefix; // of the case's name
    std::string (*read)(const std::string& document);
};
constexpr std::array readers{Reader{"compute_", compute_in}, Reader{"network_", network_in},
                             Reader{"storage_", storage_in}};

const Reader& reader_for(const std::string& name) {
    for (const auto& reader : readers)
        if (name.starts_with(reader.prefix)) return reader;
    throw std::runtime_error("the name of " + name + " begins with no kind");
}

std::string input_of(const std::string& name) {
    return golden::read(golden::folder() / suite / name / "in.xml");
}

// ---- the cases that are read, for what must hold of all of them -----------------------------------------------------

std::vector<std::string> good_cases(std::string_view prefix) {
    auto names = golden::cases(suite);
    std::erase_if(names, [&](const std::string& name) {
        if (!name.starts_with(prefix)) return true;
        try {
            reader_for(name).read(input_of(name));
            return false;
        } catch (const std::exception&) {
            return true; // refused, or not there: reads_what_is_written_down tells
        }
    });
    return names;
}

constexpr std::array dialects{opennebula::Dialect::draft, opennebula::Dialect::libcloud14};

} // namespace

BOOST_AUTO_TEST_SUITE(opennebula_reader_golden)

BOOST_AUTO_TEST_CASE(there_are_cases_of_every_kind) {
    for (const auto& reader : readers)
        BOOST_TEST(!good_cases(reader.prefix).empty(),
                   reader.prefix << " has no good case below " << golden::folder());
}

BOOST_DATA_TEST_CASE(reads_what_is_written_down, data::make(golden::cases(suite)), name) {
    std::string got;
    try {
        got = reader_for(name).read(input_of(name));
    } catch (const Error& error) {
        const auto fault = error.fault() == Fault::invalid       ? "invalid"
                           : error.fault() == Fault::unsupported ? "unsupported"
                                                                 : "of another kind";
        got = std::string(fault) + ": " + error.what() + "\n";
    }
    golden::check(golden::folder() / suite / name / "out.txt", got);
}

BOOST_DATA_TEST_CASE(a_compute_that_is_written_is_read_as_it_was, data::make(good_cases("compute_")), name) {
    const auto read = opennebula::read_compute(input_of(name), model()).resource;
    for (const auto dialect : dialects) {
        const auto document = opennebula::write_compute(golden::as_shown(read, model()), base, dialect);
        BOOST_TEST(golden::dump(opennebula::read_compute(document, model()).resource) ==
                   golden::dump(golden::told_part(read, model())));
    }
}

BOOST_DATA_TEST_CASE(a_network_that_is_written_is_read_as_it_was, data::make(good_cases("network_")), name) {
    const auto read = golden::as_shown_network(opennebula::read_network(input_of(name), model()), model());
    const auto again = opennebula::read_network(opennebula::write_network(read, base), model());
    BOOST_TEST(golden::dump(golden::as_shown_network(again, model())) == golden::dump(read));
}

BOOST_DATA_TEST_CASE(a_storage_that_is_written_is_read_as_it_was, data::make(good_cases("storage_")), name) {
    const auto read = golden::as_shown_storage(opennebula::read_storage(input_of(name), model()));
    const auto again = opennebula::read_storage(opennebula::write_storage(read, base), model());
    BOOST_TEST(golden::dump(again) == golden::dump(read));
}

BOOST_DATA_TEST_CASE(a_compute_that_is_read_is_valid, data::make(good_cases("compute_")), name) {
    const auto read = opennebula::read_compute(input_of(name), model()).resource;
    BOOST_CHECK_NO_THROW(model().validate(read));
    for (const auto& link : read.links) BOOST_CHECK_NO_THROW(model().validate(link));
}

BOOST_DATA_TEST_CASE(a_network_that_is_read_is_valid, data::make(good_cases("network_")), name) {
    BOOST_CHECK_NO_THROW(model().validate(opennebula::read_network(input_of(name), model())));
}

BOOST_DATA_TEST_CASE(a_storage_that_is_read_is_valid, data::make(good_cases("storage_")), name) {
    // Whether it needs a size is known with what comes beside the document.
    BOOST_CHECK_NO_THROW(model().validate_change(opennebula::read_storage(input_of(name), model())));
}

BOOST_AUTO_TEST_SUITE_END()

// The configuration that is delivered says what holds without it.
#define BOOST_TEST_DYN_LINK
#include "tests/unit/config_scene.hh"

#include <boost/test/unit_test.hpp>

#include <fmt/core.h>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>

using namespace scene;

namespace {

constexpr auto shipped = "etc/occi-agent.conf";

std::string text_of(const std::string& file) {
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
}

bool is_setting(std::string_view line) {
    return line.size() > 1 && line[0] == '#' && line[1] >= 'a' && line[1] <= 'z';
}

} // namespace

BOOST_AUTO_TEST_SUITE(shipped_configuration)

BOOST_AUTO_TEST_CASE(is_read_and_changes_nothing) { check_same(load_config(shipped, true), Config()); }

BOOST_AUTO_TEST_CASE(shows_every_key_with_its_default_in_its_section) {
    const auto content = text_of(shipped);
    for (const auto& section : settings::sections()) {
        const auto heading = fmt::format("\n[{}{}]", section.first_word(), section.named ? " " + a_type : "");
        const auto begin = content.find(heading);
        BOOST_REQUIRE_MESSAGE(begin != content.npos, "no section " << heading);
        const auto text = content.substr(begin, content.find("\n[", begin + 1) - begin);
        for (const auto* key : settings::keys_of(section))
            for (const auto& value : shown(*key, Config(), a_type)) {
                const auto line = fmt::format("\n#{} ={}{}\n", key->name, value.empty() ? "" : " ", value);
                BOOST_TEST(text.find(line) != text.npos, "no line" << line << "in" << text);
            }
    }
}

BOOST_AUTO_TEST_CASE(is_still_the_default_when_every_key_is_uncommented) {
    std::istringstream lines(text_of(shipped));
    std::string uncommented;
    std::size_t settings = 0;
    for (std::string line; std::getline(lines, line);) {
        const bool setting = is_setting(line);
        settings += setting;
        uncommented += (setting ? line.substr(1) : line) + "\n";
    }
    BOOST_TEST(settings >= ::settings::keys().size());
    check_same(TempConfig(uncommented).load(), Config());
}

BOOST_AUTO_TEST_CASE(explains_every_key_in_two_lines) {
    std::istringstream lines(text_of(shipped));
    std::size_t explained = 0;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("# ")) ++explained;
        if (line.empty()) explained = 0;
        const bool of_a_type =
            line.starts_with("#cpu") || line.starts_with("#memory") || line.starts_with("#disk");
        // They are explained once for all types.
        if (is_setting(line) && !of_a_type) BOOST_TEST(explained >= 2u, line << " has no explanation above");
    }
}

BOOST_AUTO_TEST_SUITE_END()

#define BOOST_TEST_DYN_LINK
#include "agent/base/error.hh"
#include "agent/occi/names.hh"
#include "agent/service/compute/contextualization.hh"
#include "agent/service/compute/wish.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <tuple>

namespace data = boost::unit_test::data;
namespace name = occi::name;
using service::Wish;

namespace {

constexpr std::uint64_t gibibyte = 1 << 30;

const occi::Model& model() {
    static const occi::Model all({{"small", 1, gibibyte, 10 * gibibyte},
                                  {"large", 4, 4 * gibibyte, 40 * gibibyte},
                                  {"custom", 1, gibibyte, 0}});
    return all;
}

occi::Resource wanting(occi::Attributes attributes, const std::vector<const char*>& types = {}) {
    occi::Resource wanted;
    wanted.kind = model().known().compute;
    wanted.attributes = std::move(attributes);
    for (const auto* type : types) wanted.mixins.push_back(model().resource_template(type));
    return wanted;
}

hv::MachineSpec small_machine() {
    hv::MachineSpec spec;
    spec.title = "web";
    spec.arch = "x86_64";
    spec.memory = gibibyte;
    spec.notes = {{service::note::type, "small"}, {service::note::summary, "old"}};
    spec.disks.resize(1);
    spec.disks[0].bytes = 10 * gibibyte;
    return spec;
}

hv::MachineSpec after(const occi::Resource& wanted) {
    return service::fulfilled(service::wish_of(wanted, model()), small_machine());
}

// "" when it is taken.
std::string complaint_about(const occi::Resource& wanted) {
    try {
        service::wish_of(wanted, model());
        return "";
    } catch (const Error& failure) {
        return (failure.fault() == Fault::invalid    ? "invalid: "
                : failure.fault() == Fault::conflict ? "conflict: "
                                                     : "other: ") +
               std::string(failure.what());
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(service_wish)

BOOST_AUTO_TEST_CASE(that_says_nothing_changes_nothing) {
    BOOST_TEST((service::wish_of(wanting({}), model()) == Wish{}));
    BOOST_TEST((after(wanting({})) == small_machine()));
}

BOOST_AUTO_TEST_CASE(changes_what_it_says_and_nothing_else) {
    auto expected = small_machine();
    expected.title = "db";
    expected.arch = "i686";
    expected.shares = 50;
    expected.notes[service::note::summary] = "new";
    expected.notes[service::note::hostname] = "db.example.org";
    BOOST_TEST((after(wanting({{name::title, std::string("db")},
                               {name::summary, std::string("new")},
                               {name::hostname, std::string("db.example.org")},
                               {name::architecture, std::string("x86")},
                               {name::share, std::int64_t{50}}})) == expected));
}

BOOST_AUTO_TEST_CASE(takes_away_what_it_says_is_empty) {
    const auto bare = after(wanting({{name::title, std::string()}, {name::summary, std::string()}}));
    BOOST_TEST(bare.title == "");
    BOOST_TEST(!bare.notes.contains(service::note::summary));
}

// GFD.224, 3.5.
BOOST_AUTO_TEST_CASE(of_a_template_beats_the_sizes_beside_it) {
    const auto large = after(wanting({{name::cores, std::int64_t{3}}, {name::memory, 0.5}}, {"large"}));
    BOOST_TEST(large.cores == 4U);
    BOOST_TEST(large.memory == 4 * gibibyte);
    BOOST_TEST(large.notes.at(service::note::type) == "large");
}

BOOST_AUTO_TEST_CASE(of_the_open_type_takes_them) {
    const auto custom = after(wanting({{name::cores, std::int64_t{3}}}, {"custom"}));
    BOOST_TEST(custom.cores == 3U);
    BOOST_TEST(custom.memory == gibibyte);
    BOOST_TEST(custom.notes.at(service::note::type) == "custom");
}

BOOST_AUTO_TEST_CASE(of_sizes_alone_leaves_the_type_unless_they_are_the_same) {
    BOOST_TEST(after(wanting({{name::cores, std::int64_t{1}}, {name::memory, 1.0}}))
                   .notes.contains(service::note::type));
    const auto own = after(wanting({{name::cores, std::int64_t{2}}}));
    BOOST_TEST(own.cores == 2U);
    BOOST_TEST(!own.notes.contains(service::note::type));
}

BOOST_AUTO_TEST_CASE(grows_the_disk_that_boots_and_never_shrinks_it) {
    const auto larger = service::wish_of(wanting({}, {"large"}), model());
    const auto machine = small_machine();
    BOOST_TEST(service::disk_to_grow(larger, machine) == &machine.disks.front());
    BOOST_TEST(!service::disk_to_grow(service::wish_of(wanting({}, {"small"}), model()), machine));
    BOOST_TEST(!service::disk_to_grow(service::wish_of(wanting({}, {"custom"}), model()), machine));
    auto swap_first = machine;
    swap_first.disks.front().content = hv::Content::swap;
    BOOST_TEST(!service::disk_to_grow(larger, swap_first));
}

struct BadValue {
    const char* attribute;
    occi::Value value;
    std::string sentence;
};
std::ostream& operator<<(std::ostream& out, const BadValue& one) { return out << one.sentence; }

const std::vector<BadValue> bad_values = {
    {name::cores, std::int64_t{0}, "a compute has a processor or more"},
    {name::cores, std::int64_t{1'000'001}, "and not 1000001"},
    {name::memory, 0.01, "the memory of a compute is from 0.015625 to 16384 GiB"},
    {name::memory, 1e300, "the memory of a compute is"},
    {name::share, std::int64_t{1}, "the share of a compute is from 2 to 10000"},
    {name::share, std::int64_t{10001}, "the share of a compute is"},
    {name::architecture, std::string("arm"), "which is none of x86, x64"},
    {name::title, std::string("a\nb"), "the name of a compute has a control character"},
    {name::summary, std::string("a\x1b"), "the summary of a compute has a control character"},
    {name::hostname, std::string("-a"), "the host name of a compute is made of letters"},
    {name::hostname, std::string("a..b"), "the host name of a compute"},
    {name::hostname, std::string("a b"), "the host name of a compute"},
    {name::hostname, std::string(64, 'a'), "the host name of a compute"},
    {name::hostname, std::string(254, 'a'), "the host name of a compute"},
};
BOOST_DATA_TEST_CASE(refuses_what_cannot_be, data::make(bad_values), bad) {
    const auto complaint = complaint_about(wanting({{bad.attribute, bad.value}}));
    BOOST_TEST(complaint.starts_with("invalid: "));
    BOOST_TEST(complaint.find(bad.sentence) != complaint.npos, complaint);
}

BOOST_AUTO_TEST_CASE(is_of_one_template_at_most) {
    BOOST_TEST(complaint_about(wanting({}, {"small", "large"})) ==
               "invalid: a compute has one resource template, and small and large are two");
}

BOOST_AUTO_TEST_SUITE_END()

// ---- what a guest is told -----------------------------------------------------------------------------------------

namespace {

constexpr auto key = "ssh-ed25519 AAAAC3Nza anna@example";
constexpr auto key_in_base64 = "c3NoLWVkMjU1MTkgQUFBQUMzTnphIGFubmFAZXhhbXBsZQ==";
constexpr auto script = "#!/bin/sh\nexit 0\n";
constexpr auto script_in_base64 = "IyEvYmluL3NoCmV4aXQgMAo=";

using Notes = std::map<std::string, std::string>;

occi::Resource telling(occi::Attributes attributes) {
    const auto& known = model().known();
    auto wanted = wanting(std::move(attributes));
    for (const auto* mixin :
         {known.ssh_key, known.user_data, known.openstack_ssh_key, known.openstack_user_data})
        wanted.mixins.push_back(mixin);
    return wanted;
}

Notes told(occi::Attributes attributes) {
    return service::context_in(telling(std::move(attributes)), model().known());
}

} // namespace

BOOST_AUTO_TEST_SUITE(service_context)

BOOST_AUTO_TEST_CASE(is_kept_as_it_was_given) {
    BOOST_TEST((told({{name::ssh_key, std::string(key)}}) == Notes{{"ssh_key", key}}));
    BOOST_TEST((told({{name::user_data, std::string(script)}}) == Notes{{"user_data", script}}));
    BOOST_TEST((told({{name::openstack_key, std::string(key)}}) == Notes{{"ssh_key", key}}));
    BOOST_TEST((told({{name::openstack_user_data, std::string(script_in_base64)}}) ==
                Notes{{"user_data", script_in_base64}}));
    BOOST_TEST(told({}).empty());
}

BOOST_AUTO_TEST_CASE(without_its_mixin_is_not_looked_at) {
    BOOST_TEST(service::context_in(wanting({{name::ssh_key, std::string(key)}}), model().known()).empty());
}

BOOST_AUTO_TEST_CASE(said_twice_is_once_when_it_is_the_same) {
    BOOST_TEST((told({{name::ssh_key, std::string(key)},
                      {name::openstack_key, std::string(key_in_base64)}}) == Notes{{"ssh_key", key}}));
    BOOST_TEST(
        (told({{name::user_data, std::string(script)},
               {name::openstack_user_data, std::string(script_in_base64)}}) == Notes{{"user_data", script}}));
}

// Neither the key nor the data may get into a message.
BOOST_AUTO_TEST_CASE(said_twice_and_not_the_same_is_refused) {
    const auto complaint = complaint_about(
        telling({{name::ssh_key, std::string(key)}, {name::openstack_key, std::string("ssh-rsa secret")}}));
    BOOST_TEST(complaint.starts_with("conflict: the public SSH key of a compute comes in two mixins"));
    BOOST_TEST(complaint.find("ssh-") == complaint.npos);
}

const std::vector<std::tuple<const char*, std::string>> no_contexts = {
    {name::ssh_key, ""},
    {name::ssh_key, std::string((16 << 10) + 1, 'a')},
    {name::openstack_key, std::string((16 << 10) + 1, 'a')},
    {name::user_data, std::string((64 << 10) + 1, 'a')},
    {name::user_data, "secret \x01"},
    {name::user_data, "secret \xff"},
};
BOOST_DATA_TEST_CASE(that_is_no_text_or_too_long_is_refused, data::make(no_contexts), attribute, value) {
    const auto complaint = complaint_about(telling({{attribute, value}}));
    BOOST_TEST(complaint.starts_with("invalid: the "));
    BOOST_TEST(complaint.find(" of a compute must ") != complaint.npos);
    BOOST_TEST(complaint.find("secret") == complaint.npos);
}

BOOST_AUTO_TEST_CASE(may_be_as_long_as_the_limit) {
    BOOST_TEST(complaint_about(telling({{name::user_data, std::string(64 << 10, 'a')}})) == "");
}

const std::vector<std::tuple<std::string, std::string, bool>> pairs = {
    {script, script_in_base64, true},
    {"#cloud-config\n", "I2Nsb3VkLWNvbmZpZwo=", true},
    {key, std::string(key) + "\n", true},
    {"hello", "aGVsbG8=", false}, // nothing that a guest knows: then it is not known to be base64
    {script, "IyEvYmluL3NoCmV4aXQgMAo", false},
    {script, "IyEv=mluL3NoCmV4aXQgMAo=", false},
    {"", "====", false},
};
BOOST_DATA_TEST_CASE(is_compared_by_what_it_means, data::make(pairs), one, other, same) {
    BOOST_TEST(service::is_same_context(one, other) == same);
    BOOST_TEST(service::is_same_context(other, one) == same);
}

BOOST_AUTO_TEST_CASE(is_shown_by_the_mixins_of_the_standard) {
    const service::Secrets secrets{{"ssh_key", key}};
    occi::Resource shown;
    service::show_context(secrets, model().known(), shown);
    BOOST_TEST(shown.mixins.size() == 1U);
    BOOST_TEST(shown.has(*model().known().ssh_key));
    BOOST_TEST(shown.string(name::ssh_key).value() == key);
}

BOOST_AUTO_TEST_SUITE_END()
